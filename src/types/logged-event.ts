import type { ChangeEvent } from './history.ts';

const EVENTS: Readonly<Record<string, ChangeEvent>> = {
  qmclone: 'cloned',
  vzclone: 'cloned',
  qmrestore: 'restored',
  vzrestore: 'restored',
  qmrollback: 'rolled-back',
  vzrollback: 'rolled-back',
  qmigrate: 'migrated',
  vzmigrate: 'migrated',
};

/** The event that a change from the log amounts to, by the type of its task: `cloned` by `qmclone`; null: none. */
export function loggedEvent(via: string | null): ChangeEvent | null {
  return via !== null && Object.hasOwn(EVENTS, via) ? (EVENTS[via] ?? null) : null;
}
