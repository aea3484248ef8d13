import type {
  AuditedChange,
  AuditedExplanation,
  AuditedSnapshot,
} from '../../repositories/maintenance/audit-repository.ts';
import { groupBy } from '../../types/group-by.ts';
import type { RevisionKind } from '../../types/history.ts';
import type { ReadRevision } from './check-rows.ts';

/** The rows of some revisions, by their revision. */
export interface Rows {
  changes: Map<number, AuditedChange[]>;
  explanations: Map<number, AuditedExplanation[]>;
  snapshots: Map<number, AuditedSnapshot[]>;
}

export function byRevision<T extends { rev: number }>(rows: readonly T[]): Map<number, T[]> {
  return groupBy(rows, ({ rev }) => rev);
}

/** Rows that revisions of a kind wrote: the revisions of a page with theirs, and those that name a revision which is none of them. */
export function rowsOfKind<T extends { rev: number }>(
  kind: RevisionKind,
  page: readonly ReadRevision[],
  rows: readonly T[],
): { own: readonly (readonly [ReadRevision['revision'], readonly T[]])[]; strays: readonly T[] } {
  const groups = byRevision(rows);
  const own = page.flatMap(({ revision }) => {
    if (revision.kind !== kind) return [];
    const found = groups.get(revision.rev) ?? [];
    groups.delete(revision.rev);
    return [[revision, found] as const];
  });
  return { own, strays: [...groups.values()].flat() };
}

/** Those that have any. */
export function revisionsOf({ changes, explanations, snapshots }: Rows): Set<number> {
  return new Set([...changes.keys(), ...explanations.keys(), ...snapshots.keys()]);
}
