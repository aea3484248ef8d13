import type {
  AuditedChange,
  AuditedExplanation,
  AuditedSnapshot,
} from '../../repositories/maintenance/audit-repository.ts';

/** The rows of some revisions, by their revision. */
export interface Rows {
  changes: Map<number, AuditedChange[]>;
  explanations: Map<number, AuditedExplanation[]>;
  snapshots: Map<number, AuditedSnapshot[]>;
}

export function byRevision<T extends { rev: number }>(rows: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(row.rev);
    if (group) group.push(row);
    else groups.set(row.rev, [row]);
  }
  return groups;
}

/** Those that have any. */
export function revisionsOf({ changes, explanations, snapshots }: Rows): Set<number> {
  return new Set([...changes.keys(), ...explanations.keys(), ...snapshots.keys()]);
}
