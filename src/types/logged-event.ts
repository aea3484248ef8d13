import type { ChangeEvent } from './history.ts';

const EVENTS: Readonly<Record<string, ChangeEvent>> = {
  clone: 'cloned',
  restore: 'restored',
  rollback: 'rolled-back',
  migrate: 'migrated',
};

/** The event that a change from the log amounts to, by the type of its task: `cloned` by `qmclone`; null: none. */
export function loggedEvent(via: string | null): ChangeEvent | null {
  const verb = /^(?:qm|vz)(clone|restore|rollback|migrate)$/.exec(via === 'qmigrate' ? 'qmmigrate' : (via ?? ''))?.[1];
  return verb === undefined ? null : (EVENTS[verb] ?? null);
}
