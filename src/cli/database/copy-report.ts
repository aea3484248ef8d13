import type { CopyProgress, CopyReport, TableCount } from '../../types/database.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { plural } from '../output/format.ts';
import type { View } from '../output/output.ts';
import { TABLE_COLUMNS } from './table-columns.ts';

/** Shows on a terminal how far a copy is. */
export async function withCopyProgress(
  context: CliContext,
  name: string,
  copy: (options: { onProgress: CopyProgress; signal: AbortSignal }) => Promise<CopyReport>,
): Promise<CopyReport> {
  const progress = await context.progress();
  try {
    return await copy({
      signal: context.io.signal,
      onProgress: (table, done, total) =>
        progress.report(
          name,
          `${table}, ${Math.floor((100 * done) / Math.max(1, total))} % of ${plural(total, 'row')}`,
        ),
    });
  } finally {
    progress.stop();
  }
}

/** Ends with status 1 when the history that was copied is not whole. */
export async function printCopy(context: CliContext, report: CopyReport, verb: string): Promise<void> {
  const { verify } = report;
  const view: View<CopyReport, TableCount> = {
    columns: TABLE_COLUMNS,
    rows: ({ tables }) => tables,
    ref: ({ table }) => table,
    footer: async ({ from, to, rev, head, tables }) => [
      `${verb} ${plural(sumOf(tables), 'row')} from ${from} to ${to}`,
      ...(verify.ok ? [`the history there is whole: ${plural(rev, 'revision')} up to ${head}`] : []),
    ],
  };
  await context.output.print(report, view);
  if (verify.ok) return;
  context.status = EXIT.failed;
  const problems = plural(verify.problems.length, 'problem');
  context.output.error(`the history is NOT whole, there as here: ${problems}`, 'see `rollcall verify`');
}

function sumOf(tables: readonly TableCount[]): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}
