import type { ProviderRules } from '../../providers/rules.ts';
import type { GuestKind } from '../../types/guest.ts';
import type { AbsenceProbe, Observation } from '../../types/observation.ts';
import type { KnownState, RunTrigger } from '../../types/plan.ts';
import type { ResourceScope } from '../../types/presence.ts';
import type { RecordedEvidence } from '../../types/recorded-evidence.ts';
import { placesOf } from '../../types/scope.ts';
import type { Task } from '../../types/task.ts';
import type { EarlierReads, Evidence, EvidenceGaps } from '../attribution/evidence.ts';
import { vmidsOfSecretWrites } from '../attribution/secret-writes.ts';
import { readServerClock } from '../attribution/server-clock.ts';

export interface PlanOptions {
  /** Of the provider that was observed. */
  rules: ProviderRules;
  runId: string;
  trigger: RunTrigger;
  acceptRemovals: boolean;
  /** For guests that are missing from the listing, by vmid. */
  probes: ReadonlyMap<number, AbsenceProbe>;
  /** For storages that are missing from the listing, by name. */
  storageProbes?: ReadonlyMap<string, AbsenceProbe>;
  newId: () => string;
  /** Log records of this run to which the history already refers; absent if they were not loaded. */
  recorded?: RecordedEvidence;
  finishedAt: Date;
}

/** The input for every part of a plan. */
export interface RunContext {
  known: KnownState;
  seen: Observation;
  options: PlanOptions;
  evidence: Evidence;
  /** Vmids that have a task which created, destroyed, restored or rolled back a guest. */
  rebuiltVmids: ReadonlySet<number>;
  /** Vmids of guests whose hidden secrets were written, according to the log. */
  secretVmids: ReadonlySet<number>;
  /** UPIDs of tasks that an earlier run saw finished. */
  oldUpids: ReadonlySet<string>;
  /** Guests with this smbios uuid, present or former, of this and other providers. */
  relatives: (uuid: string | undefined) => readonly Relative[];
}

export type Relative = KnownState['elsewhere'][number];

const REBUILD = /^(?:qm|vz)(?:create|destroy|restore|rollback)$/;

/** What a run knows and has read, before anything is decided. */
export type RunFacts = Omit<RunContext, 'options'>;

export function toRunContext(known: KnownState, seen: Observation, options: PlanOptions): RunContext {
  return { ...toRunFacts(known, seen, options.finishedAt), options };
}

export function toRunFacts(known: KnownState, seen: Observation, finishedAt: Date): RunFacts {
  const tasks = [...new Map([...known.recentTasks, ...seen.tasks].map((task) => [task.upid, task])).values()];
  const oldUpids = new Set(known.recentTasks.filter(isFinished).map(({ upid }) => upid));
  const told = {
    tasks,
    log: seen.log,
    clockSkewMs: seen.clockSkewMs ?? 0,
    earlier: toEarlierReads(known, oldUpids),
    gaps: gapsOf(seen),
    startedAt: seen.startedAt,
    sources: known.guests,
  };
  const since = { notBefore: known.lastCompleteAt, notAfter: seen.observedAt };
  const { skewMs, errorMs } = readServerClock(since, told, finishedAt);
  const evidence = { ...told, clockSkewMs: skewMs, clockErrorMs: errorMs };
  return {
    known,
    seen,
    evidence,
    rebuiltVmids: new Set(tasks.filter(({ type }) => REBUILD.test(type)).map(({ id }) => Number(id))),
    secretVmids: vmidsOfSecretWrites(since, evidence),
    oldUpids,
    relatives: relativesOf(known),
  };
}

function toEarlierReads(known: KnownState, upids: ReadonlySet<string>): EarlierReads {
  const { recentLines, incompleteSince, lastCompleteAt } = known;
  return {
    upids,
    lines: recentLines?.keys ?? new Set(),
    linesSince: recentLines?.since ?? lastCompleteAt ?? new Date(0),
    isLogWhole: recentLines !== undefined && lastCompleteAt !== null && incompleteSince['log'] === undefined,
    wholeAt: lastCompleteAt,
    nodesWithoutTasks: new Set(placesOf(Object.keys(incompleteSince), 'tasks')),
  };
}

/** A source that was not requested, as in a partial read, is no gap: the guests were reported by sources that were read. */
function gapsOf({ scopes }: Observation): EvidenceGaps {
  const partial = scopes
    .filter(({ coverage }) => coverage !== 'complete' && coverage !== 'skipped')
    .map(({ scope }) => scope);
  return { log: partial.includes('log'), nodes: new Set(placesOf(partial, 'tasks')) };
}

/** Grouped on first use: in most runs no guest appears or disappears. */
function relativesOf({ guests, elsewhere }: KnownState): RunContext['relatives'] {
  let byUuid: ReadonlyMap<string, readonly Relative[]> | undefined;
  return (uuid) => {
    if (uuid === undefined) return [];
    byUuid ??= groupByUuid([...guests, ...elsewhere]);
    return byUuid.get(uuid) ?? [];
  };
}

function groupByUuid(guests: readonly Relative[]): ReadonlyMap<string, readonly Relative[]> {
  const groups = new Map<string, Relative[]>();
  for (const guest of guests) {
    const { uuid } = guest.identity;
    if (uuid === undefined) continue;
    const group = groups.get(uuid);
    if (group === undefined) groups.set(uuid, [guest]);
    else group.push(guest);
  }
  return groups;
}

function isFinished({ endedAt }: Task): boolean {
  return endedAt !== null;
}

export function kindsOf(requested: readonly ResourceScope[]): ReadonlySet<GuestKind> {
  const kinds = new Set<GuestKind>();
  if (requested.includes('vms')) kinds.add('qemu');
  if (requested.includes('containers')) kinds.add('lxc');
  return kinds;
}
