import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { formatLocal } from '../output/format.ts';

/** null where something was recorded by then. */
export async function beginText(context: CliContext, at: Date): Promise<string | null> {
  const begin = await (await context.app.history()).begin();
  if (begin === null) return 'nothing has been recorded yet: run `rollcall discover-all`';
  return at < begin ? `the history begins at ${formatLocal(begin)}; nothing was recorded before` : null;
}

/** Rethrows that something was not found at a time, and says so when the history begins later. */
export async function explainTime(context: CliContext, error: unknown, at: Date | undefined): Promise<never> {
  if (at === undefined || !(error instanceof AppError) || error.code !== 'not-found') throw error;
  const begin = await beginText(context, at);
  if (begin === null) throw error;
  throw new AppError('not-found', `nothing is known of ${formatLocal(at)}`, { hint: begin, cause: error });
}
