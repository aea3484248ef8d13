import { Command, Option } from 'commander';
import { CONTAINER_KINDS, type GuestKind, type HostState, VM_KINDS } from '../../types/guest.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import { statusFilter } from '../fixed-words.ts';
import {
  allOption,
  atOption,
  nameFilter,
  nodeFilter,
  offering,
  poolFilter,
  selectorArgument,
  tagFilter,
  watched,
} from '../options.ts';
import { type Column, keysOf } from '../output/column.ts';
import type { View } from '../output/output.ts';
import { guestRef } from '../resources/columns.ts';
import { GUEST_COLUMNS, HOST_COLUMNS, KIND_COLUMN, MANAGED_COLUMNS } from '../resources/guest-columns.ts';
import { guestNames, type NameFilter, NODE_WORDS, noteUnknownNames, selectorOf } from '../resources/name-filters.ts';
import { dataAge, noteBegin } from '../resources/presence.ts';

interface ListGuestsOptions {
  node?: string[];
  status?: string[];
  tag?: string[];
  allTags?: true;
  pool?: string[];
  name?: string[];
  at?: string;
  all?: true;
  templates?: boolean;
  managed?: true;
}

const STATES = ['running', 'stopped', 'suspended', 'unknown'] as const satisfies readonly HostState[];
/** Reasons of a suspension, which `--status` takes too. Source: QEMU's qapi/run-state.json, RunState. */
const SUSPENSIONS = [
  'paused',
  'prelaunch',
  'io-error',
  'internal-error',
  'guest-panicked',
  'watchdog',
  'debug',
  'inmigrate',
  'postmigrate',
  'finish-migrate',
  'restore-vm',
  'save-vm',
  'shutdown',
  'colo',
];

const SIZES = `DISK (diskBytes) is the total size of a guest's disks without removable media, BOOT DISK (bootDiskBytes) that of its boot disk.
CPUS, MEMORY and DISK are the values in effect; show-vm and show-container also show values that wait for a restart.
`;

export function listHostsCommand(context: CliContext): Command {
  return listGuestsCommand(context, {
    name: 'list-hosts',
    noun: 'hosts',
    columns: HOST_COLUMNS,
    help: `
A host is a virtual machine or a container of any provider. PLACEMENT is the node or ESXi host that it runs on; ID is what the
platform calls it, where that is not a vmid.
${SIZES}
Examples:
  $ rollcall list-hosts ip=10.0.0.0/24
  $ rollcall list-hosts --status running
  $ rollcall list-hosts --provider 'vcenter*' -o wide
  $ rollcall list-hosts -o json | jq -r '.[] | [.providerName, .nativeId, .name] | @tsv'`,
  });
}

export function listAllGuestsCommand(context: CliContext): Command {
  return listGuestsCommand(context, {
    name: 'list-guests',
    noun: 'guests',
    help: `
${SIZES}
Examples:
  $ rollcall list-guests 'tag=prod,memory>8G' 'snapshot.age>14d'
  $ rollcall list-guests --status running --tag prod
  $ rollcall list-guests --no-templates --sort node,vmid
  $ rollcall list-guests --columns vmid,name,net0.bridge,net0.tag`,
  });
}

export function listVmsCommand(context: CliContext): Command {
  return listGuestsCommand(context, {
    name: 'list-vms',
    kinds: VM_KINDS,
    noun: 'virtual machines',
    help: `
${SIZES}
Examples:
  $ rollcall list-vms 'web-*,status=running'
  $ rollcall list-vms --status running --tag prod
  $ rollcall list-vms --node 'pve*' --sort -memory
  $ rollcall list-vms tag=prod --watch
  $ rollcall list-vms --at yesterday -o json | jq '.[].name'`,
  });
}

export function listContainersCommand(context: CliContext): Command {
  return listGuestsCommand(context, {
    name: 'list-containers',
    kinds: CONTAINER_KINDS,
    noun: 'containers',
    help: `
${SIZES}
Examples:
  $ rollcall list-containers --pool production
  $ rollcall list-containers --all -o wide
  $ rollcall list-containers --at '2026-11-01 14:30' -o csv`,
  });
}

interface ListedKind {
  name: string;
  /** Absent: all. */
  kinds?: readonly GuestKind[];
  noun: string;
  help: string;
  columns?: readonly Column<GuestRow>[];
}

function listGuestsCommand(context: CliContext, { name, kinds, noun, help, columns }: ListedKind): Command {
  const shown = columns ?? (kinds ? GUEST_COLUMNS : [KIND_COLUMN, ...GUEST_COLUMNS]);
  return watched(context, offering(new Command(name), keysOf(shown)))
    .addArgument(selectorArgument())
    .addOption(nodeFilter())
    .addOption(statusFilter(STATES, SUSPENSIONS))
    .addOption(nameFilter())
    .addOption(tagFilter())
    .addOption(new Option('--all-tags', 'only with all tags of --tag'))
    .addOption(poolFilter())
    .addOption(new Option('--templates', 'list only templates'))
    .addOption(new Option('--no-templates', 'leave out templates'))
    .addOption(
      new Option('--managed', 'also tell which computer of a provider such as BigFix each one is').conflicts('at'),
    )
    .addOption(atOption())
    .addOption(allOption())
    .addHelpText('after', help)
    .action(async (selectors: string[], { at, all, templates, managed, ...filters }: ListGuestsOptions) => {
      const time = context.time(at);
      const selector = await selectorOf(context, selectors, time);
      const { provider } = context.options;
      const listed = await (await context.app.inventory()).listGuests({
        ...(kinds && { kinds }),
        ...filters,
        ...(templates !== undefined && { template: templates }),
        ...(selector && { selector }),
        ...(provider && { provider }),
        ...(time && { at: time }),
        ...(all && { presence: 'all' }),
      });
      const guests = managed ? await (await context.app.managers()).withManagers(listed) : listed;
      const view: View<readonly GuestRow[], GuestRow> = {
        columns: managed ? [...shown, ...MANAGED_COLUMNS] : shown,
        document: ({ document }) => document,
        rows: (value) => value,
        ref: guestRef,
        empty: `no ${noun}`,
        footer: () => dataAge(context, time),
      };
      await context.output.print(guests, view);
      await noteUnknownNames(context, guests, nameFilters(context, filters, time));
      await noteBegin(context, time);
    });
}

function nameFilters(
  context: CliContext,
  { node, tag, pool, name }: ListGuestsOptions,
  at: Date | undefined,
): NameFilter<GuestRow>[] {
  const names = guestNames(context, at);
  return [
    { patterns: node, of: (row) => [row.node], known: async () => (await names()).node, words: NODE_WORDS },
    {
      patterns: tag,
      of: (row) => row.tags,
      known: async () => (await names()).tag,
      words: (one) => `no guest has the tag '${one}'`,
    },
    {
      patterns: pool,
      of: (row) => [row.pool],
      known: async () => (await names()).pool,
      words: (one) => `no guest is in a pool called '${one}'`,
    },
    {
      patterns: name,
      of: (row) => [row.name],
      known: async () => (await names()).name,
      words: (one) => `no guest is called '${one}'`,
    },
  ];
}
