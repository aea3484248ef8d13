import { Command } from 'commander';
import type { NodeRow } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import { statusFilter } from '../fixed-words.ts';
import { allOption, atOption, nameFilter, offering, watched } from '../options.ts';
import { type Column, keysOf } from '../output/column.ts';
import type { View } from '../output/output.ts';
import { CPU_COLUMN, MEMORY_COLUMN, PRESENCE_COLUMNS, PROVIDER_COLUMN, USAGE_COLUMNS } from '../resources/columns.ts';
import { guestNames, NODE_WORDS, noteUnknownNames } from '../resources/name-filters.ts';
import { dataAge, noteBegin } from '../resources/presence.ts';

interface ListNodesOptions {
  status?: string[];
  name?: string[];
  at?: string;
  all?: true;
}

const COLUMNS: readonly Column<NodeRow>[] = [
  PROVIDER_COLUMN,
  { key: 'name', raw: ({ name }) => name },
  {
    key: 'status',
    raw: ({ status }) => status,
    text: ({ status, isInMaintenance }) => (isInMaintenance ? `${status}, maintenance` : status),
    tone: ({ status, isInMaintenance }) => (status !== 'online' ? 'bad' : isInMaintenance ? 'warn' : 'good'),
  },
  { key: 'version', raw: ({ version }) => version, spare: 5 },
  { key: 'guests', raw: ({ guests }) => guests.total, align: 'right' },
  { key: 'running', raw: ({ guests }) => guests.running, align: 'right', spare: 6 },
  {
    key: 'templates',
    raw: ({ guests }) => guests.templates,
    align: 'right',
    spare: 7,
    detail: (rows) => rows.some(({ guests }) => guests.templates > 0),
  },
  { key: 'maintenance', raw: ({ isInMaintenance }) => isInMaintenance, detail: 'named' },
  { key: 'cpus', raw: ({ cpus }) => cpus, align: 'right', spare: 4 },
  { ...MEMORY_COLUMN, spare: 3 },
  { ...CPU_COLUMN, spare: 2 },
  ...USAGE_COLUMNS,
  ...PRESENCE_COLUMNS,
];

const HELP = `
Examples:
  $ rollcall list-nodes
  $ rollcall list-nodes --status offline -o name
  $ rollcall list-nodes --at yesterday -o wide`;

export function listNodesCommand(context: CliContext): Command {
  return watched(context, offering(new Command('list-nodes'), keysOf(COLUMNS)))
    .addOption(statusFilter(['online', 'offline', 'unknown', 'maintenance']))
    .addOption(nameFilter())
    .addOption(atOption())
    .addOption(allOption())
    .addHelpText('after', HELP)
    .action(async ({ at, all, ...filters }: ListNodesOptions) => {
      const time = context.time(at);
      const { provider } = context.options;
      const nodes = await (await context.app.inventory()).listNodes({
        ...filters,
        ...(provider && { provider }),
        ...(time && { at: time }),
        ...(all && { presence: 'all' }),
      });
      const view: View<readonly NodeRow[], NodeRow> = {
        columns: COLUMNS,
        document: ({ document }) => document,
        rows: (value) => value,
        ref: ({ providerName, name }) => `${providerName}/${name}`,
        empty: 'no nodes',
        footer: () => dataAge(context, time),
      };
      await context.output.print(nodes, view);
      const known = async () => (await guestNames(context, time)()).node;
      await noteUnknownNames(context, nodes, [
        { patterns: filters.name, of: ({ name }) => [name], known, words: NODE_WORDS },
      ]);
      await noteBegin(context, time);
    });
}
