import { AppError } from '../types/errors.ts';
import type { AbsenceProbe } from '../types/observation.ts';
import { attempt } from './scope-reports.ts';

/** More absent guests than this are not asked for one by one: so many at once are a shorter listing, not removals. */
const MAX_PROBES = 200;

/** Asks for each guest by its id. `exists`: null where nobody can tell; a failure is no answer. By native id. */
export async function probeEach<T extends { nativeId: string }>(
  guests: readonly T[],
  exists: (guest: T) => Promise<boolean | null> | null,
): Promise<ReadonlyMap<string, AbsenceProbe>> {
  const probes = await Promise.all(
    guests.map(
      async (guest, index) => [guest.nativeId, await probe(index < MAX_PROBES ? exists(guest) : null)] as const,
    ),
  );
  return new Map(probes);
}

async function probe(answer: Promise<boolean | null> | null): Promise<AbsenceProbe> {
  const found = answer === null ? null : await attempt(answer);
  if (found === null || found instanceof AppError) return 'unknown';
  return found ? 'exists' : 'gone';
}
