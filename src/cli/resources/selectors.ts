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
 * The id of the one guest that a text selects. Throws AppError('ambiguous') with the candidates; `unknown` when it selects none and
 * compares nothing, so that it may be a name; and 'not-found' or 'usage'.
 */
export async function selectedId(
  context: CliContext,
  ref: string,
  { kinds, provider, at, includeGone }: GuestLookup,
  unknown: AppError,
): Promise<string> {
  const isComparing = /[=<>]/.test(ref);
  if (!isComparing && !isSelector(context, ref, at)) throw unknown;
  const guests = await (await context.app.inventory()).listGuests({
    selector: toSelector(context, [ref], at),
    ...(kinds && { kinds }),
    ...(provider && { provider }),
    ...(at && { at }),
    ...(includeGone && { presence: 'all' }),
  });
  const [only, ...others] = guests;
  if (others.length > 0) throw ambiguous(ref, guests);
  if (only !== undefined) return only.id;
  if (!isComparing) throw unknown;
  const hint = at === undefined ? LISTS : (unknown.hint ?? LISTS);
  throw new AppError('not-found', `No guest matches \`${ref}\``, { hint });
}

const LISTS = '`list-guests` shows guests, and takes the same selectors.';

function isSelector(context: CliContext, text: string, at: Date | undefined): boolean {
  try {
    toSelector(context, [text], at);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'usage') return false;
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
