import type { Document } from '../../types/document.ts';
import { isBeyondReading, isDoubted } from '../../types/doubt.ts';
import type { Evidence } from '../../types/evidence.ts';
import { guestKey } from '../../types/guest-key.ts';
import type { GuestStep } from '../../types/guest-step.ts';
import type { ResourceType } from '../../types/history.ts';
import type { Issue, Observation, ScopeReport } from '../../types/observation.ts';
import { samePermissions } from '../../types/permissions.ts';
import type { GuestWrite, HeldRemoval, KnownState, RunRecord, SyncPlan } from '../../types/plan.ts';
import type { RunOutcome } from '../../types/presence.ts';
import { requestsAllGuests } from '../../types/run-facts.ts';
import { wereGuestsListed } from '../../types/scope.ts';
import { skewIssue } from '../../types/server-clock.ts';
import type { SyncResult } from '../../types/sync-result.ts';
import { guestDiffers } from './guest-record.ts';
import { planSnapshots } from './keyframes.ts';
import { type GuestsPlan, planGuests } from './plan-guests.ts';
import { planNodes } from './plan-nodes.ts';
import { toHosts, toSyncResult } from './plan-result.ts';
import { dateScopes, hasFailed, warnOfFiltered } from './plan-scopes.ts';
import { planSightings } from './plan-sightings.ts';
import { describeHeldStorages, planStorages, type StoragesPlan } from './plan-storages.ts';
import { resourceDiffers } from './resource-step.ts';
import { type PlanOptions, type RunContext, toRunContext } from './run-context.ts';
import { describeHeld, describeUnobservable } from './unobservable.ts';

export interface PlannedRun {
  plan: SyncPlan;
  result: SyncResult;
  /** By which its changes are explained. */
  evidence: Evidence;
}

/**
 * Compares the stored state with an observation. Pure: needs neither server nor database. Throws AppError('wrong-cluster')
 * if another cluster answered.
 */
export function planSync(known: KnownState, seen: Observation, options: PlanOptions): PlannedRun {
  const { rules } = options;
  const identityWarnings = rules.admit(known, seen);
  const context = toRunContext(known, seen, options);
  const nodes = planNodes(context);
  const storages = planStorages(context);
  const guests = planGuests(context);
  const steps = [...nodes.steps, ...storages.steps, ...guests.steps];
  const explained = rules.attribute(
    steps.flatMap((step) => step.changes),
    context.evidence,
  );
  const { changes, guests: unseen } = rules.planSteps(explained, guests.steps, context);
  const { scopes, incompleteSince } = dateScopes(known, seen, rules);
  const hosts = toHosts(guests.steps, known.providerId);
  const run = toRun(context, { scopes, guests, storages, identityWarnings, counts: hosts.summary });
  const subjects = [
    ...subjectsOf('node', nodes.steps),
    ...subjectsOf('storage', storages.steps),
    ...subjectsOf('guest', guests.steps),
    ...subjectsOf(
      'guest',
      unseen.map((after) => ({ fate: 'removed', before: null, after })),
    ),
  ];
  const kept = planSnapshots(subjects, changes);
  const plan: SyncPlan = {
    run,
    identity: rules.nextIdentity(known.identity, seen),
    permissions: samePermissions(known.permissions, seen.permissions) ? null : seen.permissions,
    guests: [...toWrites(guests.steps, kept.changesSince), ...unseen],
    nodes: nodes.steps.filter(resourceDiffers).map(afterOf),
    storages: storages.steps.filter(resourceDiffers).map(afterOf),
    held: sameHeld(known.held, guests.held) ? null : guests.held,
    incompleteSince,
    lastCompleteAt: wasWholeListing(seen) ? seen.startedAt : null,
    changes,
    explanations: [],
    snapshots: kept.snapshots,
    records: seen.records.filter((record) => rules.isWorthStoring(record)),
    sightings: planSightings({ known, seen }, guests.steps, run),
    guestTelemetry: telemetryOf(seen, guests.steps),
    nodeTelemetry: nodes.telemetry,
    storageOnNodes: storages.onNodes,
  };
  return {
    plan: seen.partialRead === undefined ? plan : withoutProviderState(plan, known),
    result: toSyncResult({ id: known.providerId, name: known.providerName }, run, hosts),
    evidence: context.evidence,
  };
}

/** A partial read stores nothing about the provider as a whole. */
function withoutProviderState(plan: SyncPlan, { incompleteSince }: KnownState): SyncPlan {
  return { ...plan, permissions: null, held: null, incompleteSince, lastCompleteAt: null };
}

/**
 * Also writes guests that did not change themselves but have changes from the log, since these count towards the next
 * keyframe.
 */
function toWrites(steps: readonly GuestStep[], changesSince: ReadonlyMap<string, number>): GuestWrite[] {
  return steps
    .filter(({ before, after }) => before === null || changesSince.has(after.id) || guestDiffers(before, after))
    .map(({ after }) => withChangesSince(after, changesSince.get(after.id) ?? after.changesSince));
}

function withChangesSince(guest: GuestWrite, changesSince: number): GuestWrite {
  return guest.changesSince === changesSince ? guest : { ...guest, changesSince };
}

function afterOf<W>({ after }: { after: W }): W {
  return after;
}

/**
 * Whether guests that a run does not name count as seen in it. Both kinds must have been listed, as far as the rights
 * allow. A guest that a filtered listing lacks is named, because it is unobservable.
 */
function wasWholeListing(seen: Observation): boolean {
  return requestsAllGuests(seen.requested) && wereGuestsListed(seen);
}

function sameHeld(a: readonly HeldRemoval[], b: readonly HeldRemoval[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

interface AnyStep {
  fate: string;
  before: { document: Document } | null;
  after: { id: string; document: Document; changesSince?: number };
}

function subjectsOf(resourceType: ResourceType, steps: readonly AnyStep[]) {
  return steps.map(({ fate, before, after }) => ({
    resourceType,
    id: after.id,
    fate,
    before: before?.document ?? null,
    after: after.document,
    changesSince: after.changesSince ?? null,
  }));
}

function telemetryOf(seen: Observation, steps: readonly GuestStep[]): SyncPlan['guestTelemetry'] {
  const known = new Map(steps.map((step) => [guestKey(step.after), step]));
  return seen.guests.flatMap(({ kind, nativeId, telemetry }) => {
    const step = known.get(guestKey({ kind, nativeId }));
    if (telemetry === null || step === undefined) return [];
    const { fate, after } = step;
    // Why it is out of sight may be that the last report was long ago.
    const isWanted = fate === 'new' || fate === 'seen' || telemetry.lastReportAt !== undefined;
    return isWanted ? [{ ...telemetry, guestId: after.id }] : [];
  });
}

interface RunFindings {
  scopes: readonly ScopeReport[];
  guests: GuestsPlan;
  storages: StoragesPlan;
  identityWarnings: readonly Issue[];
  counts: RunRecord['counts'];
}

function toRun(
  { known, seen, options }: Pick<RunContext, 'known' | 'seen' | 'options'>,
  findings: RunFindings,
): RunRecord {
  const { scopes, guests, storages, identityWarnings } = findings;
  const { total, new: created, removed, existing, changed } = findings.counts;
  const hidden = guests.steps.filter(({ fate, after }) => fate !== 'removed' && isDoubted(after, 'hidden'));
  const warnings = [
    ...seen.warnings,
    skewIssue(seen.clockSkewMs),
    ...identityWarnings,
    ...warnOfFiltered(known, scopes),
    options.rules.describeHidden(hidden.map(afterOf), known.permissions, seen.permissions),
    ...describeUnobservable(guests.steps),
    ...options.rules.describeLeftovers(guests.steps),
    describeHeld(guests.held),
    describeHeldStorages(storages, options.rules),
  ];
  return {
    id: options.runId,
    providerId: known.providerId,
    trigger: options.trigger,
    requested: seen.requested,
    startedAt: seen.startedAt,
    finishedAt: options.finishedAt,
    outcome: outcomeOf(scopes, guests, storages),
    scopes,
    counts: { total, new: created, removed, existing, changed },
    warnings: warnings.filter((issue) => issue !== null),
    error: null,
  };
}

function outcomeOf(scopes: readonly ScopeReport[], { steps, held }: GuestsPlan, storages: StoragesPlan): RunOutcome {
  if (held.length > 0 && steps.length > 0) return 'guarded';
  const isBlind = steps.some(
    ({ fate, after }) => fate !== 'removed' && after.presence === 'unobservable' && !isBeyondReading(after),
  );
  return isBlind || storages.steps.some(({ after }) => isDoubted(after, 'held')) || scopes.some(hasFailed)
    ? 'partial'
    : 'complete';
}
