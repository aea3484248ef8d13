import * as z from 'zod';
import { isShallow } from '../../types/nesting.ts';
import { atMost, MAX_NODES, MAX_PERMISSION_PATHS } from '../limits.ts';
import type { PveReplicationJob } from '../plan-types.ts';
import type {
  PveAclEntry,
  PveBackupJob,
  PveClusterStatus,
  PveLogLine,
  PvePermissions,
  PvePool,
  PveUser,
  PveVersion,
} from '../pve-types.ts';
import { flag, isRecord, list, name, number, text, toFlag, toVmid } from './primitives.ts';
import { rowsOf, unreadable } from './rows.ts';

export const version: z.ZodType<PveVersion> = z.object({
  version: z.unknown().transform((value) => (typeof value === 'string' ? value : '')),
  release: text,
  repoid: text,
});

/** A text that is a number. */
export const nextVmid = z.unknown().transform((value, context): number => {
  const vmid = toVmid(value);
  return vmid === undefined ? unreadable(context, 'vmid') : vmid;
});

export const permissions: z.ZodType<PvePermissions> = z.record(z.string(), z.unknown()).transform((paths) => {
  const readable = atMost(MAX_PERMISSION_PATHS, Object.entries(paths)).filter(([, privileges]) => isRecord(privileges));
  // A token has few different sets of rights on thousands of paths: one for each guest of a pool.
  const sets = new Map<string, Readonly<Record<string, boolean>>>();
  const setOf = (privileges: unknown): Readonly<Record<string, boolean>> => {
    // JSON.stringify fails on a value of some thousand levels.
    if (!isShallow(privileges, 1)) return {};
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
export const clusterStatus: z.ZodType<PveClusterStatus> = rowsOf(clusterStatusRow, MAX_NODES).transform(({ rows }) => {
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

/** A job is enabled unless it says that it is not; `exclude` means all but these. */
export const backupJob = z
  .object({ id: name, enabled: flag, all: flag, vmid: list, exclude: list, pool: name, node: name })
  .transform(({ id, enabled, all, vmid: vmids = [], exclude = [], ...row }, context): PveBackupJob => {
    if (id === undefined) return unreadable(context, 'id');
    return { id, enabled: enabled ?? true, all: all ?? exclude.length > 0, vmids, exclude, ...row };
  });

export const replicationJob = z
  .object({ id: name, guest: number, target: name })
  .transform(
    (row, context): PveReplicationJob => (row.id === undefined ? unreadable(context, 'id') : { ...row, id: row.id }),
  );

const expiring = z.object({ expire: number }).transform(({ expire = 0 }) => ({ expire }));

export const user: z.ZodType<PveUser> = z
  .object({ expire: number, tokens: z.record(z.string(), expiring).optional().catch({}) })
  .transform(({ expire = 0, tokens = {} }) => ({ expire, tokens }));

export const aclEntry = z
  .object({ path: name, roleid: name, ugid: name, type: text })
  .transform(({ path, roleid, ugid, type }, context): PveAclEntry => {
    if (path === undefined || roleid === undefined || ugid === undefined) {
      return unreadable(context, 'path, roleid or ugid');
    }
    return { path, roleid, ugid, type: type ?? '' };
  });
