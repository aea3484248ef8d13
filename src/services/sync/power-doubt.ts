import type { Document } from '../../types/document.ts';
import { valueAt } from '../../types/document-replay.ts';
import type { GuestObservation } from '../../types/observation.ts';

const POWER_PATHS = ['status', 'qmpstatus'] as const;

/** The observation, with the known power state where it cannot show that the state has changed. */
export function withoutPowerDoubt(known: Document, { document, powerDoubt }: GuestObservation): Document {
  if (powerDoubt === undefined || valueAt(known, 'status') === null) return document;
  if (powerDoubt === 'pause' && valueAt(known, 'qmpstatus') === null) return document;
  const kept = new Map(Object.entries(document));
  for (const path of POWER_PATHS) {
    const value = valueAt(known, path);
    if (value === null) kept.delete(path);
    else kept.set(path, value);
  }
  return Object.fromEntries(kept);
}
