import type { AppError } from '../../types/errors.ts';
import type { ScopeReport } from '../../types/observation.ts';
import { completeScope, failedScope as failed } from '../scope-reports.ts';
import { describePrivilege, type NeededPrivilege } from './permissions.ts';

export function failedScope(scope: string, error: AppError, count = 0): ScopeReport {
  return { ...failed(scope, error, count), ...hintOf(error) };
}

/** The credential was good for /version, so a refusal later on is not the credential's (seen on 8.4.21, calls passed on to a second node). */
function hintOf({ code }: AppError): { hint?: string } {
  if (code !== 'unauthenticated') return {};
  return {
    hint: 'other calls accept the same credential: compare the clock and /etc/pve of that node with the others',
  };
}

export function unreachableScope(scope: string, message: string): ScopeReport {
  return { scope, coverage: 'unreachable', count: 0, message };
}

/** Complete, or filtered when rights are missing. */
export function scopeWithRights(
  scope: string,
  count: number,
  missing: readonly Pick<NeededPrivilege, 'privilege' | 'path'>[],
): ScopeReport {
  if (missing.length === 0) return completeScope(scope, count);
  const names = missing.map(describePrivilege);
  return {
    scope,
    coverage: 'filtered',
    count,
    message: `the token lacks ${names.join(' and ')}: only what it may see is listed`,
    hint: 'see `rollcall providers test` for the pveum lines that give it these rights',
    missing: names,
  };
}
