import { ACTION_RIGHTS, type ActionRight } from '../../../types/action.ts';
import type { ApiVerb } from './read-endpoints.ts';

export interface WriteCall {
  verb: ApiVerb;
  /** `/nodes/{node}/qemu/{vmid}/config`. */
  template: string;
  values: Readonly<Record<string, string>>;
  /** Names of parameters with their values. */
  parameters: ReadonlyMap<string, readonly string[]>;
}

interface Rule {
  path: RegExp;
  verbs: readonly ApiVerb[];
  rights: readonly ActionRight[];
}

const GUEST = String.raw`^/nodes/\{node\}/(?:qemu|lxc)/\{vmid\}`;

/** What a command of its own does, by the path that it uses. */
const RULES: readonly Rule[] = [
  { path: new RegExp(`${GUEST}/status/\\w+$`), verbs: ['POST'], rights: ['power'] },
  { path: new RegExp(`${GUEST}/snapshot(?:/|$)`), verbs: ['POST', 'PUT', 'DELETE'], rights: ['snapshot'] },
  {
    path: new RegExp(`${GUEST}/(?:config|resize|move_disk|move_volume|unlink|cloudinit)$`),
    verbs: ['POST', 'PUT'],
    rights: ['config'],
  },
  { path: new RegExp(`${GUEST}/migrate$`), verbs: ['POST'], rights: ['migrate'] },
  { path: new RegExp(`${GUEST}/clone$`), verbs: ['POST'], rights: ['clone'] },
  { path: new RegExp(`${GUEST}$`), verbs: ['DELETE'], rights: ['destroy'] },
  { path: /^\/nodes\/\{node\}\/vzdump$/, verbs: ['POST'], rights: ['backup'] },
  { path: /^\/nodes\/\{node\}\/storage\/\{storage\}\/prunebackups$/, verbs: ['DELETE'], rights: ['backup'] },
];

const CREATE = /^\/nodes\/\{node\}\/(?:qemu|lxc)$/;
const CONTENT = '/nodes/{node}/storage/{storage}/content/{volume}';
/** `local:backup/vzdump-qemu-100-….vma.zst`, `pbs:backup/vm/100/…`, with or without its storage. */
const BACKUP = /^(?:[^:/]+:)?backup\//;

/**
 * What the owner of a provider has to allow for a write. For whatever no right is about (access, storages, the cluster, firewalls,
 * nodes): every right, `api` among them.
 */
export function neededRights({ verb, template, values, parameters }: WriteCall): readonly ActionRight[] {
  if (CREATE.test(template) && verb === 'POST') return creationRights(parameters);
  if (template === CONTENT && verb !== 'POST' && BACKUP.test(values['volume'] ?? '')) return ['backup'];
  const rule = RULES.find(({ path, verbs }) => path.test(template) && verbs.includes(verb));
  return rule?.rights ?? ACTION_RIGHTS;
}

/** A guest that is made from a backup by `force` takes the place of one that is there. */
function creationRights(parameters: WriteCall['parameters']): readonly ActionRight[] {
  const isSet = (name: string): boolean =>
    parameters.has(name) && !/^(?:0|no|off|false)$/i.test(parameters.get(name)?.at(-1) ?? '');
  const isRestore = isSet('restore') || isSet('archive');
  return ['create', ...(isRestore ? (['backup'] as const) : []), ...(isSet('force') ? (['destroy'] as const) : [])];
}
