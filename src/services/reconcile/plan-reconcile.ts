import type { Finding, FoundDifference } from '../../types/finding.ts';
import { comparePanel, type PanelResult, type WholePanel } from './compare-panel.ts';
import { findUnowned } from './find-unowned.ts';
import { type ComparisonLimits, isWithinLimits, whyClosed } from './finding-limits.ts';
import type { Owners } from './owners.ts';
import { type FindingsPlan, planFindings } from './plan-findings.ts';
import type { ReconcileWorld } from './reconcile-world.ts';

export interface ReconcileInput {
  world: ReconcileWorld;
  owners: Owners;
  whole: readonly WholePanel[];
  /** Whether a panel of this comparison is not among them: it could not be read, or not whole. */
  isMissingPanel: boolean;
  /** All findings that are not closed. */
  open: readonly Finding[];
  limits: ComparisonLimits;
  now: Date;
}

export interface ReconcilePlan {
  results: readonly PanelResult[];
  findings: FindingsPlan;
  /** How many findings are open afterwards. */
  openCount: number;
}

/** What a comparison finds, and what it does to the findings that are stored. Pure: needs neither panel nor database. */
export function planReconcile({
  world,
  owners,
  whole,
  isMissingPanel,
  open,
  limits,
  now,
}: ReconcileInput): ReconcilePlan {
  const results = whole.map((one) => comparePanel({ ...one, world, owners, now }));
  const unowned = isMissingPanel ? null : findUnowned({ world, owners, results });
  const found: FoundDifference[] = [...results.flatMap((result) => result.found), ...(unowned ?? [])];
  const judged = open.filter((finding) => isWithinLimits(finding, limits));
  const findings = planFindings(
    judged,
    found.filter((one) => isWithinLimits(one, limits)),
    whyClosed({ world, results, isUnownedKnown: unowned !== null }),
  );
  return { results, findings, openCount: open.length + findings.opened.length - findings.closed.length };
}
