import { AppError } from '../types/errors.ts';
import type { ScopeReport } from '../types/observation.ts';
import type { Coverage } from '../types/presence.ts';

/** What a call gave, or why it failed. An interruption is thrown on: it ends the run, not a scope. */
export async function attempt<T>(call: Promise<T>): Promise<T | AppError> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AppError && error.code !== 'interrupted') return error;
    throw error;
  }
}

export function coverageOf({ code }: Pick<AppError, 'code'>): Coverage {
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

/** Why a scope was not read. */
export interface ScopeFailure {
  code: AppError['code'];
  message: string;
  hint?: string | undefined;
}

export function failedScope(scope: string, error: ScopeFailure, count = 0): ScopeReport {
  const { message, hint } = error;
  return { scope, coverage: coverageOf(error), count, message, ...(hint !== undefined && { hint }) };
}
