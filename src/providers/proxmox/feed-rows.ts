import type { PveGuestResource, PveResources, PveStorageResource } from '../../api/pve-types.ts';
import { guestKey } from '../../types/guest.ts';
import { type FeedState, FLUX_LOCKS, type Learned, type Mention, type Needs, type Trace } from './feed-cursor.ts';
import { STEADY_HA } from './guest-observation.ts';

/** How far a row may lag behind what was read of the guest itself: pvestatd's interval of 10 s, and some delay. */
const LAG_MS = 20_000;

type Field = Exclude<keyof Trace, 'kind' | 'vmid'>;

const CONFIG: Needs = { config: true, power: false, rights: false };
const POWER: Needs = { config: false, power: true, rights: false };
const WHOLE: Needs = { config: true, power: true, rights: false };
/** The row itself says it all. */
const ROW: Needs = { config: false, power: false, rights: false };

const NEEDS: Readonly<Record<Field, Needs>> = {
  node: WHOLE,
  status: POWER,
  name: CONFIG,
  tags: CONFIG,
  template: CONFIG,
  lock: WHOLE,
  maxcpu: CONFIG,
  maxmem: CONFIG,
  maxdisk: CONFIG,
  pool: ROW,
  ha: ROW,
};
/** Those that hide a guest's configuration or stand for a state; others go along with tasks that tell more. */
const LOCKS: ReadonlySet<string> = new Set([...FLUX_LOCKS, 'suspended']);
const FIELDS = Object.keys(NEEDS).filter(isField);

function isField(name: string): name is Field {
  return Object.hasOwn(NEEDS, name);
}

export function tracesOf(
  resources: PveResources,
  before: ReadonlyMap<string, Trace> = new Map(),
): ReadonlyMap<string, Trace> {
  return new Map(
    resources.guests.map((row) => {
      const key = guestKey(row);
      return [key, traceOf(row, before.get(key))];
    }),
  );
}

function traceOf(row: PveGuestResource, before: Trace | undefined): Trace {
  const { kind, vmid, node, status = 'unknown', hastate = '' } = row;
  const isKnown = status !== 'unknown';
  // The size of a running container's file system is measured: on ZFS it moves with the free space of the pool.
  const maxdisk = kind === 'lxc' ? undefined : row.maxdisk;
  return {
    kind,
    vmid,
    node,
    status: isKnown ? status : (before?.status ?? status),
    name: row.name ?? before?.name,
    tags: (row.tags ?? []).toSorted().join(';'),
    template: isKnown ? row.template === true : (before?.template ?? row.template === true),
    pool: row.pool ?? '',
    lock: LOCKS.has(row.lock ?? '') ? (row.lock ?? '') : '',
    // What HA is about to do shows in the guest itself.
    ha: hastate === '' || STEADY_HA.has(hastate) ? hastate : (before?.ha ?? ''),
    maxcpu: row.maxcpu ?? before?.maxcpu,
    maxmem: row.maxmem ?? before?.maxmem,
    maxdisk: maxdisk ?? before?.maxdisk,
  };
}

/** Guests whose rows changed, came or went since the last look. */
export function mentionsOfRows(
  before: FeedState,
  resources: PveResources,
  now: { traces: ReadonlyMap<string, Trace>; at: Date },
): Mention[] {
  const mentions: Mention[] = [];
  for (const row of resources.guests) {
    const key = guestKey(row);
    const [was, is] = [before.traces.get(key), now.traces.get(key)];
    if (is === undefined) continue;
    const base = { kind: row.kind, vmid: row.vmid, row };
    if (was === undefined) {
      mentions.push({ ...base, ...WHOLE, isNew: true, reasons: ['appeared'], nodes: [row.node] });
      continue;
    }
    const changed = changedFields(was, is, before.learned.get(key), now.at);
    if (changed.length === 0) continue;
    const needs = changed.map((field) => NEEDS[field]).reduce(both);
    const rights = changed.includes('pool') && is.pool === '';
    const nodes = needs.power || changed.includes('maxdisk') ? [...new Set([was.node, is.node])] : [];
    mentions.push({ ...base, ...needs, rights, isNew: false, reasons: changed, nodes });
  }
  for (const [key, { kind, vmid, node }] of before.traces) {
    if (now.traces.has(key)) continue;
    const gone = { kind, vmid, row: null, isNew: false, reasons: ['vanished'], nodes: [node] };
    mentions.push({ ...gone, config: false, power: false, rights: true });
  }
  return mentions;
}

function changedFields(was: Trace, is: Trace, learned: Learned | undefined, at: Date): Field[] {
  const isOld = learned !== undefined && at.getTime() - learned.at.getTime() > LAG_MS;
  return FIELDS.filter((field) => {
    const told = learned === undefined ? undefined : fieldOf(learned.fields, field);
    if (told !== undefined && is[field] === told) return false;
    // A row that does not come to say what was read says that it was undone since.
    return hasChanged(was, is, field) || (field === 'status' && isOld && told !== undefined && is.status !== 'unknown');
  });
}

/** Fields that come or go along with a node's figures have not changed. */
function hasChanged(was: Trace, is: Trace, field: Field): boolean {
  if (is[field] === was[field] || was[field] === undefined) return false;
  return field !== 'status' || (was.status !== 'unknown' && is.status !== 'unknown');
}

function fieldOf(fields: Partial<Record<Field, unknown>>, field: Field): unknown {
  return fields[field];
}

export function both(a: Needs, b: Needs): Needs {
  return { config: a.config || b.config, power: a.power || b.power, rights: a.rights || b.rights };
}

/** What was read that no row has come to say yet, as far as it may still come. */
export function stillLearned(
  learned: ReadonlyMap<string, Learned>,
  traces: ReadonlyMap<string, Trace>,
  at: Date,
): ReadonlyMap<string, Learned> {
  return new Map(
    [...learned].filter(([key, one]) => {
      return traces.has(key) && at.getTime() - one.at.getTime() <= LAG_MS;
    }),
  );
}

/** By name. */
export function nodeStates({ nodes }: PveResources): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ node, status = 'unknown' }) => [node, status]));
}

/** What is recorded of storages, without their state and use. */
export function storagesOf({ storages }: PveResources): string {
  const rows = storages.map(({ storage, node, plugintype, content, shared }: PveStorageResource) =>
    JSON.stringify([storage, node, plugintype, [...(content ?? [])].sort(), shared]),
  );
  return rows.sort().join();
}
