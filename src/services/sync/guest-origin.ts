import type { Guest } from '../../types/guest.ts';
import type { ChangeEvent } from '../../types/history.ts';
import type { GuestObservation } from '../../types/observation.ts';
import { lifecycleOf } from '../attribution/lifecycle-tasks.ts';
import type { RunContext } from './run-context.ts';

type Relative = RunContext['known']['elsewhere'][number];

/** Where a guest that was not known comes from, as its smbios uuid tells: only restores and moves keep it. */
export function findOrigin(
  seen: GuestObservation,
  notBefore: Date | null,
  context: RunContext,
): { event: ChangeEvent | null; previousId: string | null } {
  const { uuid } = seen.identity;
  if (uuid === undefined) return { event: null, previousId: null };
  const { known, evidence } = context;
  const sibling = known.guests.find((guest) => guest.identity.uuid === uuid);
  const relatives = known.elsewhere.filter((guest) => guest.identity.uuid === uuid).toSorted(byLatestEnd);
  const own = sibling ?? relatives.find((guest) => guest.providerId === known.providerId);
  if (own !== undefined) return { event: 'restored', previousId: own.id };
  const window = { notBefore, notAfter: context.seen.observedAt };
  const tasks = notBefore === null ? null : lifecycleOf(seen, window, evidence);
  if (tasks?.created) return { event: null, previousId: null };
  const other = relatives.find(
    (guest) => tasks?.restored || guest.presence === 'gone' || hasTunnel(seen.vmid, context),
  );
  if (other === undefined) return { event: null, previousId: null };
  return { event: tasks?.restored ? 'restored' : 'moved-cluster', previousId: other.id };
}

function byLatestEnd(a: Relative, b: Relative): number {
  return (b.goneAt?.getTime() ?? 0) - (a.goneAt?.getTime() ?? 0);
}

/** The receiving side of a remote migration. Source: qemu-server src/PVE/API2/Qemu.pm mtunnel. */
function hasTunnel(vmid: number, { evidence }: RunContext): boolean {
  return evidence.tasks.some(({ type, id }) => /^(?:qm|vz)m?tunnel$/.test(type) && id === String(vmid));
}

/** Whether a guest that is gone was migrated to another cluster that is watched too. */
export function wasMovedAway(guest: Guest, { known, evidence }: RunContext): boolean {
  const { uuid } = guest.identity;
  if (uuid === undefined) return false;
  const isElsewhere = known.elsewhere.some(
    (other) => other.identity.uuid === uuid && other.providerId !== known.providerId && other.presence !== 'gone',
  );
  if (!isElsewhere) return false;
  return evidence.tasks.some(
    ({ type, id }) => (type === 'qmigrate' || type === 'vzmigrate') && id === String(guest.vmid),
  );
}
