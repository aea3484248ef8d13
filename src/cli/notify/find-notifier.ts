import { nearest } from '../../text/near-names.ts';
import { AppError } from '../../types/errors.ts';
import type { StoredNotifier } from '../../types/notify.ts';
import type { CliContext } from '../context.ts';

/** Throws AppError('not-found') with a near name. */
export async function findNotifier(context: CliContext, name: string): Promise<StoredNotifier> {
  const all = await (await context.app.notifiers()).list();
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = all.map((one) => one.name);
  const near = nearest(name, names);
  const list = names.length === 0 ? 'there is none: rollcall notify add --help' : `there are: ${names.join(', ')}`;
  throw new AppError('not-found', `there is no notifier ${name}`, {
    hint: near === undefined ? list : `did you mean ${near}? ${list}`,
  });
}
