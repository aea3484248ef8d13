import type { GuestLookup } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';

/** What a selector may have, and hardly any name. */
const SELECTING = /[=<>!*?,()]/;

/** The reference itself, or the id of the one guest that it selects. Throws AppError('not-found') and 'ambiguous'. */
export async function refOf(context: CliContext, ref: string, lookup: GuestLookup): Promise<string> {
  if (!SELECTING.test(ref)) return ref;
  const { selectedRef } = await import('./selectors.ts');
  return selectedRef(context, ref, lookup);
}
