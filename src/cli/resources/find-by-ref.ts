import { AppError } from '../../types/errors.ts';
import type { GuestLookup } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';

/** A comparison or a wildcard. */
const SELECTING = /[=<>*?]/;

/**
 * What a reference names, else what the one guest is that it selects. `find` throws AppError('not-found') for a reference that names
 * nothing, which stays the error unless it is a selector that says why.
 */
export async function findByRef<T>(
  context: CliContext,
  ref: string,
  lookup: GuestLookup,
  find: (ref: string) => Promise<T>,
): Promise<T> {
  try {
    return await find(ref);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not-found' || !SELECTING.test(ref)) throw error;
    const { selectedId } = await import('./selectors.ts');
    return find(await selectedId(context, ref, lookup, error));
  }
}
