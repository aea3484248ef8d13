import type { ProviderRules } from '../../providers/rules.ts';
import { doubt } from '../../types/doubt.ts';
import { GUEST_KINDS, type GuestKind } from '../../types/guest.ts';
import { guestKey } from '../../types/guest-key.ts';
import type { GuestStep } from '../../types/guest-step.ts';
import { lastObservedAt } from '../../types/last-observed.ts';
import type { Observation } from '../../types/observation.ts';
import type { HeldRemoval, KnownGuest, KnownState } from '../../types/plan.ts';
import { kindsOf, type RunFacts } from '../../types/run-facts.ts';
import { type Disappearance, guardRemovals } from './guard.ts';
import { createGuest, isPartSeen, loseSight, meetGuest, removeGuest } from './guest-step.ts';
import { judgeAbsence } from './presence.ts';
import type { RunContext } from './run-context.ts';

const HELD_REASON = doubt('held', 'missing from the list of guests, its removal waits for confirmation');

export interface GuestsPlan {
  steps: readonly GuestStep[];
  /** All removals that are held back after this run; empty after a partial read, which leaves them unchanged. */
  held: readonly HeldRemoval[];
}

/** Plans every guest of the requested kinds; other guests stay unchanged. */
export function planGuests(context: RunContext): GuestsPlan {
  const { known, seen } = context;
  const kinds = kindsOf(seen.requested);
  const listed = new Map(seen.guests.map((guest) => [guest.nativeId, guest]));
  const knownIds = idsByKind(known.guests);
  const steps: GuestStep[] = [];
  const absent: KnownGuest[] = [];
  for (const guest of known.guests) {
    if (!kinds.has(guest.kind) || !isCovered(guest, seen)) continue;
    const found = listed.get(guest.nativeId);
    if (found === undefined) absent.push(guest);
    else steps.push(...meetGuest(guest, found, context).filter((step) => isWanted(step, guest, kinds, knownIds)));
  }
  for (const guest of listed.values()) {
    const taken = GUEST_KINDS.some(
      (kind) => (kind === guest.kind || kinds.has(kind)) && knownIds[kind].has(guest.nativeId),
    );
    if (kinds.has(guest.kind) && !taken && !isPartSeen(guest, context)) steps.push(createGuest(guest, context));
  }
  const missing = planAbsent(absent, context);
  return { steps: [...steps, ...missing.steps], held: seen.partialRead === undefined ? missing.held : [] };
}

/** A partial read says nothing about guests that it does not name. */
function isCovered(guest: KnownGuest, { partialRead }: Observation): boolean {
  return partialRead === undefined || partialRead.guests.has(guestKey(guest));
}

/** Whether a container may have taken over a VM's id: a new container, in a run that requested containers. */
function isWanted(
  { fate, after }: GuestStep,
  { kind }: KnownGuest,
  kinds: ReadonlySet<GuestKind>,
  knownIds: Readonly<Record<GuestKind, ReadonlySet<string>>>,
): boolean {
  if (fate !== 'new' || after.kind === kind) return true;
  return kinds.has(after.kind) && !knownIds[after.kind].has(after.nativeId);
}

function idsByKind(guests: readonly KnownGuest[]): Record<GuestKind, ReadonlySet<string>> {
  const ids = { qemu: new Set<string>(), lxc: new Set<string>(), vm: new Set<string>() };
  for (const { nativeId, kind } of guests) ids[kind].add(nativeId);
  return ids;
}

/** Guests whose absence counts if the server confirms that their ids are free. The run asks about these. */
export function absentCandidates(known: KnownState, seen: Observation, rules: ProviderRules): KnownGuest[] {
  const facts = rules.toFacts(known, seen, seen.observedAt);
  const kinds = kindsOf(seen.requested);
  const listed = new Set(seen.guests.map(({ nativeId }) => nativeId));
  return known.guests.filter((guest) => {
    if (!kinds.has(guest.kind) || listed.has(guest.nativeId) || !isCovered(guest, seen)) return false;
    const evidence = { destroyed: findDestruction(guest, facts, rules), probe: undefined };
    return judgeAbsence(guest, seen, evidence, rules).verdict === 'unconfirmed';
  });
}

function planAbsent(absent: readonly KnownGuest[], context: RunContext): GuestsPlan {
  const { known, seen, options } = context;
  const steps: GuestStep[] = [];
  const missing: (Disappearance & { guest: KnownGuest })[] = [];
  const kept: HeldRemoval[] = [];
  const heldBefore = new Map(known.held.map((held) => [held.guestId, held]));
  for (const guest of absent) {
    const evidence = {
      destroyed: findDestruction(guest, context, options.rules),
      probe: options.probes.get(guest.nativeId),
    };
    const judged = judgeAbsence(guest, seen, evidence, options.rules);
    // If the evidence is insufficient, a full run decides.
    if (seen.partialRead !== undefined && judged.verdict !== 'gone') continue;
    if (judged.verdict === 'unobservable') {
      steps.push(loseSight(guest, judged.reason, context));
      const held = heldBefore.get(guest.id);
      if (held !== undefined && evidence.probe !== 'exists') kept.push(held);
    } else if (judged.verdict === 'gone' && judged.evidence === 'task') {
      steps.push(removeGuest(guest, judged.reason, context));
    } else {
      missing.push({ guestId: guest.id, guest, isConfirmed: judged.verdict === 'gone', reason: judged.reason });
    }
  }
  const kinds = kindsOf(seen.requested);
  const guarded = guardRemovals({
    missing,
    knownCount: known.guests.filter(({ kind }) => kinds.has(kind)).length,
    listedCount: seen.partialRead?.listedCount ?? seen.guests.filter(({ kind }) => kinds.has(kind)).length,
    held: known.held,
    acceptRemovals: options.acceptRemovals,
    now: seen.observedAt,
  });
  for (const { guest, reason } of missing) {
    if (guarded.released.has(guest.id)) steps.push(removeGuest(guest, reason, context));
    else if (seen.partialRead === undefined) steps.push({ ...loseSight(guest, HELD_REASON, context), fate: 'held' });
  }
  const others = new Set(known.guests.filter(({ kind }) => !kinds.has(kind)).map(({ id }) => id));
  const untouched = known.held.filter(({ guestId }) => others.has(guestId));
  return { steps, held: [...untouched, ...kept, ...guarded.held] };
}

function findDestruction(guest: KnownGuest, facts: RunFacts, rules: ProviderRules): { actor: string | null } | null {
  const window = { notBefore: lastObservedAt(guest), notAfter: facts.seen.observedAt };
  return rules.findDestruction(guest, window, facts);
}
