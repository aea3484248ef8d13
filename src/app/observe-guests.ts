import { setTimeout as sleep } from 'node:timers/promises';
import type { GuestToSync } from '../services/sync/sync-guests.ts';
import { AppError } from '../types/errors.ts';
import type { App } from './app.ts';

/** A guest that was acted on. */
export interface ActedGuest extends GuestToSync {
  /** It was put at its vmid, maybe over another one; absent: as `isNew`. */
  isMade?: boolean;
}

export interface ObserveIo {
  onWarning: (message: string) => void;
  /** Ends it at once. */
  insist: AbortSignal;
}

/**
 * A guest that was put at its vmid within the second in which it is seen may be another one by the next: tasks are told to the
 * second, and the next action would be refused.
 */
const SETTLE_MS = 2_000;

/**
 * Reads guests that were acted on, with the credential for reading, and records what is different. `provider`: id or name of the
 * stored one.
 */
export async function observeGuests(
  app: App,
  provider: string,
  guests: readonly ActedGuest[],
  { onWarning, insist: signal }: ObserveIo,
): Promise<void> {
  if (guests.some(({ isNew, isMade = isNew }) => isMade))
    await sleep(SETTLE_MS, undefined, { signal }).catch(() => undefined);
  const row = await app.storedProvider(provider);
  try {
    const sync = await app.openSync({ stored: row, used: row }, { onWarning, signal });
    try {
      const { open } = await sync.service.syncGuests(guests, { signal });
      if (open !== null) onWarning(`${row.name}: ${open}; the next sync records it`);
    } finally {
      sync.close();
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    onWarning(`${row.name}: what changed is recorded by the next sync: ${error.message}`);
  }
}
