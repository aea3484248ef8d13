import { parseSelectors } from '../../services/selectors/parse-selector.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestLookup } from '../../types/inventory.ts';
import type { Selector } from '../../types/selector.ts';
import type { CliContext } from '../context.ts';
import { explainTime } from './history-begin.ts';

/** Ages are counted back from `at`, or from now. Throws AppError('usage'). */
export function toSelector(context: CliContext, texts: readonly string[], at?: Date): Selector {
  return parseSelectors(texts, at ?? context.now());
}

/** Ids of guests, also of those that are gone: by what they were last. */
export async function selectedGuests(context: CliContext, texts: readonly string[]): Promise<ReadonlySet<string>> {
  const selector = toSelector(context, texts);
  const guests = await (await context.app.inventory()).listGuests({ selector, presence: 'all' });
  return new Set(guests.map(({ id }) => id));
}

/**
 * The id of the one guest that a text selects. Throws AppError('not-found'), 'ambiguous' and 'usage'; `unknown` in place of the
 * first and the last where the text compares nothing, and may be a name.
 */
export async function selectedId(
  context: CliContext,
  text: string,
  lookup: GuestLookup,
  unknown: AppError,
): Promise<string> {
  const { at } = lookup;
  try {
    const selector = toSelector(context, [text], at);
    return (await (await context.app.inventory()).findSelected(text, selector, lookup)).id;
  } catch (error) {
    const isName = error instanceof AppError && error.code !== 'ambiguous' && !/[=<>]/.test(text);
    throw isName ? unknown : await explainTime(context, error, at);
  }
}
