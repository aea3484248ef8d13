import { Command } from 'commander';
import { AppError } from '../../types/errors.ts';
import type { NodeRow, StorageRow } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import { allOption, atOption } from '../options.ts';
import { explainTime } from './history-begin.ts';
import { showResource } from './show-resource.ts';
import { showState } from './show-state.ts';

interface ShowOptions {
  at?: string;
  all?: true;
}

const HELP = `
REF is a guest (NAME, VMID, PROVIDER/VMID or PROVIDER/NAME), a node or a storage (NAME or PROVIDER/NAME). Where one name means
several, put the kind before it: vm/100, container/200, node/pve1, storage/local.

Examples:
  $ rollcall show web-01
  $ rollcall show 105 --at yesterday
  $ rollcall show node/pve1
  $ rollcall show prod/local-lvm -o json | jq .document`;

export function showCommand(context: CliContext): Command {
  return new Command('show')
    .argument('<ref>', 'NAME, VMID, PROVIDER/VMID or PROVIDER/NAME')
    .addOption(atOption())
    .addOption(allOption())
    .addHelpText('after', HELP)
    .action(async (ref: string, { at, all }: ShowOptions) => {
      const time = context.time(at);
      const { provider } = context.options;
      const lookup = { ...(provider && { provider }), ...(time && { at: time }), ...(all && { includeGone: true }) };
      const guestRef = toGuestRef(ref);
      const resources = await findResources(context, ref, { at: time, all: all === true });
      const guest = await (await context.inventory()).findGuest(guestRef, lookup).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not-found') return error;
        throw error;
      });
      const isGuest = !(guest instanceof AppError);
      const [resource, ...others] = resources;
      if (isGuest && resource === undefined) return showState(context, guestRef, lookup);
      if (!isGuest && resource !== undefined && others.length === 0) return showResource(context, resource, time);
      if (!isGuest && resource === undefined) return explainTime(context, await notFound(context, ref, guest), time);
      const guests = isGuest ? [`vm or container ${guest.providerName}/${guest.vmid}`] : [];
      throw new AppError('ambiguous', `\`${ref}\` names ${guests.length + resources.length} resources`, {
        hint: [
          'Put the kind before it, or the provider:',
          ...[...guests, ...resources.map(describe)].map((one) => `  ${one}`),
        ],
      });
    });
}

/** `vm/100` is what the inventory calls `qemu/100`. */
function toGuestRef(ref: string): string {
  return ref.replace(/^(?:vm|qemu)\//i, 'qemu/').replace(/^(?:container|ct|lxc)\//i, 'lxc/');
}

export type Resource = { kind: 'node'; row: NodeRow } | { kind: 'storage'; row: StorageRow };

async function findResources(
  context: CliContext,
  ref: string,
  { at, all }: { at: Date | undefined; all: boolean },
): Promise<Resource[]> {
  const inventory = await context.inventory();
  const { provider } = context.options;
  const query = { ...(provider && { provider }), ...(at && { at }), ...(all && { presence: 'all' as const }) };
  const wanted = ref.toLowerCase();
  const isNamed = ({ kind, row: { name, providerName } }: Resource): boolean =>
    [name, `${kind}/${name}`, `${providerName}/${name}`, `${providerName}/${kind}/${name}`].some(
      (one) => one.toLowerCase() === wanted,
    );
  const nodes = (await inventory.listNodes(query)).map((row): Resource => ({ kind: 'node', row }));
  const storages = (await inventory.listStorages(query)).map((row): Resource => ({ kind: 'storage', row }));
  return [...nodes, ...storages].filter(isNamed);
}

function describe({ kind, row }: Resource): string {
  return `${kind} ${row.providerName}/${row.name}`;
}

/** The error of a guest that was not found, or that one of a resource which is gone. */
async function notFound(context: CliContext, ref: string, error: AppError): Promise<AppError> {
  const [gone] = await findResources(context, ref, { at: undefined, all: true });
  if (gone === undefined) return error;
  const hint = `${describe(gone)} is known at other times: --all shows it, and \`show-changes\` its history.`;
  return new AppError('not-found', `no ${gone.kind} \`${ref}\` is there`, { hint });
}
