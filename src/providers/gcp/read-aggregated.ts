import { AppError } from '../../types/errors.ts';

export interface AggregatedPage<T> {
  items: Readonly<
    Record<string, { rows: readonly T[]; warning: { code: string; message?: string | null | undefined } | null }>
  >;
  nextPageToken?: string | undefined;
  unreachables: readonly string[];
  warning?: { code: string; message?: string | null | undefined } | null | undefined;
}

export interface Aggregated<T> {
  rows: readonly T[];
  /** Zones that were told of, with rows or without. */
  zones: ReadonlySet<string>;
  /** Zones of which rows may be missing, and why. */
  doubts: ReadonlyMap<string, string>;
  /** Why rows may be missing anywhere; null: nowhere but there. */
  doubt: string | null;
}

const MOST_PAGES = 2_000;
/** A zone that has none. */
const EMPTY = 'NO_RESULTS_ON_PAGE';

/**
 * Reads an aggregated list to its end. A zone counts only if no page says that it was not reached; a token that comes again would
 * never end. Throws AppError.
 */
export async function readAggregated<T>(
  readPage: (token: string | null) => Promise<AggregatedPage<T>>,
): Promise<Aggregated<T>> {
  const rows: T[] = [];
  const zones = new Set<string>();
  const doubts = new Map<string, string>();
  const tokens = new Set<string>();
  let doubt: string | null = null;
  for (let token: string | null = null; ; ) {
    const page: AggregatedPage<T> = await readPage(token);
    for (const [scope, told] of Object.entries(page.items)) {
      const zone = zoneOf(scope);
      zones.add(zone);
      rows.push(...told.rows);
      if (told.warning !== null && told.warning.code !== EMPTY) doubts.set(zone, wordsOf(told.warning));
    }
    for (const scope of page.unreachables) doubts.set(zoneOf(scope), 'it was not reached');
    if (page.warning && page.warning.code !== EMPTY) doubt = wordsOf(page.warning);
    const next = page.nextPageToken;
    if (next === undefined || next === '') return { rows, zones, doubts, doubt };
    if (tokens.has(next) || tokens.size >= MOST_PAGES) {
      throw new AppError('malformed', 'the list does not end: a page token came again', {
        hint: 'Check for a proxy in between that keeps answers',
      });
    }
    tokens.add(next);
    token = next;
  }
}

/** `zones/us-central1-a` → `us-central1-a`; of an address its end. */
function zoneOf(scope: string): string {
  return scope.slice(scope.lastIndexOf('/') + 1);
}

function wordsOf({ code, message }: { code: string; message?: string | null | undefined }): string {
  return message ? `${message.slice(0, 200)} (${code})` : code;
}
