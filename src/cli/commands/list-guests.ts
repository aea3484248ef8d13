import { Command } from 'commander';
import type { GuestKind } from '../../types/guest.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import { allOption, atOption, nameFilter, nodeFilter, poolFilter, statusFilter, tagFilter } from '../options.ts';
import type { Column, Tone } from '../output/column.ts';
import { formatBytes } from '../output/format.ts';
import type { View } from '../output/output.ts';
import { dataAge, PRESENCE_COLUMNS, PROVIDER_COLUMN } from './presence.ts';
import { CPU_COLUMN, MEMORY_COLUMN, USAGE_COLUMNS } from './usage-columns.ts';

interface ListGuestsOptions {
  node?: string[];
  status?: string[];
  tag?: string[];
  pool?: string[];
  name?: string[];
  at?: string;
  all?: true;
}

const STATUS_TONE: Readonly<Record<string, Tone>> = { running: 'good', stopped: 'dim', suspended: 'warn' };

export const GUEST_COLUMNS: readonly Column<GuestRow>[] = [
  PROVIDER_COLUMN,
  { key: 'vmid', raw: ({ vmid }) => vmid, align: 'right' },
  { key: 'name', raw: ({ name }) => name },
  { key: 'node', raw: ({ node }) => node },
  { key: 'status', raw: ({ status }) => status, tone: ({ status }) => STATUS_TONE[status] ?? 'plain' },
  { key: 'cpus', raw: ({ cpus }) => cpus, align: 'right' },
  MEMORY_COLUMN,
  {
    key: 'diskBytes',
    header: 'DISK',
    raw: ({ diskBytes }) => diskBytes,
    text: ({ diskBytes }) => formatBytes(diskBytes),
    align: 'right',
  },
  { key: 'tags', raw: ({ tags }) => tags },
  { key: 'pool', raw: ({ pool }) => pool, detail: 'wide' },
  {
    key: 'isTemplate',
    header: 'TEMPLATE',
    raw: ({ isTemplate }) => isTemplate,
    text: ({ isTemplate }) => (isTemplate ? 'yes' : ''),
    detail: (rows) => rows.some((row) => row.isTemplate),
  },
  { key: 'lock', raw: ({ lock }) => lock, detail: 'wide' },
  { key: 'osType', header: 'OS', raw: ({ osType }) => osType, detail: 'wide' },
  { ...CPU_COLUMN, detail: 'wide' },
  ...USAGE_COLUMNS,
  ...PRESENCE_COLUMNS,
];

export function listVmsCommand(context: CliContext): Command {
  return listGuestsCommand(context, {
    name: 'list-vms',
    kind: 'qemu',
    noun: 'virtual machines',
    help: `
Examples:
  $ rollcall list-vms --status running --tag prod
  $ rollcall list-vms --node 'pve*' --sort -memory
  $ rollcall list-vms --at yesterday -o json | jq '.[].name'`,
  });
}

export function listContainersCommand(context: CliContext): Command {
  return listGuestsCommand(context, {
    name: 'list-containers',
    kind: 'lxc',
    noun: 'containers',
    help: `
Examples:
  $ rollcall list-containers --pool production
  $ rollcall list-containers --all -o wide
  $ rollcall list-containers --at '2026-11-01 14:30' -o csv`,
  });
}

function listGuestsCommand(
  context: CliContext,
  { name, kind, noun, help }: { name: string; kind: GuestKind; noun: string; help: string },
): Command {
  return new Command(name)
    .addOption(nodeFilter())
    .addOption(statusFilter('running, stopped, suspended, unknown'))
    .addOption(nameFilter())
    .addOption(tagFilter())
    .addOption(poolFilter())
    .addOption(atOption())
    .addOption(allOption())
    .addHelpText('after', help)
    .action(async ({ at, all, ...filters }: ListGuestsOptions) => {
      const time = context.time(at);
      const { provider } = context.options;
      const guests = await (await context.inventory()).listGuests({
        kind,
        ...filters,
        ...(provider && { provider }),
        ...(time && { at: time }),
        ...(all && { presence: 'all' }),
      });
      const view: View<readonly GuestRow[], GuestRow> = {
        columns: GUEST_COLUMNS,
        rows: (value) => value,
        ref: ({ providerName, vmid }) => `${providerName}/${vmid}`,
        empty: `no ${noun}`,
        footer: () => dataAge(context, time),
      };
      await context.output.print(guests, view);
    });
}
