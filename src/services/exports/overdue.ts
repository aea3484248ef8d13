import type { GuestRow } from '../../types/inventory.ts';
import { DAY_MS } from './days.ts';
import { machinesOf } from './guest-values.ts';

/** Something that should have been done, and since when; null: it was never seen. */
export interface Overdue {
  guest: GuestRow;
  what: string;
  since: Date | null;
}

const SNAPSHOT = /^snapshot\.(.+)\.time$/;

/**
 * Machines of Proxmox VE without a backup that is new enough: those that none is known of first, then the oldest. What backs up
 * the machines of other platforms is not recorded.
 */
export function oldBackups(guests: readonly GuestRow[], now: Date, days: number): Overdue[] {
  const oldest = now.getTime() - days * DAY_MS;
  return machinesOf(guests)
    .filter(({ kind, lastBackup }) => kind !== 'vm' && (lastBackup?.at.getTime() ?? 0) < oldest)
    .map((guest) => ({ guest, what: 'last backup', since: guest.lastBackup?.at ?? null }))
    .sort(byAge);
}

/** Snapshots that are older, the oldest first. */
export function oldSnapshots(guests: readonly GuestRow[], now: Date, days: number): Overdue[] {
  const oldest = now.getTime() - days * DAY_MS;
  const found = guests.flatMap((guest) =>
    Object.entries(guest.document).flatMap(([path, time]) => {
      const name = SNAPSHOT.exec(path)?.[1];
      // 0 where the platform does not tell.
      if (name === undefined || typeof time !== 'number' || time <= 0 || time * 1000 >= oldest) return [];
      return [{ guest, what: `snapshot ${name}`, since: new Date(time * 1000) }];
    }),
  );
  return found.sort(byAge);
}

function byAge(a: Overdue, b: Overdue): number {
  return (a.since?.getTime() ?? 0) - (b.since?.getTime() ?? 0);
}
