import {
  type Credential,
  type ProviderSettings,
  type RecordedSettings,
  type SealSettings,
  settingsOf,
} from '../../types/provider.ts';
import { BulkWriter } from '../db/bulk-write.ts';
import type { Connection, DbTransaction } from '../db/connection.ts';
import { bulkJson, bulkUpdateSql, type UpsertSpec } from '../db/dialect.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { sqlOf } from '../db/sql-transaction.ts';
import { isShape, isText, isTexts } from '../db/stored-shape.ts';
import { Where } from '../db/where.ts';
import { appendRevision, lockHead } from '../history/append-revision.ts';
import { isAllow, isCredential, isTls, toPermission } from '../inventory/provider-rows.ts';

/** The detail of a `settings` revision. */
export type SettingsDetail = Omit<RecordedSettings, 'rev'>;

type Permission = 'allow' | 'actionCredential';

const isSettings = isShape<Omit<ProviderSettings, Permission>, Required<Pick<ProviderSettings, Permission>>>(
  { name: isText, type: isText, endpoints: isTexts, tls: isTls, credential: isCredential },
  { allow: isAllow, actionCredential: isCredential },
);

export const isSettingsDetail = isShape<SettingsDetail>({ settings: isSettings, seal: isText });

const PERMISSION = {
  table: 'providers',
  columns: { id: 'text', allow: 'json', actionCredential: 'json' },
  key: ['id'],
} as const satisfies UpsertSpec;

/** Writes what may be done to the guests of a provider, and who does it; absent: nothing, and nobody of its own. */
export async function writePermission(
  tx: DbTransaction,
  database: Connection['provider'],
  { id, allow = [], actionCredential = null }: PermissionRow,
): Promise<void> {
  const row = { id, allow: allow.length === 0 ? null : allow, actionCredential };
  await sqlOf(tx).execute(bulkUpdateSql(database, PERMISSION), bulkJson([row]));
}

interface PermissionRow {
  id: string;
  allow?: ProviderSettings['allow'];
  actionCredential?: Credential | null;
}

/**
 * Appends the revision with the new settings of a provider, and points the provider's row to it. Call it last inside the
 * transaction that writes the row: it takes the lock of `meta`.
 */
export async function recordSettings(
  tx: DbTransaction,
  { provider: database, runForEach }: Pick<Connection, 'provider' | 'runForEach'>,
  {
    providerId,
    settings,
    now,
    seal,
  }: { providerId: string; settings: ProviderSettings; now: Date; seal: SealSettings },
): Promise<void> {
  const sql = sqlOf(tx);
  const bulk = new BulkWriter(sql, database, runForEach);
  const head = await lockHead(sql);
  const recorded = settingsOf(settings);
  const detail: SettingsDetail = {
    settings: recorded,
    seal: seal({ rev: head.rev + 1, providerId, settings: recorded }),
  };
  const draft = { kind: 'settings', providerId, runId: null, at: now, detail } as const;
  const { rev } = await appendRevision(sql, bulk, head, draft);
  await tx.provider.update({ where: { id: providerId }, data: { settingsRev: rev } });
}

export function toSettings(row: Row): ProviderSettings {
  return settingsOf({
    name: row.text('name'),
    type: row.text('type'),
    endpoints: row.json('endpoints', isTexts),
    tls: row.json('tls', isTls),
    credential: row.json('credential', isCredential),
    ...toPermission(row),
  });
}

/**
 * The settings in the revision to which the provider's row points; null if there is none, or if it belongs to something
 * else.
 */
export async function readRecordedSettings(reader: Reader, providerId: string): Promise<RecordedSettings | null> {
  const where = new Where(reader.provider).is('p."id"', '=', providerId).is('r."providerId"', '=', providerId);
  const sql = `SELECT r."rev", r."detail" FROM "providers" p JOIN "revisions" r ON r."rev" = p."settingsRev"
    ${where.sql} AND r."kind" = 'settings'`;
  return reader.find({ sql, values: where.values, noun: 'revision', key: ['rev'] }, (row) => ({
    rev: row.number('rev'),
    ...row.json('detail', isSettingsDetail),
  }));
}
