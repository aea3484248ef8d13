import { AppError } from '../../types/errors.ts';
import type { ScopeReport } from '../../types/observation.ts';
import type { Coverage } from '../../types/presence.ts';
import type { Walk } from './soap/walk.ts';

/** What a call gave, or why it failed. An interruption is thrown on: it ends the run, not a scope. */
export async function attempt<T>(call: Promise<T>): Promise<T | AppError> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AppError && error.code !== 'interrupted') return error;
    throw error;
  }
}

export function skippedScope(scope: string): ScopeReport {
  return { scope, coverage: 'skipped', count: 0 };
}

export function completeScope(scope: string, count: number): ScopeReport {
  return { scope, coverage: 'complete', count };
}

export function failedScope(scope: string, { code, message, hint }: AppError): ScopeReport {
  return { scope, coverage: coverageOf(code), count: 0, message, ...(hint !== undefined && { hint }) };
}

function coverageOf(code: AppError['code']): Coverage {
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

/** Whether the user may read the root folder: without that right parts of the inventory are missing from every list. */
export type RootAccess = 'read' | 'none' | AppError;

interface ListedRow {
  unread: readonly { fault: string }[];
}

/** How much of a listing was seen. Complete only if every object came with its properties, and no right was missing. */
export function walkScope(
  scope: string,
  { rows, unread }: Pick<Walk<ListedRow>, 'rows' | 'unread'>,
  access: RootAccess,
): ScopeReport {
  const count = rows.length;
  if (access instanceof AppError) return { ...failedScope(scope, access), count };
  const isRefused = rows.some((row) => row.unread.some(({ fault }) => fault === 'NoPermission'));
  if (access === 'none' || isRefused) return { ...filtered(scope, access), count };
  if (unread.length === 0) return completeScope(scope, count);
  return {
    scope,
    coverage: 'error',
    count,
    message: `the server lists ${unread.length} ${unread.length === 1 ? 'object' : 'objects'} without any properties`,
    hint: 'run it again; if it stays like this, look for the objects in the vSphere Client',
  };
}

function filtered(scope: string, access: 'read' | 'none'): Omit<ScopeReport, 'count'> {
  const what = access === 'none' ? 'the root folder' : 'some objects';
  return {
    scope,
    coverage: 'filtered',
    message: `the user may not read ${what}: only what they may see is listed`,
    hint: 'give the user the role Read-only on the root folder, with propagation',
    missing: ['System.Read on /'],
  };
}
