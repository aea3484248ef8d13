import * as z from 'zod';
import type {
  PveClusterStatus,
  PveGuestResource,
  PveLogLine,
  PveNodeResource,
  PvePermissions,
  PvePool,
  PveResources,
  PveStorageResource,
  PveVersion,
} from '../pve-types.ts';
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
import { type Rows, rowRecord, rowsOf, unreadable } from './rows.ts';

export const version: z.ZodType<PveVersion> = z.object({
  version: z.unknown().transform((value) => (typeof value === 'string' ? value : '')),
  release: text,
  repoid: text,
});

export const permissions: z.ZodType<PvePermissions> = z.record(z.string(), z.unknown()).transform((paths) => {
  const readable = Object.entries(paths).filter(([, privileges]) => isRecord(privileges));
  // A token has few different sets of rights on thousands of paths: one for each guest of a pool.
  const sets = new Map<string, Readonly<Record<string, boolean>>>();
  const setOf = (privileges: unknown): Readonly<Record<string, boolean>> => {
    const text = JSON.stringify(privileges);
    const known = sets.get(text);
    if (known) return known;
    const flags = Object.entries(privileges ?? {}).map(([name, propagates]) => [name, toFlag(propagates) ?? false]);
    const set: Readonly<Record<string, boolean>> = Object.fromEntries(flags);
    sets.set(text, set);
    return set;
  };
  return Object.fromEntries(readable.map(([path, privileges]) => [path, setOf(privileges)]));
});

const clusterStatusRow = z
  .object({
    type: text,
    name,
    nodes: number,
    quorate: flag,
    version: number,
    nodeid: number,
    online: flag,
    local: flag,
    ip: text,
    level: text,
  })
  .transform((row, context) => (row.name === undefined ? unreadable(context, 'name') : { ...row, name: row.name }));

/** A host that is in no cluster has one row, of type node. */
export const clusterStatus: z.ZodType<PveClusterStatus> = rowsOf(clusterStatusRow).transform(({ rows }) => {
  const found = rows.find(({ type }) => type === 'cluster');
  const nodes = rows.filter(({ type }) => type === 'node');
  return {
    cluster: found && { name: found.name, nodes: found.nodes, quorate: found.quorate, version: found.version },
    nodes: nodes.map(({ name: node, nodeid, online, local, ip, level }) => ({
      name: node,
      nodeid,
      online,
      local,
      ip,
      level,
    })),
  };
});

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

const storageResource = z
  .object({
    id: text,
    storage: name,
    node: name,
    status: text,
    plugintype: text,
    content: list,
    shared: flag,
    disk: number,
    maxdisk: number,
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
export const resources: z.ZodType<PveResources> = z.array(z.unknown()).transform((items) => {
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
  const read = <T>(row: z.ZodType<T>, ...types: string[]): Rows<T> =>
    rowsOf(row).parse(types.flatMap((type) => ofType.get(type) ?? []));
  const guests = read(guestResource, 'qemu', 'lxc');
  const nodes = read(nodeResource, 'node');
  const storages = read(storageResource, 'storage');
  const pools = read(poolResource, 'pool');
  const unreadableRows = [guests, nodes, storages, pools].reduce((sum, rows) => sum + rows.unreadable, untyped);
  return {
    guests: guests.rows,
    nodes: nodes.rows,
    storages: storages.rows,
    pools: pools.rows,
    unreadable: unreadableRows,
  };
});

/** Without a node, a uid and a time a line cannot be told from others. */
export const logLine = z
  .object({ uid: name, node: name, time: number, user: text, tag: text, pid: number, pri: number, msg: text })
  .transform(({ uid, node, time, ...row }, context): PveLogLine => {
    if (uid === undefined || node === undefined || time === undefined) return unreadable(context, 'uid, node or time');
    return { uid, node, time, ...row, user: row.user ?? '', tag: row.tag ?? '', msg: row.msg ?? '' };
  });

export const pool = z.object({ poolid: name, comment: text }).transform(({ poolid, comment }, context): PvePool => {
  return poolid === undefined ? unreadable(context, 'poolid') : { poolid, comment };
});
