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

/** What is below a guest, by its first word; each is about all that is below it. The guest itself is empty. */
const GUEST_RIGHTS: Readonly<Record<string, { verbs: readonly ApiVerb[]; rights: readonly ActionRight[] }>> = {
  '': { verbs: ['DELETE'], rights: ['destroy'] },
  status: { verbs: ['POST'], rights: ['power'] },
  snapshot: { verbs: ['POST', 'PUT', 'DELETE'], rights: ['snapshot'] },
  config: { verbs: ['POST', 'PUT'], rights: ['config'] },
  resize: { verbs: ['PUT'], rights: ['config'] },
  move_disk: { verbs: ['POST'], rights: ['config'] },
  move_volume: { verbs: ['POST'], rights: ['config'] },
  unlink: { verbs: ['PUT'], rights: ['config'] },
  cloudinit: { verbs: ['PUT'], rights: ['config'] },
  migrate: { verbs: ['POST'], rights: ['migrate'] },
  clone: { verbs: ['POST'], rights: ['clone'] },
};

const GUEST = /^\/nodes\/\{node\}\/(?:qemu|lxc)\/\{vmid\}(?:\/([^/]+))?/;
const CREATE = /^\/nodes\/\{node\}\/(?:qemu|lxc)$/;
const VZDUMP = '/nodes/{node}/vzdump';
const PRUNE = '/nodes/{node}/storage/{storage}/prunebackups';
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
  if (template === VZDUMP && verb === 'POST') return ['backup'];
  if (template === PRUNE && verb === 'DELETE') return ['backup'];
  return guestRights(verb, template) ?? ACTION_RIGHTS;
}

function guestRights(verb: ApiVerb, template: string): readonly ActionRight[] | undefined {
  const match = GUEST.exec(template);
  const word = match?.[1] ?? '';
  const entry = match !== null && Object.hasOwn(GUEST_RIGHTS, word) ? GUEST_RIGHTS[word] : undefined;
  return entry?.verbs.includes(verb) ? entry.rights : undefined;
}

/** A guest that is made from a backup by `force` takes the place of one that is there. */
function creationRights(parameters: WriteCall['parameters']): readonly ActionRight[] {
  const isSet = (name: string): boolean =>
    parameters.has(name) && !/^(?:0|no|off|false)$/i.test(parameters.get(name)?.at(-1) ?? '');
  const isRestore = isSet('restore') || isSet('archive');
  return ['create', ...(isRestore ? (['backup'] as const) : []), ...(isSet('force') ? (['destroy'] as const) : [])];
}
