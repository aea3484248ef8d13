import type { InventoryAge } from '../../types/check.ts';
import type { ProviderStatus, StoredRun } from '../../types/inventory.ts';
import type { Gap } from './observed.ts';

/** What one provider's inventory is worth at the moment that is checked. */
export interface ProviderFacts {
  age: InventoryAge;
  gaps: readonly Gap[];
}

/** As the last runs left it. */
export function presentFacts(status: ProviderStatus): ProviderFacts {
  const { providerName, lastRun, lastListedAt, incomplete } = status;
  const outcome = lastRun?.outcome ?? null;
  const asOf = outcome === 'failed' || !wereGuestsAsked(lastRun) ? lastListedAt : (lastRun?.finishedAt ?? null);
  // What is filtered holds back guests, not what is known of those that are listed.
  const gaps = incomplete.filter(({ scope, issue }) => scope !== 'guests' || issue?.code !== 'filtered');
  return {
    age: { provider: providerName, asOf, outcome, problem: problemOf(outcome, lastRun) },
    gaps: gaps.map(({ scope, issue }) => ({ scope, reason: issue?.message ?? `${scope} was not read` })),
  };
}

/** `discover-nodes` and its kind say nothing of guests. */
function wereGuestsAsked(run: StoredRun | null): boolean {
  return run?.requested.some((scope) => scope === 'vms' || scope === 'containers') === true;
}

/** As a run left it that is past; null: no run is kept that listed guests by then. */
export function pastFacts(provider: string, run: StoredRun | null): ProviderFacts {
  if (run === null) {
    const problem = 'no run of that time is kept: what it could not read is not known';
    return { age: { provider, asOf: null, outcome: null, problem }, gaps: [] };
  }
  const open = run.scopes.filter(({ coverage }) => coverage !== 'complete' && coverage !== 'skipped');
  const gaps = open.filter(({ scope, coverage }) => scope !== 'guests' || coverage !== 'filtered');
  return {
    age: { provider, asOf: run.finishedAt, outcome: run.outcome, problem: problemOf(run.outcome, run) },
    gaps: gaps.map(({ scope, message }) => ({ scope, reason: message ?? `${scope} was not read` })),
  };
}

function problemOf(outcome: string | null, run: StoredRun | null): string | null {
  if (outcome === null) return 'it was never read';
  if (outcome !== 'failed') return null;
  return `the last run failed${run?.error == null ? '' : `: ${run.error.message}`}`;
}

/** Why it is too old to count; null: it is not. */
export function staleReason(
  { asOf }: InventoryAge,
  { at, maxAgeMs }: { at: Date; maxAgeMs: number | undefined },
): string | null {
  if (maxAgeMs === undefined) return null;
  if (asOf === null) return 'the inventory of its provider was never read';
  const isOld = at.getTime() - asOf.getTime() > maxAgeMs;
  return isOld ? `the inventory of its provider is as of ${asOf.toISOString()}, which is too old` : null;
}
