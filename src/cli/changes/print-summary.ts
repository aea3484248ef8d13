import type { ChangeRecord } from '../../types/change-record.ts';
import type { CliContext } from '../context.ts';
import { graphColumns, graphDays } from './change-graph.ts';
import { type Summary, summarize, summaryColumns } from './change-summary.ts';

/** Counts changes instead of listing them. */
export async function printSummary(
  context: CliContext,
  records: readonly ChangeRecord[],
  { by, footer }: { by: Summary | true | undefined; footer: () => Promise<readonly string[]> },
): Promise<void> {
  const of = by === true || by === undefined ? 'person' : by;
  await context.output.print(summarize(records, of), {
    columns: summaryColumns(of),
    rows: (value) => value,
    ref: (row) => row.of,
    empty: 'no changes',
    footer,
  });
}

/** Draws when there were how many. */
export async function printGraph(
  context: CliContext,
  records: readonly ChangeRecord[],
  footer: () => Promise<readonly string[]>,
): Promise<void> {
  const days = graphDays(records);
  await context.output.print(days, {
    columns: graphColumns(days),
    rows: (value) => value,
    ref: ({ day }) => day,
    empty: 'no changes',
    footer,
  });
}
