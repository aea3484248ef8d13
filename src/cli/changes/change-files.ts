import type { ChangeRecord } from '../../types/change-record.ts';
import type { Column, Raw } from '../output/column.ts';

/** A document as JSON; a list with commas. */
function valueCell(value: ChangeRecord['before']): Raw {
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? value.join(',') : JSON.stringify(value);
}

/** What `-o csv` has: the keys of `-o json`, in their order. */
export const FILED_COLUMNS: readonly Column<ChangeRecord>[] = [
  { key: 'rev', raw: ({ rev }) => rev },
  { key: 'seq', raw: ({ seq }) => seq },
  { key: 'runId', raw: ({ runId }) => runId },
  { key: 'provider', raw: ({ provider }) => provider },
  { key: 'resourceType', raw: ({ resourceType }) => resourceType },
  { key: 'resourceKind', raw: ({ resourceKind }) => resourceKind },
  { key: 'resourceId', raw: ({ resourceId }) => resourceId },
  { key: 'vmid', raw: ({ vmid }) => vmid },
  { key: 'name', raw: ({ name }) => name },
  { key: 'kind', raw: ({ kind }) => kind },
  { key: 'event', raw: ({ event }) => event },
  { key: 'path', raw: ({ path }) => path },
  { key: 'before', raw: ({ before }) => valueCell(before) },
  { key: 'after', raw: ({ after }) => valueCell(after) },
  { key: 'actor', raw: ({ actor }) => actor },
  { key: 'token', raw: ({ token }) => token },
  { key: 'source', raw: ({ source }) => source },
  { key: 'via', raw: ({ via }) => via },
  { key: 'ref', raw: ({ ref }) => ref },
  { key: 'confidence', raw: ({ confidence }) => confidence },
  { key: 'observedAt', raw: ({ observedAt }) => observedAt },
  { key: 'effectiveAt', raw: ({ effectiveAt }) => effectiveAt },
  { key: 'notBefore', raw: ({ notBefore }) => notBefore },
  { key: 'explainedAt', raw: ({ explainedAt }) => explainedAt },
];

/** The columns of a table, and what else they may be called by name. */
export function allColumns(usual: readonly Column<ChangeRecord>[]): Column<ChangeRecord>[] {
  const shown = new Set(usual.map(({ key }) => key));
  const named = FILED_COLUMNS.filter(({ key }) => !shown.has(key));
  return [...usual, ...named.map((column) => ({ ...column, detail: 'named' as const }))];
}
