import type { AuditRecord, AuditVerb } from '../../../types/audit-record.ts';
import type { Guest, GuestIdentity } from '../../../types/guest.ts';
import type { ChangeEvent } from '../../../types/history.ts';
import { lastObservedAt } from '../../../types/last-observed.ts';
import type { GuestObservation } from '../../../types/observation.ts';
import type { KnownGuest } from '../../../types/plan.ts';
import { findImported, wasExported } from '../../../types/relatives.ts';
import type { Relative, RunFacts } from '../../../types/run-facts.ts';
import { RecordIndex } from '../../events/record-index.ts';
import { findUnidentified } from '../../find-unidentified.ts';
import type { GuestSubject, TimeWindow } from '../../rules.ts';
import { isCalled } from '../unidentified.ts';
import { sharesMacs } from './incarnation.ts';

interface Origin {
  event: ChangeEvent | null;
  previousId: string | null;
}

const UNKNOWN: Origin = { event: null, previousId: null };

/**
 * Where a guest that was not known comes from. A clone gets a new BIOS uuid; a VM that was registered again, restored or moved here
 * keeps it, and its MAC addresses.
 */
export function findOrigin(seen: GuestObservation, notBefore: Date | null, facts: RunFacts): Origin {
  const records = notBefore === null ? [] : recordsOf(seen, { notBefore, notAfter: facts.seen.observedAt }, facts);
  if (has(records, 'clone')) return { event: 'cloned', previousId: null };
  const imported = notBefore === null ? null : findImported(seen.identity, facts.known);
  if (imported !== null) return { event: 'moved-cluster', previousId: imported.id };
  const relatives = facts
    .relatives(seen.identity.uuid)
    .filter(({ identity }) => sharesMacs(identity, seen.identity))
    .toSorted(byLatestEnd);
  const own = relatives.find(({ providerId, presence }) => isOwn(providerId, facts) && presence === 'gone');
  if (own !== undefined) return { event: has(records, 'register') ? null : 'restored', previousId: own.id };
  const isMoving = has(records, 'migrate');
  const other = relatives.find(
    ({ providerId, presence }) => !isOwn(providerId, facts) && (presence === 'gone' || isMoving),
  );
  return other === undefined ? UNKNOWN : { event: 'moved-cluster', previousId: other.id };
}

/**
 * Whether a guest that is gone went to another system that is watched too. An ESXi may be watched beside its vCenter, so one that was
 * destroyed did not move, though the other provider still has it.
 */
export function wasMovedAway(guest: KnownGuest, facts: RunFacts): boolean {
  if (wasExported(guest.identity, facts.known)) return true;
  const isElsewhere = facts
    .relatives(guest.identity.uuid)
    .some(
      ({ providerId, presence, identity }) =>
        !isOwn(providerId, facts) && presence !== 'gone' && sharesMacs(identity, guest.identity),
    );
  if (!isElsewhere) return false;
  const records = recordsOf(guest, { notBefore: lastObservedAt(guest), notAfter: facts.seen.observedAt }, facts);
  return has(records, 'migrate') || !has(records, 'destroy');
}

/** Who removed a guest in a window; null: no event says that anybody did, or it may have been registered again since. */
export function findDestruction(
  guest: GuestSubject & Pick<Guest, 'document'>,
  window: TimeWindow,
  facts: RunFacts,
): { actor: string | null } | null {
  if (findUnidentified(guest, facts.seen.unidentified ?? [], isCalled) !== null) return null;
  const removal = recordsOf(guest, window, facts).findLast(({ verb }) => verb === 'destroy' || verb === 'unregister');
  return removal === undefined ? null : { actor: removal.actor };
}

function recordsOf(
  { identity }: { identity: GuestIdentity },
  window: TimeWindow,
  { evidence }: Pick<RunFacts, 'evidence'>,
): readonly AuditRecord[] {
  const { handle } = identity;
  const records = evidence.records.filter(({ target }) => target === handle);
  return new RecordIndex({ ...evidence, records }).within(handle, window);
}

function has(records: readonly AuditRecord[], verb: AuditVerb): boolean {
  return records.some((record) => record.verb === verb);
}

function isOwn(providerId: string, { known }: Pick<RunFacts, 'known'>): boolean {
  return providerId === known.providerId;
}

/** Present guests first, then those that ended last. */
function byLatestEnd(a: Relative, b: Relative): number {
  const endOf = ({ goneAt }: Relative): number => goneAt?.getTime() ?? Number.MAX_SAFE_INTEGER;
  return endOf(b) - endOf(a);
}
