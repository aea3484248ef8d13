import { nearNames } from '../../text/near-names.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestRow, NodeRow, Resource, StorageRow } from '../../types/inventory.ts';

const GUEST_WORDS = { qemu: 'vm', vm: 'vm', lxc: 'container' } as const;
/** `node/pve1`, `lab/storage/local`. */
const OF_KIND = /(?:^|\/)(node|storage)\/([^/]+)$/i;

/** Nodes and storages that a reference names: NAME, KIND/NAME, PROVIDER/NAME or PROVIDER/KIND/NAME, whatever its case. */
export function resourcesNamed(ref: string, nodes: readonly NodeRow[], storages: readonly StorageRow[]): Resource[] {
  const wanted = ref.toLowerCase();
  const isNamed = ({ kind, row: { name, providerName } }: Resource): boolean =>
    [name, `${kind}/${name}`, `${providerName}/${name}`, `${providerName}/${kind}/${name}`].some(
      (one) => one.toLowerCase() === wanted,
    );
  return [
    ...nodes.map((row): Resource => ({ kind: 'node', row })),
    ...storages.map((row): Resource => ({ kind: 'storage', row })),
  ].filter(isNamed);
}

/** A reference names several resources; each is listed by a reference that means nothing else. */
export function ambiguousResource(ref: string, guest: GuestRow | null, resources: readonly Resource[]): AppError {
  const refs = [
    ...(guest === null ? [] : [`${guest.providerName}/${GUEST_WORDS[guest.kind]}/${guest.nativeId}`]),
    ...resources.map(({ kind, row }) => `${row.providerName}/${kind}/${row.name}`),
  ];
  return new AppError('ambiguous', `\`${ref}\` names ${refs.length} resources`, {
    hint: ['Name one by PROVIDER/KIND/NAME:', ...refs.map((one) => `  ${one}`)],
  });
}

/** A node or storage that is not there at the time asked for, and is known at others. */
export function absentResource(ref: string, { kind, row }: Resource): AppError {
  const hint = `${kind} ${row.providerName}/${row.name} is known at other times: --all shows it, and \`show-changes\` its history.`;
  return new AppError('not-found', `no ${kind} \`${ref}\` is there`, { hint });
}

/** null for a reference that does not say that it means a node or a storage. */
export function unknownResource(
  ref: string,
  nodes: readonly NodeRow[],
  storages: readonly StorageRow[],
): AppError | null {
  const [, said, name = ''] = OF_KIND.exec(ref) ?? [];
  if (said === undefined) return null;
  const kind = said.toLowerCase();
  const names = (kind === 'node' ? nodes : storages).map((row) => row.name);
  const near = nearNames(name, names).map((one) => `\`${kind}/${one}\``);
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : `\`list-${kind === 'node' ? 'nodes' : 'storage'}\` shows them.`;
  return new AppError('not-found', `No ${kind} \`${ref}\` is in the inventory`, { hint });
}
