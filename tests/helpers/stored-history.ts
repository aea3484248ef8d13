import type { Connection } from '../../src/repositories/db/connection.ts';
import type { StoredChange } from '../../src/repositories/history/change-codec.ts';
import type { StoredRevision } from '../../src/repositories/history/history-rows.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';

const MANY = 1_000_000;

/** All changes, oldest first. */
export async function storedChanges(connection: Connection): Promise<StoredChange[]> {
  const rows = await new AuditRepository(connection).listChanges(0, MANY);
  return rows.map(({ change }) => readable(change));
}

/** All revisions, oldest first. */
export async function storedRevisions(connection: Connection): Promise<StoredRevision[]> {
  const rows = await new AuditRepository(connection).listRevisions(0, MANY);
  return rows.map(({ revision }) => readable(revision));
}

/** All snapshots, oldest first. */
export async function storedSnapshots(connection: Connection) {
  const rows = await new AuditRepository(connection).listSnapshots(0, MANY);
  return rows.map((row) => ({ ...row, document: readable(row.document) }));
}

function readable<T>(audited: { value: T; damage: null } | { value: null; damage: string }): T {
  if (audited.damage !== null) throw new Error(audited.damage);
  return audited.value;
}
