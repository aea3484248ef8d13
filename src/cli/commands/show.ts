import { Command } from 'commander';
import { nearNames } from '../../text/near-names.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { allOption, atOption } from '../options.ts';
import { KIND_WORDS } from '../resources/guest-columns.ts';
import { explainTime } from '../resources/history-begin.ts';
import { type Resource, showResource } from '../resources/show-resource.ts';
import { showState } from '../resources/show-state.ts';

interface ShowOptions {
  at?: string;
  all?: true;
}

const HELP = `
REF is a guest (NAME, VMID, PROVIDER/VMID or PROVIDER/NAME), a node or a storage (NAME or PROVIDER/NAME). If a name is
ambiguous, put the kind before it: vm/100, container/200, node/pve1, storage/local.

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
      const resources = await findResources(context, ref, { at: time, all: all === true });
      const guest = await (await context.app.inventory()).findGuest(ref, lookup).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not-found') return error;
        throw error;
      });
      const isGuest = !(guest instanceof AppError);
      const [resource, ...others] = resources;
      if (isGuest && resource === undefined) return showState(context, ref, lookup);
      if (!isGuest && resource !== undefined && others.length === 0) return showResource(context, resource, time);
      if (!isGuest && resource === undefined) return explainTime(context, await notFound(context, ref, guest), time);
      const guests = isGuest ? [`${guest.providerName}/${KIND_WORDS[guest.kind]}/${guest.vmid}`] : [];
      throw new AppError('ambiguous', `\`${ref}\` names ${guests.length + resources.length} resources`, {
        hint: ['Name one by PROVIDER/KIND/NAME:', ...[...guests, ...resources.map(refOf)].map((one) => `  ${one}`)],
      });
    });
}

async function findResources(
  context: CliContext,
  ref: string,
  { at, all }: { at: Date | undefined; all: boolean },
): Promise<Resource[]> {
  const inventory = await context.app.inventory();
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

/** `lab/node/pve1`: a reference that means nothing else. */
function refOf({ kind, row }: Resource): string {
  return `${row.providerName}/${kind}/${row.name}`;
}

/** The error of a guest that was not found, or that one of a resource: one which is gone, or was meant by its kind. */
async function notFound(context: CliContext, ref: string, error: AppError): Promise<AppError> {
  const [gone] = await findResources(context, ref, { at: undefined, all: true });
  const [, kind, name = ''] = OF_KIND.exec(ref) ?? [];
  if (gone === undefined) return kind === undefined ? error : unknownResource(context, ref, kind.toLowerCase(), name);
  const hint = `${gone.kind} ${gone.row.providerName}/${gone.row.name} is known at other times: --all shows it, and \`show-changes\` its history.`;
  return new AppError('not-found', `no ${gone.kind} \`${ref}\` is there`, { hint });
}

const OF_KIND = /(?:^|\/)(node|storage)\/([^/]+)$/i;

async function unknownResource(context: CliContext, ref: string, kind: string, name: string): Promise<AppError> {
  const inventory = await context.app.inventory();
  const rows = kind === 'node' ? await inventory.listNodes() : await inventory.listStorages();
  const near = nearNames(
    name,
    rows.map((row) => row.name),
  ).map((one) => `\`${kind}/${one}\``);
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : `\`list-${kind === 'node' ? 'nodes' : 'storage'}\` shows them.`;
  return new AppError('not-found', `No ${kind} \`${ref}\` is in the inventory`, { hint });
}
