import { missingPrivilege } from '../../api/answer-error.ts';
import { AppError } from '../../types/errors.ts';
import type { ScopeReport } from '../../types/observation.ts';
import { placedScope } from '../../types/scope.ts';
import { coverageOf } from '../scope-reports.ts';
import { type ClusterView, missingOf } from './cluster.ts';
import { describePrivilege, NEEDED } from './permissions.ts';
import { failedScope, scopeWithRights } from './scopes.ts';

/** How much of the cluster-wide list of guests was seen. Without known rights it counts as filtered. */
export function guestsScope(view: ClusterView, count: number, unlisted = 0): ScopeReport {
  if (view.resources instanceof AppError) return failedScope('guests', view.resources);
  if (unlisted > 0) {
    const message = `/cluster/resources lacks ${unlisted === 1 ? '1 guest' : `${unlisted} guests`} that the nodes themselves list`;
    return { scope: 'guests', coverage: 'error', count, message, hint: 'run it again; the listing was cut short' };
  }
  if (view.resources.unreadable > 0) return unreadableScope('guests', count, view.resources.unreadable);
  if (view.permissions === null) {
    const message = 'the rights of the token could not be read, so the list may be shorter than it should be';
    return { scope: 'guests', coverage: 'filtered', count, message };
  }
  return scopeWithRights('guests', count, missingOf(view, NEEDED.guests));
}

/** A listing with rows that cannot be told from others is not complete. */
export function unreadableScope(scope: string, count: number, unreadable: number): ScopeReport {
  return {
    scope,
    coverage: 'error',
    count,
    message: `/cluster/resources has ${unreadable === 1 ? '1 row' : `${unreadable} rows`} that could not be read`,
    hint: 'an entry without id or node: look at `pvesh get /cluster/resources`',
  };
}

/** How much of a node's configurations was read. */
export function configScope(node: string, count: number, failures: readonly AppError[]): ScopeReport {
  const [first] = failures;
  const scope = placedScope('config', node);
  if (first === undefined) return { scope, coverage: 'complete', count };
  if (count === 0 && failures.every(({ code }) => code === 'forbidden')) return refusedScope(scope, failures);
  const total = count + failures.length;
  const message = `${failures.length} of ${total} configurations could not be read: ${first.message}`;
  // Who may see a guest in the listing may read its configuration: a refusal is no matter of course.
  const coverage = coverageOf(first) === 'unreachable' ? 'unreachable' : 'error';
  return { ...failedScope(scope, first, count), coverage, message };
}

/** The same words for every node, so that they are told once. */
function refusedScope(scope: string, failures: readonly AppError[]): ScopeReport {
  const wanted = failures.flatMap((error) => missingPrivilege(error)?.privileges[0] ?? []);
  const privilege = wanted[0] ?? 'VM.Audit';
  const missing = [describePrivilege({ privilege, path: '/vms' })];
  return {
    scope,
    coverage: 'error',
    count: 0,
    message: `every configuration was refused (403); missing: ${missing[0]}`,
    hint: 'see `rollcall providers test` for the pveum lines that give it these rights',
    missing,
  };
}
