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
  /** By vmid, for guests that are missing from the listing. */
  probes: ReadonlyMap<number, AbsenceProbe>;
  /** By name, for storages that are missing from the listing. */
  storageProbes?: ReadonlyMap<string, AbsenceProbe>;
  newId: () => string;
  /** What the history tells already of the records that this run would tell of; absent: not asked for. */
  recorded?: RecordedEvidence;
  finishedAt: Date;
}

/** Everything that the parts of a plan are decided from. */
export interface RunContext {
  known: KnownState;
  seen: Observation;
  options: PlanOptions;
  evidence: Evidence;
  /** Vmids of which a task says that they were created, destroyed, restored or rolled back. */
  rebuiltVmids: ReadonlySet<number>;
  /** Vmids of guests whose hidden secrets were written, as far as the log tells. */
  secretVmids: ReadonlySet<number>;
  /** UPIDs of tasks that an earlier run has seen finished. */
  oldUpids: ReadonlySet<string>;
  /** Guests with that smbios uuid that were or are elsewhere, and those of this provider. */
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

/** Grouped when it is first asked for: most runs find no guest that came or went. */
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
