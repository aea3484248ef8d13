import { Command } from 'commander';
import type { StorageRow } from '../../types/inventory.ts';
import { storageBytes } from '../../types/storage.ts';
import type { CliContext } from '../context.ts';
import { allOption, atOption, nameFilter, nodeFilter, offering, typeFilter, watched } from '../options.ts';
import { type Column, keysOf } from '../output/column.ts';
import { formatBytes, formatPercent } from '../output/format.ts';
import type { View } from '../output/output.ts';
import { PRESENCE_COLUMNS, PROVIDER_COLUMN } from '../resources/columns.ts';
import { guestNames, type NameFilter, NODE_WORDS, noteUnknownNames } from '../resources/name-filters.ts';
import { dataAge, noteBegin } from '../resources/presence.ts';

interface ListStorageOptions {
  node?: string[];
  name?: string[];
  type?: string[];
  at?: string;
  all?: true;
}

/** At a past time, and of one that no node uses, its definition tells. */
function nodesOf({ onNodes, document }: StorageRow): readonly string[] {
  const { nodes } = document;
  return onNodes.length === 0 && typeof nodes === 'object' ? nodes : onNodes.map(({ node }) => node);
}

function isDisabled({ document }: StorageRow): boolean {
  return document['disabled'] === true;
}

/** As the nodes say now; of a past time, what was recorded. */
function unavailableOn({ onNodes, document }: StorageRow): readonly string[] {
  const recorded = document['unavailableOn'];
  if (onNodes.length === 0) return typeof recorded === 'object' ? recorded : [];
  return onNodes.filter(({ status }) => status === 'unknown').map(({ node }) => node);
}

function usedShare(storage: StorageRow): number | null {
  const [total, used] = [storageBytes(storage, 'totalBytes'), storageBytes(storage, 'usedBytes')];
  return total === null || used === null || total === 0 ? null : used / total;
}

const COLUMNS: readonly Column<StorageRow>[] = [
  PROVIDER_COLUMN,
  { key: 'name', raw: ({ name }) => name },
  { key: 'type', raw: ({ type }) => type },
  { key: 'shared', raw: ({ isShared }) => isShared, text: ({ isShared }) => (isShared ? 'yes' : 'no'), spare: 6 },
  { key: 'nodes', raw: nodesOf, spare: 4 },
  { key: 'content', raw: ({ content }) => content, spare: 5 },
  {
    key: 'totalBytes',
    header: 'SIZE',
    raw: (row) => storageBytes(row, 'totalBytes'),
    text: (row) => formatBytes(storageBytes(row, 'totalBytes')),
    align: 'right',
  },
  {
    key: 'usedBytes',
    header: 'USED',
    raw: (row) => storageBytes(row, 'usedBytes'),
    text: (row) => formatBytes(storageBytes(row, 'usedBytes')),
    spare: 3,
    align: 'right',
  },
  { key: 'usedShare', header: 'USED %', raw: usedShare, text: (row) => formatPercent(usedShare(row)), align: 'right' },
  {
    key: 'isDisabled',
    header: 'DISABLED',
    raw: isDisabled,
    text: (row) => (isDisabled(row) ? 'yes' : ''),
    detail: (rows) => rows.some(isDisabled),
    tone: () => 'warn',
  },
  {
    key: 'unavailableOn',
    header: 'UNAVAILABLE ON',
    raw: unavailableOn,
    detail: (rows) => rows.some((row) => unavailableOn(row).length > 0),
    tone: () => 'warn',
  },
  ...PRESENCE_COLUMNS,
];

const HELP = `
\`verify\` covers the definition of a storage. It does not cover its state on each node, or its usage.

Examples:
  $ rollcall list-storage --sort -usedShare
  $ rollcall list-storage --node pve1 --type 'nfs,rbd'
  $ rollcall list-storage --at 7d -o json`;

export function listStorageCommand(context: CliContext): Command {
  return watched(context, offering(new Command('list-storage'), keysOf(COLUMNS)))
    .addOption(nodeFilter())
    .addOption(nameFilter())
    .addOption(typeFilter('only these types: dir, nfs, zfspool, rbd, pbs, …'))
    .addOption(atOption())
    .addOption(allOption())
    .addHelpText('after', HELP)
    .action(async ({ at, all, ...filters }: ListStorageOptions) => {
      const time = context.time(at);
      const { provider } = context.options;
      const storages = await (await context.app.inventory()).listStorages({
        ...filters,
        ...(provider && { provider }),
        ...(time && { at: time }),
        ...(all && { presence: 'all' }),
      });
      const view: View<readonly StorageRow[], StorageRow> = {
        columns: COLUMNS,
        document: ({ document }) => document,
        rows: (value) => value,
        ref: ({ providerName, name }) => `${providerName}/${name}`,
        empty: 'no storages',
        footer: () => dataAge(context, time),
      };
      await context.output.print(storages, view);
      await noteUnknownNames(context, storages, nameFilters(context, filters, time));
      await noteBegin(context, time);
    });
}

function nameFilters(
  context: CliContext,
  { node, name, type }: ListStorageOptions,
  at: Date | undefined,
): NameFilter<StorageRow>[] {
  const { provider } = context.options;
  const read = async () =>
    (await context.app.inventory()).listStorages({ presence: 'all', ...(provider && { provider }), ...(at && { at }) });
  let rows: ReturnType<typeof read> | undefined;
  const all = () => (rows ??= read());
  return [
    { patterns: node, of: nodesOf, known: async () => (await guestNames(context, at)()).node, words: NODE_WORDS },
    {
      patterns: name,
      of: (row) => [row.name],
      known: async () => (await all()).map((row) => row.name),
      words: (one) => `no storage is called '${one}'`,
    },
    {
      patterns: type,
      of: (row) => [row.type],
      known: async () => (await all()).flatMap((row) => row.type ?? []),
      words: (one) => `no storage has the type '${one}'`,
    },
  ];
}
