import type { ChangeEvent } from '../../../types/history.ts';
import type { GuestObservation } from '../../../types/observation.ts';
import type { KnownGuest } from '../../../types/plan.ts';
import { findImported, wasExported } from '../../../types/relatives.ts';
import type { Relative, RunFacts } from '../../../types/run-facts.ts';
import { lifecycleOf } from '../attribution/lifecycle-tasks.ts';

/** The origin of a guest that was not known. Restores and moves keep its smbios uuid; an import may keep its cards alone. */
export function findOrigin(
  seen: GuestObservation,
  notBefore: Date | null,
  context: RunFacts,
): { event: ChangeEvent | null; previousId: string | null } {
  const { known, evidence } = context;
  const imported = notBefore === null ? null : findImported(seen.identity, known);
  if (imported !== null) return { event: 'moved-cluster', previousId: imported.id };
  const relatives = context.relatives(seen.identity.uuid).toSorted(byLatestEnd);
  if (relatives.length === 0) return { event: null, previousId: null };
  const own = relatives.find((guest) => guest.providerId === known.providerId);
  if (own !== undefined) return { event: 'restored', previousId: own.id };
  const window = { notBefore, notAfter: context.seen.observedAt };
  const tasks = notBefore === null ? null : lifecycleOf(seen, window, evidence);
  if (tasks?.created) return { event: null, previousId: null };
  const other = relatives.find(
    (guest) => tasks?.restored || guest.presence === 'gone' || hasTunnel(seen.nativeId, context),
  );
  if (other === undefined) return { event: null, previousId: null };
  return { event: tasks?.restored ? 'restored' : 'moved-cluster', previousId: other.id };
}

/** Sorts present guests first, then those that ended last. */
function byLatestEnd(a: Relative, b: Relative): number {
  const [endOfA, endOfB] = [a, b].map(({ goneAt }) => goneAt?.getTime() ?? Number.MAX_SAFE_INTEGER);
  return (endOfB ?? 0) - (endOfA ?? 0);
}

/** The receiving side of a remote migration. Source: qemu-server src/PVE/API2/Qemu.pm mtunnel. */
function hasTunnel(vmid: string, { evidence }: Pick<RunFacts, 'evidence'>): boolean {
  return evidence.records.some(({ native, target }) => /^(?:qm|vz)m?tunnel$/.test(native) && target === vmid);
}

/** Whether a removed guest was migrated to another watched cluster. */
export function wasMovedAway(
  { identity, nativeId }: KnownGuest,
  { known, evidence, relatives }: Pick<RunFacts, 'known' | 'evidence' | 'relatives'>,
): boolean {
  if (wasExported(identity, known)) return true;
  const isElsewhere = relatives(identity.uuid).some(
    ({ providerId, presence }) => providerId !== known.providerId && presence !== 'gone',
  );
  if (!isElsewhere) return false;
  return evidence.records.some(
    ({ native, target }) => (native === 'qmigrate' || native === 'vzmigrate') && target === nativeId,
  );
}
