import type { ProviderRules } from '../../providers/rules.ts';
import type { Issue, Observation, ScopeReport } from '../../types/observation.ts';
import type { KnownState } from '../../types/plan.ts';
import { placeOf } from '../../types/scope.ts';

/** Adds to each incomplete scope the time since when it is incomplete, and returns these times for storage. */
export function dateScopes(
  known: KnownState,
  seen: Observation,
  rules: Pick<ProviderRules, 'hasLeft'>,
): { scopes: ScopeReport[]; incompleteSince: Record<string, string> } {
  const since = new Map(Object.entries(known.incompleteSince).filter(([scope]) => stillExists(scope, seen, rules)));
  // The scope may have changed since it was last read completely.
  const lastComplete = (known.lastCompleteAt ?? seen.startedAt).toISOString();
  const scopes = seen.scopes.map((report) => {
    if (report.coverage === 'complete') since.delete(report.scope);
    if (report.coverage === 'complete' || report.coverage === 'skipped') return report;
    const at = since.get(report.scope) ?? lastComplete;
    since.set(report.scope, at);
    return { ...report, since: at };
  });
  return { scopes, incompleteSince: Object.fromEntries(since) };
}

/** A node that left takes its scopes along. */
function stillExists(scope: string, seen: Observation, { hasLeft }: Pick<ProviderRules, 'hasLeft'>): boolean {
  const node = placeOf(scope);
  return node === null || !hasLeft(node, seen);
}

export function hasFailed({ coverage }: ScopeReport): boolean {
  return coverage === 'unreachable' || coverage === 'error';
}

/** Warns once, not at every run, of scopes that a token was never allowed to read, in one line for all nodes. */
export function warnOfFiltered(known: KnownState, scopes: readonly ScopeReport[]): Issue[] {
  const filtered = scopes.filter(
    ({ scope, coverage }) => coverage === 'filtered' && known.incompleteSince[scope] === undefined,
  );
  const limited = filtered.filter(({ missing = [] }) => missing.length > 0);
  if (limited.length < 2) return filtered.map(toIssue);
  const missing = [...new Set(limited.flatMap((report) => report.missing ?? []))];
  const hint = limited.find((report) => report.hint !== undefined)?.hint;
  const all = {
    code: 'filtered',
    message: `the token lacks ${missing.join(', ')}: only what it may see is listed`,
    ...(hint !== undefined && { hint }),
  };
  return [all, ...filtered.filter((report) => !limited.includes(report)).map(toIssue)];
}

function toIssue({ scope, message, missing, hint }: ScopeReport): Issue {
  return {
    code: 'filtered',
    scope,
    message: message ?? `${scope}: the token sees only a part; missing: ${missing?.join(', ') ?? 'privileges'}`,
    ...(hint === undefined ? {} : { hint }),
  };
}
