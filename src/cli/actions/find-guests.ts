import { AppError } from '../../types/errors.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import { toSelector } from '../resources/selectors.ts';

/** A comparison or a wildcard. */
const SELECTING = /[=<>*?]/;

/**
 * The guests that are there and that references name or selectors match, each once, in the order of the references. Throws
 * AppError('not-found'), also for a selector that matches nothing, and AppError('ambiguous').
 */
export async function findGuests(context: CliContext, refs: readonly string[]): Promise<GuestRow[]> {
  const inventory = await context.app.inventory();
  const { provider } = context.options;
  const found = new Map<string, GuestRow>();
  for (const ref of refs) {
    const named = SELECTING.test(ref)
      ? await inventory.listGuests({ selector: toSelector(context, [ref]), ...(provider && { provider }) })
      : [await inventory.findGuest(ref, { ...(provider && { provider }) })];
    if (named.length === 0)
      throw new AppError('not-found', `No guest matches \`${ref}\``, {
        hint: '`list-guests` takes the same selectors',
      });
    for (const guest of named) found.set(guest.id, guest);
  }
  return [...found.values()];
}
