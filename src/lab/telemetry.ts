import type { Cluster } from './cluster.ts';
import type { BroadcastFields, LabGuest, LabNode, LabStorage } from './model.ts';
import { noise } from './prng.ts';

const BUCKET_MS = 10_000;

export interface GuestFigures {
  cpu: number;
  mem: number;
  disk: number;
  uptime: number;
  netin: number;
  netout: number;
  diskread: number;
  diskwrite: number;
}

const OFF: GuestFigures = { cpu: 0, mem: 0, disk: 0, uptime: 0, netin: 0, netout: 0, diskread: 0, diskwrite: 0 };

/** Figures of a guest at a time: made from its vmid and the time alone, so nothing has to tick. */
export function guestFigures(guest: LabGuest, fields: BroadcastFields, atMs: number): GuestFigures {
  if (fields.status === 'stopped') return OFF;
  const bucket = Math.floor(atMs / BUCKET_MS);
  const uptime = Math.max(1, Math.floor((atMs - guest.startedAtMs) / 1000));
  const rate = noise(guest.vmid, 1);
  return {
    cpu: noise(guest.vmid, bucket) * 0.4,
    mem: Math.floor(fields.maxmem * (0.2 + 0.5 * noise(guest.vmid, Math.floor(bucket / 6)))),
    disk: guest.kind === 'lxc' ? Math.floor(fields.maxdisk * (0.1 + 0.4 * rate)) : 0,
    uptime,
    netin: Math.floor(uptime * rate * 1200),
    netout: Math.floor(uptime * rate * 700),
    diskread: Math.floor(uptime * rate * 300),
    diskwrite: Math.floor(uptime * rate * 150),
  };
}

export interface NodeFigures {
  cpu: number;
  mem: number;
  disk: number;
  uptime: number;
}

export function nodeFigures(node: LabNode, atMs: number): NodeFigures {
  const bucket = Math.floor(atMs / BUCKET_MS);
  return {
    cpu: noise(node.id + 7000, bucket) * 0.6,
    mem: Math.floor(node.memoryBytes * (0.3 + 0.3 * noise(node.id, bucket))),
    disk: Math.floor(node.diskBytes * 0.12),
    uptime: Math.max(1, Math.floor((atMs - node.bootedAtMs) / 1000)),
  };
}

export function storageUsed(storage: LabStorage, node: LabNode): number {
  const share = storage.isShared ? 0.31 : 0.12 + 0.2 * noise(node.id, storage.id.length);
  return Math.floor(storage.totalBytes * share);
}

/** RRD data of a node expire after five minutes (pve-cluster src/pmxcfs/status.c rrd_entry_is_old). */
export const EXPIRY_MS = 300_000;

/** When the last figures of a node were broadcast, or null when they are too old to be told. */
export function figuresAtMs(cluster: Cluster, node: LabNode | undefined): number | null {
  if (!node) return null;
  const sinceMs = node.silentSinceMs ?? cluster.unseenSinceMs(node);
  if (sinceMs === null) return cluster.nowMs();
  return cluster.nowMs() - sinceMs > EXPIRY_MS ? null : sinceMs;
}
