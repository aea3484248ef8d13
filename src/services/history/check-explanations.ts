import { explanationDigest } from '../../repositories/history/hash-chain.ts';
import type { StoredRevision } from '../../repositories/history/history-rows.ts';
import type { AuditedExplanation } from '../../repositories/maintenance/audit-repository.ts';
import type { Explanation } from '../../types/history.ts';
import type { Problem } from '../../types/history-query.ts';

/** The readable explanations of a revision, and their digests, which follow those of its changes. */
export interface ReadExplanations {
  explanations: readonly Explanation[];
  digests: readonly string[];
}

/** Reads the explanations of a revision. What is damaged, missing or of a change that was not there yet is told. */
export function readExplanations(
  { rev, kind }: StoredRevision,
  rows: readonly AuditedExplanation[],
  found: (problem: Problem) => void,
): ReadExplanations {
  if (rows.length > 0 && kind !== 'explain') {
    found({ where: `revision ${rev}`, message: 'has explanations, which only a revision of kind explain has' });
  }
  let expected = 0;
  const explanations = rows.flatMap(({ seq, explanation: { value, damage } }) => {
    const where = `explanation ${rev}/${seq}`;
    if (seq !== expected) found({ where: `explanation ${rev}/${expected}`, message: 'is missing' });
    expected = seq + 1;
    if (value === null) found({ where, message: damage });
    else if (value.rev >= rev) found({ where, message: 'is of a change that was not there yet' });
    return value ?? [];
  });
  return { explanations, digests: explanations.map(explanationDigest) };
}
