import type { GuestRow } from '../../types/inventory.ts';
import type { ReadFacts } from './observed.ts';

/** What the inventory knows of the backups of a guest; `unknown`: its platform does not tell of any. */
export type LastBackup = KnownBackup | 'unknown';

export interface KnownBackup {
  /** Of the last one that succeeded; null: none is known. */
  at: Date | null;
  /** Why there may be a newer one; null: there is none. */
  doubt: string | null;
  /** The last backup of any guest whose log was not read; null: all were. */
  unreadAt: Date | null;
  /** Since when the inventory knows the guest. */
  knownSince: Date;
}

/** The one place that says when a guest was backed up last. */
export function lastBackupOf(guest: GuestRow, { gaps, unreadBackups }: ReadFacts): LastBackup {
  if (guest.kind === 'vm') return 'unknown';
  const gap = gaps.get(guest.providerId)?.find(({ scope }) => scope === 'tasks' || scope.startsWith('tasks/'));
  return {
    at: guest.lastBackup?.at ?? null,
    doubt: gap === undefined ? null : gap.reason,
    unreadAt: unreadBackups.get(guest.providerId) ?? null,
    knownSince: guest.firstSeenAt,
  };
}

/** Why nobody can tell that there was no backup since a time; null: there was none. */
export function whyNoTelling({ at, doubt, unreadAt, knownSince }: KnownBackup, since: Date): string | null {
  if (doubt !== null) return `there may be a newer backup: ${doubt}`;
  if (unreadAt !== null && unreadAt >= since) return 'there may be a newer backup: the log of one was not read';
  return at === null && knownSince > since ? 'no backup is known, and the guest is not known for that long' : null;
}
