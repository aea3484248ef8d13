import { concatSafe, escapeLines, type SafeText } from '../output/escape.ts';
import { toJsonLine } from '../output/serialize.ts';

const LINE_BREAK = escapeLines(['']);

/**
 * A list that was printed as JSON, compared with the one before: what is new or different, and what is not listed any
 * more. A log loses its oldest rows, which is nothing to tell.
 */
export function changedRows(
  json: string,
  known: ReadonlyMap<string, string>,
  { isLog }: { isLog: boolean },
): { lines: SafeText[]; rows: Map<string, string> } {
  const printed: unknown = JSON.parse(json);
  const list: readonly unknown[] = Array.isArray(printed) ? printed : [printed];
  const rows = new Map(list.map((row) => [keyOf(row), JSON.stringify(row)]));
  const changed = list.filter((row) => known.get(keyOf(row)) !== JSON.stringify(row));
  const gone = isLog ? [] : [...known].flatMap(([key, text]) => (rows.has(key) ? [] : [unlisted(text)]));
  return { lines: [...changed, ...gone].map(lineOf), rows };
}

/** What stays the same of a row while the rest of it changes. */
function keyOf(row: unknown): string {
  if (typeof row !== 'object' || row === null) return JSON.stringify(row);
  if ('id' in row && 'providerId' in row)
    return JSON.stringify([row.providerId, row.id, 'upid' in row ? row.upid : null]);
  if ('upid' in row) return JSON.stringify(row.upid);
  return 'id' in row ? JSON.stringify(row.id) : JSON.stringify(row);
}

function unlisted(text: string): unknown {
  const row: unknown = JSON.parse(text);
  return typeof row === 'object' ? { ...row, isListed: false } : row;
}

function lineOf(row: unknown): SafeText {
  return concatSafe([toJsonLine(row), LINE_BREAK]);
}
