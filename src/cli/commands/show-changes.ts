import { Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { collect, sinceOption, untilOption, wholeNumber } from '../options.ts';
import type { Column, Raw } from '../output/column.ts';
import type { View } from '../output/output.ts';
import { CHANGE_COLUMNS, type ChangeRecord, resourceRef, toChangeRecords } from './change-record.ts';
import { dataAge } from './presence.ts';

interface ShowChangesOptions {
  since?: string;
  until?: string;
  guest?: string;
  kind?: string[];
  by?: string[];
  path?: string[];
  limit?: number;
  exitCode?: true;
}

/** A document as JSON; a list with commas. */
function valueCell(value: ChangeRecord['before']): Raw {
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? value.join(',') : JSON.stringify(value);
}

/** What `-o csv` has: the keys of `-o json`, in their order. */
const FILED_COLUMNS: readonly Column<ChangeRecord>[] = [
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
];

const HELP = `
One row for each field that changed, oldest first. A resource that came or went is one row; JSON and CSV have its whole
document. BY is the user and token that a task or a line of the cluster log names for this change. When no record names
one, it says unknown, and between which two observations the change happened. "from log" marks what no observation shows: a
restart, a value that was set and set again, a guest that was created and destroyed between two runs. The server's tasks and log tell
of it, and its time is theirs; --kind from-log lists nothing else.

Examples:
  $ rollcall show-changes --since 24h
  $ rollcall show-changes --guest web-01 --path 'net*.bridge'
  $ rollcall show-changes --since yesterday --kind removed --by 'alice@*'
  $ rollcall show-changes --since 7d -o csv > changes.csv
  $ rollcall show-changes --since 5m --exit-code --quiet || echo something changed`;

export function showChangesCommand(context: CliContext): Command {
  return new Command('show-changes')
    .addOption(sinceOption())
    .addOption(untilOption())
    .option('--guest <ref>', 'of this guest: NAME, VMID or PROVIDER/VMID')
    .addOption(
      new Option(
        '--kind <kinds>',
        'created, changed, removed, migrated, cloned, from-log, …; vm, container, node, storage',
      ).argParser(collect),
    )
    .addOption(new Option('--by <patterns>', 'by these users or tokens; unknown for nobody known').argParser(collect))
    .addOption(new Option('--path <patterns>', "of these fields: memory, 'net*.bridge'").argParser(collect))
    .addOption(new Option('--limit <count>', 'the newest ones').argParser(wholeNumber(1)))
    .option('--exit-code', `end with status ${EXIT.changed} when there are changes`)
    .addHelpText('after', HELP)
    .action(async ({ since, until, exitCode, ...filters }: ShowChangesOptions) => {
      const [from, to] = [context.time(since), context.time(until)];
      const { provider, output } = context.options;
      const changes = await (await context.history()).listChanges({
        ...filters,
        ...(provider && { provider }),
        ...(from && { since: from }),
        ...(to && { until: to }),
      });
      const records = changes.flatMap((change) => toChangeRecords(change, filters.path));
      const view: View<readonly ChangeRecord[], ChangeRecord> = {
        columns: output === 'csv' ? FILED_COLUMNS : [...CHANGE_COLUMNS, ...hidden(FILED_COLUMNS)],
        rows: (value) => value,
        ref: resourceRef,
        empty: 'no changes',
        footer: () => dataAge(context),
      };
      await context.output.print(records, view);
      if (exitCode && records.length > 0) context.status = EXIT.changed;
    });
}

/** Columns for `--columns` and `--sort` only. */
function hidden(columns: readonly Column<ChangeRecord>[]): Column<ChangeRecord>[] {
  const shown = new Set(CHANGE_COLUMNS.map(({ key }) => key));
  return columns.filter(({ key }) => !shown.has(key)).map((column) => ({ ...column, detail: 'named' as const }));
}
