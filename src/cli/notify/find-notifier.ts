import { nearest } from '../../text/near-names.ts';
import { AppError } from '../../types/errors.ts';
import type { StoredNotifier } from '../../types/notify.ts';
import type { CliContext } from '../context.ts';

/** Throws AppError('not-found') with a near name. */
export async function findNotifier(context: CliContext, name: string): Promise<StoredNotifier> {
  return named(await listAll(context), name);
}

/** By default all. Throws AppError('not-found') with a near name. */
export async function findNotifiers(context: CliContext, names: readonly string[]): Promise<StoredNotifier[]> {
  const all = await listAll(context);
  if (names.length === 0) return all;
  const wanted = new Set(names.map((name) => named(all, name)));
  return all.filter((one) => wanted.has(one));
}

async function listAll({ app }: CliContext): Promise<StoredNotifier[]> {
  return (await app.notifiers()).list();
}

function named(all: readonly StoredNotifier[], name: string): StoredNotifier {
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = all.map((one) => one.name);
  const near = nearest(name, names);
  const list = names.length === 0 ? 'there is none: rollcall notify add --help' : `there are: ${names.join(', ')}`;
  throw new AppError('not-found', `there is no notifier ${name}`, {
    hint: near === undefined ? list : `did you mean ${near}? ${list}`,
  });
}
