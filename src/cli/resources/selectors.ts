import { parseSelectors } from '../../services/selectors/parse-selector.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestLookup, GuestRow } from '../../types/inventory.ts';
import type { Selector } from '../../types/selector.ts';
import type { CliContext } from '../context.ts';
import { guestRef } from './columns.ts';

const MOST_CANDIDATES = 10;

/** Ages are counted back from `at`, or from now. Throws AppError('usage'). */
export function toSelector(context: CliContext, texts: readonly string[], at?: Date): Selector {
  return parseSelectors(texts, at ?? context.now());
}

/** Of guests that are gone too: by what they were last. */
export async function selectedGuests(context: CliContext, texts: readonly string[]): Promise<Set<string>> {
  const selector = toSelector(context, texts);
  const guests = await (await context.app.inventory()).listGuests({ selector, presence: 'all' });
  return new Set(guests.map(({ id }) => id));
}

/**
 * The reference itself, or the id of the one guest that it selects. Throws AppError('not-found') when it selects none, and
 * 'ambiguous' with the candidates.
 */
export async function selectedRef(context: CliContext, ref: string, lookup: GuestLookup): Promise<string> {
  if (await isReference(context, ref, lookup)) return ref;
  const { kinds, provider, at, includeGone } = lookup;
  const guests = await (await context.app.inventory()).listGuests({
    selector: toSelector(context, [ref], at),
    ...(kinds && { kinds }),
    ...(provider && { provider }),
    ...(at && { at }),
    ...(includeGone && { presence: 'all' }),
  });
  const [only, ...others] = guests;
  if (only === undefined) throw new AppError('not-found', `No guest matches \`${ref}\``, { hint: LISTS });
  if (others.length > 0) throw ambiguous(ref, guests);
  return only.id;
}

const LISTS = '`list-guests` shows guests, and takes the same selectors.';

async function isReference(context: CliContext, ref: string, lookup: GuestLookup): Promise<boolean> {
  const inventory = await context.app.inventory();
  try {
    await inventory.findGuest(ref, lookup);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not-found') return false;
    throw error;
  }
}

function ambiguous(ref: string, guests: readonly GuestRow[]): AppError {
  const listed = guests.slice(0, MOST_CANDIDATES).map((guest) => `  ${guestRef(guest)}  ${guest.name ?? '(no name)'}`);
  const more = guests.length - listed.length;
  return new AppError('ambiguous', `\`${ref}\` selects ${guests.length} guests`, {
    hint: ['Name one of them:', ...listed, ...(more > 0 ? [`and ${more} more`] : [])],
  });
}
