import type { Finding, FoundDifference } from '../../types/finding.ts';

/** What a comparison does to the findings that are stored. */
export interface FindingsPlan {
  opened: readonly FoundDifference[];
  /** Open ones that are still so, as they are now. */
  kept: readonly { id: string; found: FoundDifference }[];
  closed: readonly { id: string; why: string }[];
}

/**
 * Opens what is new, keeps what is still so, and closes what is not so any more. `whyClosed`: null where the comparison could not decide
 * whether it is still so: such a finding stays as it is. Pure.
 */
export function planFindings(
  open: readonly Finding[],
  found: readonly FoundDifference[],
  whyClosed: (finding: Finding) => string | null,
): FindingsPlan {
  const byKey = new Map(found.map((one) => [one.key, one]));
  const openKeys = new Set(open.map(({ key }) => key));
  const kept: { id: string; found: FoundDifference }[] = [];
  const closed: { id: string; why: string }[] = [];
  for (const finding of open) {
    const still = byKey.get(finding.key);
    if (still !== undefined) {
      kept.push({ id: finding.id, found: still });
      continue;
    }
    const why = whyClosed(finding);
    if (why !== null) closed.push({ id: finding.id, why });
  }
  return { opened: [...byKey.values()].filter(({ key }) => !openKeys.has(key)), kept, closed };
}
