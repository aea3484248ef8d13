import type { ProviderRules } from '../../providers/rules.ts';
import type { Patch } from '../../types/document.ts';
import { diffDocuments } from '../../types/document-replay.ts';
import type { UnattributedChange } from '../../types/evidence.ts';
import { guestKey } from '../../types/guest-key.ts';
import type { GuestStep } from '../../types/guest-step.ts';
import type { ChangeEvent, ChangeKind } from '../../types/history.ts';
import { type IncarnationDecision, type LifecycleTasks, NO_TASKS } from '../../types/incarnation.ts';
import { lastObservedAt } from '../../types/last-observed.ts';
import type { GuestObservation } from '../../types/observation.ts';
import type { GuestWrite, KnownGuest } from '../../types/plan.ts';
import { findScope, placedScope } from '../../types/scope.ts';
import { sectionOf } from '../../types/section.ts';
import { splitPatch } from './diff-document.ts';
import { toGoneGuest, toGuestWrite, toNewGuest, toSeenGuest, toUnobservableGuest } from './guest-record.ts';
import { isReread } from './reread.ts';
import type { RunContext } from './run-context.ts';

export function createGuest(seen: GuestObservation, context: RunContext): GuestStep {
  const notBefore = context.options.rules.createdAfter(seen.kind, context);
  const origin = context.options.rules.findOrigin(seen, notBefore, context);
  const after = { ...toNewGuest(seen, context.options.newId(), context.seen.startedAt), previousId: origin.previousId };
  const patch = diffDocuments({}, after.document);
  return {
    fate: 'new',
    before: null,
    after,
    changes: [toChange(after, 'created', { event: origin.event, patch, notBefore }, context)],
  };
}

export function removeGuest(guest: KnownGuest, reason: string, context: RunContext, isReplaced = false): GuestStep {
  const before = toGuestWrite(guest);
  const event = isReplaced ? 'replaced' : context.options.rules.wasMovedAway(guest, context) ? 'moved-cluster' : null;
  const patch = diffDocuments(before.document, {});
  const change = toChange(before, 'removed', { event, patch, notBefore: lastObservedAt(guest) }, context);
  return { fate: 'removed', before, after: toGoneGuest(before, reason, context.seen.observedAt), changes: [change] };
}

export function loseSight(guest: KnownGuest, reason: string, context: RunContext): GuestStep {
  const before = toGuestWrite(guest);
  const after = toUnobservableGuest(before, reason, context.seen.observedAt);
  return { fate: 'unobservable', before, after, changes: [] };
}

/**
 * Handles a guest whose id was seen: the same machine with its changes, or its removal and the creation of another
 * machine.
 */
export function meetGuest(guest: KnownGuest, seen: GuestObservation, context: RunContext): GuestStep[] {
  if (seen.unobservable !== null && guest.kind === seen.kind) return [loseSight(guest, seen.unobservable, context)];
  const isPart = isPartSeen(seen, context);
  // It may have changed while it could not be observed.
  if (isPart && guest.presence !== 'present') return [];
  const tasks = tasksOf(guest, seen, context);
  const decision = context.options.rules.decideIncarnation(guest, seen, tasks);
  const isBack = context.options.rules.wasBroughtBack(tasks);
  if (decision.decision === 'new' || isBack) {
    if (isPart) return [];
    const reason = isBack ? 'destroyed and restored by tasks' : decision.reason;
    return [removeGuest(guest, `replaced: ${reason}`, context, true), createGuest(seen, context)];
  }
  return [updateGuest(guest, seen, decision, tasks, context)];
}

/** Whether a partial read has read only a part of this guest. */
export function isPartSeen({ complete }: GuestObservation, { seen }: Pick<RunContext, 'seen'>): boolean {
  return seen.partialRead !== undefined && !(complete.has('config') && complete.has('power'));
}

/**
 * When a guest counts as observed. In a full run that is whenever it was seen, since its scope remembers what was not read. In
 * a partial read the whole guest must have been read, and no new guest skipped: a skipped guest is older than the poll.
 */
function seenAt(guest: GuestObservation, context: RunContext): Date | null {
  const { partialRead, startedAt } = context.seen;
  return partialRead?.isSettled === false || isPartSeen(guest, context) ? null : startedAt;
}

function tasksOf(guest: KnownGuest, seen: GuestObservation, context: RunContext): LifecycleTasks {
  const isWhole = areTasksWhole([guest.node, seen.node], context);
  if (!context.rebuiltIds.has(guest.nativeId)) return { ...NO_TASKS, isWhole };
  const window = { notBefore: lastObservedAt(guest), notAfter: context.seen.observedAt };
  const guestRef = { kind: seen.kind, nativeId: seen.nativeId, identity: seen.identity };
  return { ...context.options.rules.lifecycleOf(guestRef, window, context.evidence), isWhole };
}

function areTasksWhole(nodes: readonly string[], { seen, known }: Pick<RunContext, 'seen' | 'known'>): boolean {
  return nodes.every((node) => {
    const scope = placedScope('tasks', node);
    return known.incompleteSince[scope] === undefined && findScope(seen.scopes, scope)?.coverage === 'complete';
  });
}

function updateGuest(
  guest: KnownGuest,
  seen: GuestObservation,
  decision: IncarnationDecision,
  tasks: LifecycleTasks,
  context: RunContext,
): GuestStep {
  const before = toGuestWrite(guest);
  const after = toSeenGuest(before, seen, seenAt(seen, context));
  const patch = diffDocuments(before.document, after.document);
  const { changed, observed } = splitPatch(
    patch,
    ([path]) => !guest.readSections.includes(sectionOf(path)),
    (entry) => isReread(entry, seen, guest),
  );
  const event = isNewEvent(decision.event, changed, before, after, tasks, context) ? decision.event : null;
  const changes: UnattributedChange[] = [];
  if (observed.length > 0) {
    changes.push(toChange(after, 'changed', { event: 'observed', patch: observed, notBefore: null }, context));
  }
  if (changed.length > 0 || event !== null) {
    const isMove = changed.some(([path]) => path === 'node');
    const notBefore = context.options.rules.changedAfter(guest, seen, changed, context);
    changes.push(
      toChange(
        after,
        'changed',
        { event: event ?? (isMove ? 'migrated' : null), patch: changed, notBefore },
        context,
        before,
      ),
    );
  }
  if (context.secretIds.has(guest.nativeId) && context.options.rules.hasHiddenSecret(before.document, after.document)) {
    const notBefore = context.options.rules.changedAfter(guest, seen, SECRETS, context);
    changes.push(toChange(after, 'changed', { event: 'secret-set', patch: [], notBefore }, context));
  }
  return { fate: 'seen', before, after, changes };
}

/** Secrets are a part of the configuration. */
const SECRETS: Patch = [['cipassword', null, null]];

/** A rollback that did not change the configuration is recorded once, for the new generation or for a new task. */
function isNewEvent(
  event: IncarnationDecision['event'],
  changed: Patch,
  before: GuestWrite,
  after: GuestWrite,
  { restored, rolledBack }: LifecycleTasks,
  { oldRefs, options: { rules } }: Pick<RunContext, 'oldRefs' | 'options'>,
): boolean {
  if (changed.length > 0 || rules.generationOf(before.identity) !== rules.generationOf(after.identity)) return true;
  const task = event === 'restored' ? restored : rolledBack;
  return task !== null && !oldRefs.has(task.ref);
}

function toChange(
  guest: GuestWrite,
  kind: ChangeKind,
  what: { event: ChangeEvent | null; patch: Patch; notBefore: Date | null },
  { seen, options }: Pick<RunContext, 'seen' | 'options'>,
  before: GuestWrite | null = null,
): UnattributedChange {
  const rolledBack = seen.rollbacks?.get(guestKey(guest));
  return {
    resourceType: 'guest',
    resourceId: guest.id,
    kind,
    ...what,
    guest: { ...toSubject(guest, before, options.rules), ...(rolledBack !== undefined && { rolledBack }) },
    notAfter: seen.observedAt,
  };
}

function toSubject(
  { kind, nativeId, vmid, document, identity }: GuestWrite,
  before: GuestWrite | null,
  { generationOf }: Pick<ProviderRules, 'generationOf'>,
): NonNullable<UnattributedChange['guest']> {
  const { node } = document;
  const generation = before && compareGenerations(generationOf(before.identity), generationOf(identity));
  return {
    kind,
    nativeId,
    vmid,
    identity,
    node: typeof node === 'string' ? node : '',
    isHaManaged: Object.hasOwn(document, 'ha.state'),
    document,
    ...(generation && { generation }),
  };
}

function compareGenerations(before: string | undefined, after: string | undefined): 'same' | 'new' | null {
  if (before === undefined || after === undefined) return null;
  return before === after ? 'same' : 'new';
}
