import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { atOption, offering, selectorArgument, watched } from '../options.ts';
import { keysOf } from '../output/column.ts';
import type { View } from '../output/output.ts';
import { selectorOf } from '../resources/name-filters.ts';
import { dataAge, noteBegin } from '../resources/presence.ts';
import { SNAPSHOT_COLUMNS, type SnapshotRow, snapshotRows } from '../resources/snapshot-rows.ts';

const HELP = `
Snapshots are read by a sync where the configuration of a guest has changed, or it has a new snapshot.

Examples:
  $ rollcall snapshot list web-01
  $ rollcall snapshot list 'tag=prod,snapshot.age>14d' --sort takenAt
  $ rollcall snapshot list -o json | jq -r '.[] | select(.hasMemory) | .name'`;

export function snapshotListCommand(context: CliContext): Command {
  return watched(context, offering(new Command('list'), keysOf(SNAPSHOT_COLUMNS)))
    .description('list snapshots from the database (makes no call to a provider)')
    .addArgument(selectorArgument())
    .addOption(atOption())
    .addHelpText('after', HELP)
    .action(async (selectors: string[], { at }: { at?: string }) => {
      const time = context.time(at);
      const selector = await selectorOf(context, selectors, time);
      const { provider } = context.options;
      const guests = await (await context.app.inventory()).listGuests({
        ...(selector && { selector }),
        ...(provider && { provider }),
        ...(time && { at: time }),
      });
      const view: View<readonly SnapshotRow[], SnapshotRow> = {
        columns: SNAPSHOT_COLUMNS,
        rows: (value) => value,
        ref: ({ providerName, vmid, guest, name }) => `${providerName}/${guest ?? vmid ?? ''}/${name}`,
        empty: 'no snapshots',
        footer: () => dataAge(context, time),
      };
      await context.output.print(snapshotRows(guests), view);
      await noteBegin(context, time);
    });
}
