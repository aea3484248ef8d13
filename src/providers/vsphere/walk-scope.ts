import { AppError } from '../../types/errors.ts';
import type { ScopeReport } from '../../types/observation.ts';
import { completeScope, failedScope } from '../scope-reports.ts';
import type { Walk } from './soap/walk.ts';

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

/** Whether the properties of all listed objects were read. Rights that are missing are told by {@link walkScope}. */
export function propertyScope(scope: string, rows: readonly ListedRow[]): ScopeReport {
  const faults = rows.map((row) => row.unread.find(({ fault }) => fault !== 'NoPermission')?.fault);
  const [first, ...more] = faults.filter((fault) => fault !== undefined);
  if (first === undefined) return completeScope(scope, rows.length);
  const partly = 1 + more.length;
  return {
    scope,
    coverage: 'error',
    count: rows.length - partly,
    message: `of ${partly} of ${rows.length} objects some properties could not be read (${first})`,
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
