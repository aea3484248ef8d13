import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import type { PveNodeStorage } from '../../../api/pve-types.ts';
import { AppError } from '../../../types/errors.ts';
import { MOST_VMID, type NewGuestWish } from '../../../types/new-guest.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import { majorOf } from './new-guest.ts';
import { diskContent } from './storage-check.ts';

export interface Place {
  node: string;
  /** Where disks go unless somebody says otherwise; null: no storage of the node takes disks. */
  storage: string | null;
  /** Of the server's release. */
  major: number;
}

/** The lowest free vmids: the listing says which to ask about, and the server, which knows of all guests, decides. */
export async function freeVmids(client: ProxmoxClient, count: number, signal: AbortSignal): Promise<number[]> {
  const [first, { guests }] = await Promise.all([
    client.plans.getNextVmid({ signal }),
    client.getClusterResources({ signal }),
  ]);
  const taken = new Set(guests.map(({ vmid }) => vmid));
  const free = [first];
  for (let vmid = first + 1; free.length < count; vmid += 1) {
    if (vmid > MOST_VMID) throw new AppError('refused', `there are no ${count} free vmids from ${first} on`);
    if (!taken.has(vmid) && (await client.isVmidFree(vmid, { signal }))) free.push(vmid);
  }
  return free.slice(0, count);
}

/** Throws AppError('usage') where the node has to be named. */
export async function findPlace(
  client: ProxmoxClient,
  { kind, node: wanted }: Pick<NewGuestWish, 'kind' | 'node'>,
  { facts, signal }: { facts: ClusterFacts; signal: AbortSignal },
): Promise<Place> {
  const node = wanted ?? onlyNode([...facts.nodes.keys()].sort());
  const major = majorOf(facts.version);
  // Of a node that is not there the plan says so.
  if (facts.nodes.get(node) !== true) return { node, storage: null, major };
  const storages = await client.getNodeStorage(node, { signal });
  return { node, storage: usualStorage(storages, diskContent(kind)), major };
}

function onlyNode(nodes: readonly string[]): string {
  const [only, ...more] = nodes;
  if (only !== undefined && more.length === 0) return only;
  throw new AppError('usage', 'on which node?', { hint: `--node ${nodes.join(', --node ')}` });
}

/** What the installer makes for disks; else the one with the most room. */
const INSTALLED = ['local-lvm', 'local-zfs'];

export function usualStorage(storages: readonly PveNodeStorage[], content: string): string | null {
  const usable = storages
    .filter((row) => row.enabled !== false && row.active !== false && row.content?.includes(content))
    .sort((a, b) => (b.avail ?? 0) - (a.avail ?? 0) || a.storage.localeCompare(b.storage, 'en'));
  const installed = INSTALLED.find((name) => usable.some(({ storage }) => storage === name));
  return installed ?? usable[0]?.storage ?? null;
}
