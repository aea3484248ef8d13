import type { ProviderRules } from '../../providers/rules.ts';
import type { Guest } from '../../types/guest.ts';
import type { AbsenceProbe, Observation } from '../../types/observation.ts';
import { wereGuestsListed } from '../../types/scope.ts';

/** The verdict on a known guest that is missing from the listing. */
type AbsenceVerdict =
  | { verdict: 'gone'; evidence: 'task' | 'probe'; reason: string }
  | { verdict: 'unconfirmed'; reason: string }
  | { verdict: 'unobservable'; reason: string };

type AbsenceRules = Pick<ProviderRules, 'doubtAbsence' | 'isCurrent' | 'idNoun' | 'destructionWord'>;

/** Judges a guest that was not listed. A destroy task is sufficient proof, whatever else could be read. */
export function judgeAbsence(
  guest: Pick<Guest, 'nativeId' | 'node' | 'identity' | 'document'>,
  seen: Observation,
  evidence: { destroyed: { actor: string | null } | null; probe: AbsenceProbe | undefined },
  { doubtAbsence, isCurrent, idNoun, destructionWord }: AbsenceRules,
): AbsenceVerdict {
  const why = doubtAbsence(guest, seen);
  if (evidence.destroyed !== null && wereGuestsListed(seen) && isCurrent(seen)) {
    const reason = `${destructionWord} by ${evidence.destroyed.actor ?? 'the platform'}`;
    return { verdict: 'gone', evidence: 'task', reason };
  }
  if (why !== null) return { verdict: 'unobservable', reason: why };
  if (evidence.probe === 'exists') {
    return { verdict: 'unobservable', reason: `missing from the list of guests, though its ${idNoun} is in use` };
  }
  if (evidence.probe === 'gone') return { verdict: 'gone', evidence: 'probe', reason: `its ${idNoun} is free` };
  return {
    verdict: 'unconfirmed',
    reason: `missing from the list of guests, and whether its ${idNoun} is free is unknown`,
  };
}
