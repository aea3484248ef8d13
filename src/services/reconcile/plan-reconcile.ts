import type { Finding, FoundDifference } from '../../types/finding.ts';
import { groupBy } from '../../types/group-by.ts';
import { comparePanel, type PanelResult, type WholePanel } from './compare-panel.ts';
import { findUnowned } from './find-unowned.ts';
import { type ComparisonLimits, isWithinLimits, whyClosed } from './finding-limits.ts';
import type { Owners } from './owners.ts';
import { type FindingsPlan, planFindings } from './plan-findings.ts';
import type { ReconcileWorld } from './reconcile-world.ts';

export interface ComparedInput {
  world: ReconcileWorld;
  owners: Owners;
  whole: readonly WholePanel[];
  /** Whether a panel of this comparison is not among them: it could not be read, or not whole. */
  isMissingPanel: boolean;
  /** Of all panels that are stored. */
  panelNames: ReadonlySet<string>;
  now: Date;
}

export interface ReconcileInput extends ComparedInput {
  /** All findings that are not closed. */
  open: readonly Finding[];
  limits: ComparisonLimits;
}

/** What a comparison finds, whosever it is. */
export interface Differences {
  results: readonly PanelResult[];
  found: readonly FoundDifference[];
  whyClosed: (finding: Finding) => string | null;
}

export interface ReconcilePlan {
  results: readonly PanelResult[];
  findings: FindingsPlan;
  /** How many findings are open afterwards: of the account to which the comparison is limited, or of all. */
  openCount: number;
}

/** What a comparison finds, and what it does to the findings that are stored. Pure: needs neither panel nor database. */
export function planReconcile({ open, limits, ...input }: ReconcileInput): ReconcilePlan {
  const differences = compareWhole(input);
  const judged = open.filter((finding) => isWithinLimits(finding, limits));
  const judgedKeys = new Set(judged.map(({ key }) => key));
  // One that has another owner now is still so.
  const found = differences.found.filter((one) => isWithinLimits(one, limits) || judgedKeys.has(one.key));
  const findings = planFindings(judged, found, differences.whyClosed);
  const { accountKey } = limits;
  const counted = accountKey === undefined ? open : open.filter((finding) => finding.accountKey === accountKey);
  const openCount = counted.length + findings.opened.length - findings.closed.length;
  return { results: differences.results, findings, openCount };
}

/** Pure. */
export function compareWhole({ world, owners, whole, isMissingPanel, panelNames, now }: ComparedInput): Differences {
  const results = whole.map((one) => comparePanel({ ...one, world, owners, now }));
  const unowned = isMissingPanel ? null : findUnowned({ world, owners, results });
  return {
    results,
    found: [...results.flatMap((result) => result.found), ...(unowned ?? [])],
    whyClosed: whyClosed({ world, results, isUnownedKnown: unowned !== null, panelNames }),
  };
}

/** What a comparison does to the findings of one account; null: of nobody. */
export interface AccountPlan {
  accountKey: string | null;
  findings: FindingsPlan;
  openCount: number;
}

/**
 * The same as {@link planReconcile} without limits, account after account. A finding that has another owner now is that one's.
 * `keys`: accounts that are to have a plan even without findings. Pure.
 */
export function planByAccount(
  { found, whyClosed: why }: Pick<Differences, 'found' | 'whyClosed'>,
  open: readonly Finding[],
  keys: Iterable<string>,
): AccountPlan[] {
  const ownerByKey = new Map(found.map(({ key, accountKey }) => [key, accountKey]));
  const openBy = groupBy(open, ({ key, accountKey }) => {
    const owner = ownerByKey.get(key);
    return owner === undefined ? accountKey : owner;
  });
  const foundBy = groupBy(found, ({ accountKey }) => accountKey);
  return [...new Set([...keys, ...openBy.keys(), ...foundBy.keys(), null])].map((accountKey) => {
    const own = openBy.get(accountKey) ?? [];
    const findings = planFindings(own, foundBy.get(accountKey) ?? [], why);
    return { accountKey, findings, openCount: own.length + findings.opened.length - findings.closed.length };
  });
}
