import type { GuestNames } from '../../services/inventory/inventory-service.ts';
import { nearest } from '../../text/near-names.ts';
import type { Selector } from '../../types/selector.ts';
import { compileWildcard } from '../../types/wildcard.ts';
import type { CliContext } from '../context.ts';

/** A filter by names that administrators choose, and that are therefore not fixed words. */
export interface NameFilter<Row> {
  patterns: readonly string[] | undefined;
  /** What the filter compares with. */
  of: (row: Row) => readonly (string | null)[];
  /** Every value that exists, whatever the other filters leave. */
  known(): Promise<readonly string[]>;
  /** `no node is called 'pve9'`. */
  words(pattern: string): string;
}

/**
 * Says which patterns nothing matches, so that a misspelt name is told from an empty list. Looks for other values only where
 * the rows have none.
 */
export async function noteUnknownNames<Row>(
  context: CliContext,
  rows: readonly Row[],
  filters: readonly NameFilter<Row>[],
): Promise<void> {
  if (context.options.quiet) return;
  for (const filter of filters) {
    const { patterns = [], of } = filter;
    const missing = patterns.filter((pattern) => !rows.some((row) => isIn(of(row), pattern)));
    if (missing.length === 0) continue;
    // In an order that does not depend on the database's.
    const values = [...new Set(await filter.known())].sort();
    for (const pattern of missing.filter((one) => !isIn(values, one))) {
      const near = /[*?]/.test(pattern) ? undefined : nearest(pattern, values);
      context.output.note(`${filter.words(pattern)}${near === undefined ? '' : `; did you mean ${near}?`}`);
    }
  }
}

function isIn(values: readonly (string | null)[], pattern: string): boolean {
  return values.some((value) => value !== null && compileWildcard(pattern)(value));
}

/** The names of all guests and nodes, read once for several filters. */
export function guestNames(context: CliContext, at?: Date): () => Promise<GuestNames> {
  const { provider } = context.options;
  let names: Promise<GuestNames> | undefined;
  return async () => {
    names ??= (await context.app.inventory()).guestNames({ ...(provider && { provider }), ...(at && { at }) });
    return names;
  };
}

export const NODE_WORDS = (pattern: string) => `no node is called '${pattern}'`;

/** undefined without any. Selectors are loaded where there are some: most command lines have none. */
export async function selectorOf(
  context: CliContext,
  texts: readonly string[],
  at: Date | undefined,
): Promise<Selector | undefined> {
  if (texts.length === 0) return undefined;
  const { toSelector } = await import('./selectors.ts');
  return toSelector(context, texts, at);
}

/** The guests that selectors choose, for a query; nothing without any. */
export async function guestsOf(
  context: CliContext,
  texts: readonly string[],
): Promise<{ guests?: ReadonlySet<string> }> {
  if (texts.length === 0) return {};
  const { selectedGuests } = await import('./selectors.ts');
  return { guests: await selectedGuests(context, texts) };
}
