import { openPanels } from '../../app/open-panels.ts';
import { nearest } from '../../text/near-names.ts';
import { AppError } from '../../types/errors.ts';
import type { StoredPanel } from '../../types/panel.ts';
import type { CliContext } from '../context.ts';

/** Throws AppError('not-found') with a near name. */
export async function findPanel({ app }: CliContext, name: string): Promise<StoredPanel> {
  const all = await (await openPanels(app)).list();
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = all.map((one) => one.name);
  const near = nearest(name, names);
  const list = names.length === 0 ? 'there is none: rollcall panel add --help' : `there are: ${names.join(', ')}`;
  throw new AppError('not-found', `there is no panel ${name}`, {
    hint: near === undefined ? list : `did you mean ${near}? ${list}`,
  });
}
