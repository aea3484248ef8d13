import { AppError } from '../../types/errors.ts';
import type { ScopeReport } from '../../types/observation.ts';
import type { Coverage } from '../../types/presence.ts';
import { describePrivilege, type NeededPrivilege } from './permissions.ts';

/** What a call gave, or why it failed. An interruption is thrown on: it ends the run, not a scope. */
export async function attempt<T>(call: Promise<T>): Promise<T | AppError> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AppError && error.code !== 'interrupted') return error;
    throw error;
  }
}

export function coverageOf({ code }: AppError): Coverage {
  switch (code) {
    case 'node-unreachable':
    case 'unreachable':
    case 'timeout':
      return 'unreachable';
    case 'forbidden':
      return 'filtered';
    default:
      return 'error';
  }
}

export function completeScope(scope: string, count: number): ScopeReport {
  return { scope, coverage: 'complete', count };
}

export function skippedScope(scope: string): ScopeReport {
  return { scope, coverage: 'skipped', count: 0 };
}

export function failedScope(scope: string, error: AppError, count = 0): ScopeReport {
  return {
    scope,
    coverage: coverageOf(error),
    count,
    message: error.message,
    ...hintOf(error),
  };
}

/** The credential was good for /version, so a refusal later on is not the credential's (seen on 8.4.21, calls passed on to a second node). */
function hintOf({ code, hint }: AppError): { hint?: string } {
  if (code === 'unauthenticated') {
    return {
      hint: 'other calls accept the same credential: compare the clock and /etc/pve of that node with the others',
    };
  }
  return hint === undefined ? {} : { hint };
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
