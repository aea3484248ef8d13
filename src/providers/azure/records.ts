import { createHash } from 'node:crypto';
import type { AuditRecord, AuditVerb, Outcome } from '../../types/audit-record.ts';
import type { Activity } from './answers.ts';
import { armKey, isInstanceKey, isMachineKey, lastOf, partOf } from './arm-id.ts';

interface Meaning {
  verb: AuditVerb;
  sets?: Readonly<Record<string, string>>;
  touches?: readonly string[];
}

const STARTED: Meaning = { verb: 'start', sets: { status: 'running', power: 'running' } };
const DEALLOCATED: Meaning = { verb: 'stop', sets: { status: 'stopped', power: 'deallocated' } };
/** What a write does is not told: a machine is made by one, and its settings are changed. */
const WRITTEN: Meaning = { verb: 'configure' };

/** By what follows the type of the resource in the name of an operation, in lower case. Of what is not here nothing is said. */
const OPERATIONS: Readonly<Record<string, Meaning>> = {
  write: WRITTEN,
  delete: { verb: 'destroy' },
  'start/action': STARTED,
  'poweroff/action': { verb: 'stop', sets: { status: 'stopped', power: 'stopped' } },
  'deallocate/action': DEALLOCATED,
  'evictspotvm/action': DEALLOCATED,
  'restart/action': { verb: 'reset', touches: [] },
  'redeploy/action': { verb: 'reset', touches: ['guest.addresses'] },
  'reimage/action': { verb: 'configure', touches: ['disk'] },
};
const OPERATION = /^microsoft\.compute\/(?:virtualmachines|virtualmachinescalesets\/virtualmachines)\/(.{1,100})$/;

/** An operation that has not ended so long after it began is not waited for. */
const LONGEST_OPERATION_MS = 10 * 60_000;

/**
 * One record for each operation on a machine: its start, its acceptance and its end are entries of their own. One that is under way is
 * left for a later run. `now` by the server's clock. Pure.
 */
export function toRecords(entries: readonly Activity[], now: Date): AuditRecord[] {
  const operations = new Map<string, Activity[]>();
  for (const entry of entries) {
    const key = `${entry.correlationId}\n${armKey(entry.operationName.value)}\n${armKey(entry.resourceId ?? '')}`;
    const group = operations.get(key);
    if (group === undefined) operations.set(key, [entry]);
    else group.push(entry);
  }
  return [...operations].flatMap(([key, group]) => toRecord(key, group.toSorted(byTime), now) ?? []);
}

/** `group`: oldest first. null for what is no action on a machine, or goes on. */
function toRecord(key: string, group: readonly Activity[], now: Date): AuditRecord | null {
  const [first] = group;
  const last = group.at(-1);
  if (first === undefined || last === undefined) return null;
  const target = armKey(first.resourceId ?? '');
  const operation = OPERATION.exec(armKey(first.operationName.value))?.[1] ?? '';
  const meaning = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (meaning === undefined || !isMachineKey(target)) return null;
  const at = new Date(first.eventTimestamp);
  const outcome = outcomeOf(group);
  if (outcome === 'running' && isWaitedFor(meaning, at, now)) return null;
  return {
    source: 'event',
    ref: `event/${first.correlationId.slice(0, 100)}/${digestOf(key)}`,
    native: first.operationName.value.slice(0, 250),
    target,
    targetName: lastOf(first.resourceId ?? ''),
    place: partOf(target, 'subscriptions'),
    actor: group.map(({ caller }) => caller).find((caller) => caller) ?? null,
    credential: null,
    at,
    endedAt: outcome === 'running' ? null : new Date(last.eventTimestamp),
    outcome: outcome === 'running' ? 'unknown' : outcome,
    text: null,
    pid: null,
    ...meaningOf(meaning, { group, target }),
  };
}

/** A deletion that has not ended proves nothing, however long it takes: it may still fail. */
function isWaitedFor({ verb }: Meaning, begunAt: Date, now: Date): boolean {
  return verb === 'destroy' || now.getTime() - begunAt.getTime() < LONGEST_OPERATION_MS;
}

/** A machine that was not there is answered with Created. A scale set changes its instances as well, which is told of the set alone. */
function meaningOf(meaning: Meaning, { group, target }: { group: readonly Activity[]; target: string }): Meaning {
  const isMade = meaning === WRITTEN && group.some(({ subStatus }) => subStatus?.value === 'Created');
  if (isMade) return { verb: 'create' };
  if (meaning.sets === undefined || !isInstanceKey(target)) return meaning;
  return { verb: meaning.verb, touches: Object.keys(meaning.sets) };
}

function outcomeOf(group: readonly Activity[]): Outcome {
  const statuses = new Set(group.map(({ status }) => status?.value?.toLowerCase()));
  if (statuses.has('failed') || statuses.has('canceled')) return 'failed';
  return statuses.has('succeeded') ? 'ok' : 'running';
}

/** A deployment has one correlation id for everything that it does. */
function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}

function byTime(one: Activity, other: Activity): number {
  return Date.parse(one.eventTimestamp) - Date.parse(other.eventTimestamp);
}
