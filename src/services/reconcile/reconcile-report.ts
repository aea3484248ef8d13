import type { PanelReadingNote, ReconcileWrite } from '../../repositories/reconcile/reconcile-repository.ts';
import type { ReconcileIssue, ReconcileReport } from '../../types/finding.ts';
import type { StoredPanel } from '../../types/panel.ts';
import type { AccountCounts } from './account-counts.ts';
import type { WholePanel } from './compare-panel.ts';
import type { AccountPlan, ReconcilePlan } from './plan-reconcile.ts';

/** What one reading came to. */
export interface ReadPanel {
  panel: StoredPanel;
  /** null: it could not be read, or not whole. */
  whole: WholePanel | null;
  issue: ReconcileIssue | null;
  note: PanelReadingNote;
}

export function summed(plans: readonly AccountPlan[]): Omit<ReconcilePlan, 'results'> {
  return {
    findings: {
      opened: plans.flatMap(({ findings }) => findings.opened),
      kept: plans.flatMap(({ findings }) => findings.kept),
      closed: plans.flatMap(({ findings }) => findings.closed),
    },
    openCount: plans.reduce((total, { openCount }) => total + openCount, 0),
  };
}

interface Ended {
  read: readonly ReadPanel[];
  plan: ReconcilePlan;
}

interface Report extends Ended {
  issues: readonly ReconcileIssue[];
  by: string;
  /** null: all accounts. */
  accountKey: string | null;
  /** Of the account; null: what was counted of everything. */
  counts: AccountCounts | null;
  startedAt: Date;
  finishedAt: Date;
  id: string;
}

export function toReport({
  read,
  plan,
  issues,
  by,
  accountKey,
  counts,
  startedAt,
  finishedAt,
  id,
}: Report): ReconcileReport {
  const { results, findings, openCount } = plan;
  const errors = read.length - results.length;
  return {
    id,
    startedAt,
    finishedAt,
    requestedBy: by,
    accountKey,
    panels: read.map(({ panel }) => panel.name),
    outcome: errors > 0 && results.length === 0 ? 'failed' : issues.length > 0 ? 'partial' : 'complete',
    counts: {
      ...(counts ?? countsOfAll(results)),
      opened: findings.opened.length,
      closed: findings.closed.length,
      open: openCount,
      errors,
    },
    issues,
  };
}

function countsOfAll(results: ReconcilePlan['results']): AccountCounts {
  const sum = (of: (result: ReconcilePlan['results'][number]) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  return {
    records: sum(({ counts }) => counts.records),
    guests: sum(({ counts }) => counts.guests),
    matched: sum(({ counts }) => counts.matched),
    new: sum(({ links }) => links.new),
    updated: sum(({ links }) => links.updated),
  };
}

export function toWrite({
  run,
  plan,
  read,
  newId,
}: Ended & { run: ReconcileReport; newId: () => string }): ReconcileWrite {
  const { results, findings } = plan;
  return {
    run,
    found: [...findings.opened, ...findings.kept.map((one) => one.found)].map((one) => ({ ...one, id: newId() })),
    closed: findings.closed,
    links: results.flatMap(({ links }) => links.links),
    unlinked: results.flatMap(({ panelId, links }) => links.unlinked.map((recordId) => ({ panelId, recordId }))),
    readings: read.map(({ note }) => note),
  };
}
