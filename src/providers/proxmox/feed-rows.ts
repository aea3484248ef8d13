import type { PveGuestResource, PveResources, PveStorageResource } from '../../api/pve-types.ts';
import { type FeedRow, type FeedState, FLUX_LOCKS, type GuestToRead, type Learned, type Needs } from './feed-cursor.ts';
import { STEADY_HA } from './guest-observation.ts';
import { vmidKey } from './vmid.ts';

/** How far a row may lag behind the guest's own state: pvestatd's interval of 10 s, and some delay. */
const LAG_MS = 20_000;

type Field = Exclude<keyof FeedRow, 'kind' | 'vmid'>;

const CONFIG: Needs = { config: true, power: false, rights: false };
const POWER: Needs = { config: false, power: true, rights: false };
const WHOLE: Needs = { config: true, power: true, rights: false };
/** The row has the value; nothing else is read. */
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
/** Locks that hide the configuration or represent a state. The others accompany tasks, which have the details. */
const LOCKS: ReadonlySet<string> = new Set([...FLUX_LOCKS, 'suspended']);
const FIELDS = Object.keys(NEEDS).filter(isField);

function isField(name: string): name is Field {
  return Object.hasOwn(NEEDS, name);
}

export function feedRows(
  resources: PveResources,
  before: ReadonlyMap<string, FeedRow> = new Map(),
): ReadonlyMap<string, FeedRow> {
  return new Map(
    resources.guests.map((row) => {
      const key = vmidKey(row);
      return [key, feedRow(row, before.get(key))];
    }),
  );
}

function feedRow(row: PveGuestResource, before: FeedRow | undefined): FeedRow {
  const { kind, vmid, node, status = 'unknown', hastate = '' } = row;
  const isKnown = status !== 'unknown';
  // A running container reports the measured size of its file system, which on ZFS varies with the free space of the pool.
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
    // A transient HA state is ignored: its effect shows in the guest itself.
    ha: hastate === '' || STEADY_HA.has(hastate) ? hastate : (before?.ha ?? ''),
    maxcpu: row.maxcpu ?? before?.maxcpu,
    maxmem: row.maxmem ?? before?.maxmem,
    maxdisk: maxdisk ?? before?.maxdisk,
  };
}

/** Guests whose rows changed, appeared or vanished since the previous poll. */
export function toReadByRows(
  before: FeedState,
  resources: PveResources,
  now: { rows: ReadonlyMap<string, FeedRow>; at: Date },
): GuestToRead[] {
  const toRead: GuestToRead[] = [];
  for (const row of resources.guests) {
    const key = vmidKey(row);
    const [was, is] = [before.rows.get(key), now.rows.get(key)];
    if (is === undefined) continue;
    const base = { kind: row.kind, vmid: row.vmid, row };
    if (was === undefined) {
      toRead.push({ ...base, ...WHOLE, isNew: true, reasons: ['appeared'], nodes: [row.node] });
      continue;
    }
    const changed = changedFields(was, is, before.learned.get(key), now.at);
    if (changed.length === 0) continue;
    const needs = changed.map((field) => NEEDS[field]).reduce(both);
    const rights = changed.includes('pool') && is.pool === '';
    const nodes = needs.power || changed.includes('maxdisk') ? [...new Set([was.node, is.node])] : [];
    toRead.push({ ...base, ...needs, rights, isNew: false, reasons: changed, nodes });
  }
  for (const [key, { kind, vmid, node }] of before.rows) {
    if (now.rows.has(key)) continue;
    const gone = { kind, vmid, row: null, isNew: false, reasons: ['vanished'], nodes: [node] };
    toRead.push({ ...gone, config: false, power: false, rights: true });
  }
  return toRead;
}

function changedFields(was: FeedRow, is: FeedRow, learned: Learned | undefined, at: Date): Field[] {
  const isOld = learned !== undefined && at.getTime() - learned.at.getTime() > LAG_MS;
  return FIELDS.filter((field) => {
    const read = learned === undefined ? undefined : fieldOf(learned.fields, field);
    if (read !== undefined && is[field] === read) return false;
    // A row that still differs after the lag means that the value has changed again since it was read.
    return hasChanged(was, is, field) || (field === 'status' && isOld && read !== undefined && is.status !== 'unknown');
  });
}

/** A field that is absent because its node reports no figures has not changed. */
function hasChanged(was: FeedRow, is: FeedRow, field: Field): boolean {
  if (is[field] === was[field] || was[field] === undefined) return false;
  return field !== 'status' || (was.status !== 'unknown' && is.status !== 'unknown');
}

function fieldOf(fields: Partial<Record<Field, unknown>>, field: Field): unknown {
  return fields[field];
}

export function both(a: Needs, b: Needs): Needs {
  return { config: a.config || b.config, power: a.power || b.power, rights: a.rights || b.rights };
}

/** Drops values that are older than the lag, and those of guests that are no longer listed. */
export function stillLearned(
  learned: ReadonlyMap<string, Learned>,
  rows: ReadonlyMap<string, FeedRow>,
  at: Date,
): ReadonlyMap<string, Learned> {
  return new Map(
    [...learned].filter(([key, one]) => {
      return rows.has(key) && at.getTime() - one.at.getTime() <= LAG_MS;
    }),
  );
}

/** Status by node name. */
export function nodeStates({ nodes }: PveResources): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ node, status = 'unknown' }) => [node, status]));
}

/** The recorded fields of all storages as one text, without state and usage. */
export function storagesOf({ storages }: PveResources): string {
  const rows = storages.map(({ storage, node, plugintype, content, shared }: PveStorageResource) =>
    JSON.stringify([storage, node, plugintype, [...(content ?? [])].sort(), shared]),
  );
  return rows.sort().join();
}
