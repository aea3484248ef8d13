import * as z from 'zod';
import { atMost, MAX_NODES, MAX_POOLS, MAX_STORAGES, tooManyGuests } from '../limits.ts';
import type { PveGuestResource, PveNodeResource, PveResources, PveStorageResource } from '../pve-types.ts';
import {
  flag,
  isRecord,
  list,
  name,
  number,
  text,
  toFlag,
  toList,
  toName,
  toNumber,
  toText,
  toVmid,
} from './primitives.ts';
import { decodeInTurns, decodeNow, ROWS_AT_ONCE, type Rows, rowRecord, unreadable } from './rows.ts';

const usage = {
  cpu: number,
  maxcpu: number,
  mem: number,
  maxmem: number,
  disk: number,
  maxdisk: number,
  uptime: number,
};

/** By hand: an object of zod takes ten times as long, which 10,000 guests feel. `type` is qemu or lxc. */
const guestResource = rowRecord.transform((row, context): PveGuestResource => {
  const guestId = toVmid(row['vmid']) ?? toVmid(toText(row['id'])?.split('/')[1]);
  if (guestId === undefined) return unreadable(context, 'vmid');
  const node = toName(row['node']);
  if (node === undefined) return unreadable(context, 'node');
  return {
    kind: row['type'] === 'lxc' ? 'lxc' : 'qemu',
    vmid: guestId,
    node,
    name: toText(row['name']),
    status: toText(row['status']),
    template: toFlag(row['template']),
    tags: toList(row['tags']),
    pool: toText(row['pool']),
    lock: toText(row['lock']),
    hastate: toText(row['hastate']),
    cpu: toNumber(row['cpu']),
    maxcpu: toNumber(row['maxcpu']),
    mem: toNumber(row['mem']),
    maxmem: toNumber(row['maxmem']),
    disk: toNumber(row['disk']),
    maxdisk: toNumber(row['maxdisk']),
    uptime: toNumber(row['uptime']),
    netin: toNumber(row['netin']),
    netout: toNumber(row['netout']),
  };
});

export const nodeResource = z
  .object({
    ...usage,
    id: text,
    node: name,
    status: text,
    level: text,
    hastate: text,
    ssl_fingerprint: text,
  })
  .transform(({ id, ssl_fingerprint: sslFingerprint, ...row }, context): PveNodeResource => {
    const node = row.node ?? /^node\/(.+)$/.exec(id ?? '')?.[1];
    return node === undefined ? unreadable(context, 'node') : { ...row, node, sslFingerprint };
  });

/** Plugins report nonsense below zero: it is unknown then. */
const size = number.transform((bytes) => (bytes !== undefined && bytes < 0 ? undefined : bytes));

const storageResource = z
  .object({
    id: text,
    storage: name,
    node: name,
    status: text,
    plugintype: text,
    content: list,
    shared: flag,
    disk: size,
    maxdisk: size,
  })
  .transform(({ id, ...row }, context): PveStorageResource => {
    const [, idNode, idStorage] = /^storage\/([^/]+)\/(.+)$/.exec(id ?? '') ?? [];
    const storage = row.storage ?? idStorage;
    const node = row.node ?? idNode;
    if (storage === undefined || node === undefined) return unreadable(context, 'storage');
    return { ...row, storage, node };
  });

const poolResource = z.object({ pool: name }).transform(({ pool }, context) => {
  return pool === undefined ? unreadable(context, 'pool') : { pool };
});

/** The type of a row, also where only its id tells; undefined for what is no row. */
function typeOf(item: unknown): string | undefined {
  if (!isRecord(item)) return undefined;
  return toName(item['type']) ?? toName(toText(item['id'])?.split('/')[0]);
}

/** Rows of other types (`sdn`, `network`, later ones) are nothing that Rollcall takes the roll of. */
export function resourcesUpTo(maxGuests: number): z.ZodType<PveResources> {
  return z.array(z.unknown()).transform((items): PveResources | Promise<PveResources> => {
    const { ofType, untyped } = groupByType(items);
    const listed = (...types: string[]): unknown[] => types.flatMap((type) => ofType.get(type) ?? []);
    const guests = listed('qemu', 'lxc');
    if (guests.length > maxGuests) throw tooManyGuests(guests.length, maxGuests);
    const lists = {
      guests,
      nodes: atMost(MAX_NODES, listed('node')),
      storages: atMost(MAX_STORAGES, listed('storage')),
      pools: atMost(MAX_POOLS, listed('pool')),
    };
    return items.length > ROWS_AT_ONCE ? readInTurns(lists, untyped) : readNow(lists, untyped);
  });
}

interface Lists {
  guests: readonly unknown[];
  nodes: readonly unknown[];
  storages: readonly unknown[];
  pools: readonly unknown[];
}

function readNow({ guests, nodes, storages, pools }: Lists, untyped: number): PveResources {
  return toResources(
    [
      decodeNow(guestResource, guests),
      decodeNow(nodeResource, nodes),
      decodeNow(storageResource, storages),
      decodeNow(poolResource, pools),
    ],
    untyped,
  );
}

async function readInTurns({ guests, nodes, storages, pools }: Lists, untyped: number): Promise<PveResources> {
  return toResources(
    [
      await decodeInTurns(guestResource, guests),
      await decodeInTurns(nodeResource, nodes),
      await decodeInTurns(storageResource, storages),
      await decodeInTurns(poolResource, pools),
    ],
    untyped,
  );
}

function groupByType(items: readonly unknown[]): { ofType: ReadonlyMap<string, unknown[]>; untyped: number } {
  const ofType = new Map<string, unknown[]>();
  let untyped = 0;
  for (const item of items) {
    const type = typeOf(item);
    if (type === undefined || !isRecord(item)) {
      untyped += 1;
      continue;
    }
    const row = item['type'] === type ? item : { ...item, type };
    const rows = ofType.get(type);
    if (rows) rows.push(row);
    else ofType.set(type, [row]);
  }
  return { ofType, untyped };
}

function toResources(
  [guests, nodes, storages, pools]: readonly [
    Rows<PveGuestResource>,
    Rows<PveNodeResource>,
    Rows<PveStorageResource>,
    Rows<{ pool: string }>,
  ],
  untyped: number,
): PveResources {
  return {
    guests: guests.rows,
    nodes: nodes.rows,
    storages: storages.rows,
    pools: pools.rows,
    unreadable: [guests, nodes, storages, pools].reduce((sum, rows) => sum + rows.unreadable, untyped),
  };
}
