import type { GuestAddress } from '../../types/addresses.ts';
import { OUTCOMES, type Outcome } from '../../types/audit-record.ts';
import { GUEST_KINDS } from '../../types/guest.ts';
import type { AddressSpan, InnerPlan, KnownInner } from '../../types/inner-plan.ts';
import type { DatabaseProvider } from '../../types/migration.ts';
import { BulkWriter } from '../db/bulk-write.ts';
import type { Connection } from '../db/connection.ts';
import { bulkJson, placeholder, textListSql, type UpsertSpec } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { Where } from '../db/where.ts';
import { stampGuests } from '../feed/stamp-guests.ts';
import { listAddresses, SPAN_COLUMNS, toSpan } from '../inventory/inner-rows.ts';

const ASKED = {
  table: 'guest_facts',
  columns: { guestId: 'text', askedAt: 'datetime', issue: 'text' },
  key: ['guestId'],
} as const satisfies UpsertSpec;

const READ = {
  table: 'guest_facts',
  columns: { guestId: 'text', addressesAt: 'datetime' },
  key: ['guestId'],
} as const satisfies UpsertSpec;

const SYSTEMS = {
  table: 'guest_facts',
  columns: { guestId: 'text', osAt: 'datetime', osName: 'text', osVersion: 'text' },
  key: ['guestId'],
} as const satisfies UpsertSpec;

const ADDRESSES = {
  table: 'guest_addresses',
  columns: {
    guestId: 'text',
    interfaceName: 'text',
    address: 'text',
    since: 'datetime',
    prefix: 'int',
    mac: 'text',
    until: 'datetime',
  },
  key: ['guestId', 'interfaceName', 'address', 'since'],
} as const satisfies UpsertSpec;

const BACKUPS = {
  table: 'guest_backups',
  columns: {
    providerId: 'text',
    ref: 'text',
    nativeId: 'text',
    kind: 'text',
    at: 'datetime',
    isOk: 'bool',
    bytes: 'bigint',
    volume: 'text',
  },
  key: ['providerId', 'ref', 'nativeId'],
} as const satisfies UpsertSpec;

/** For updates only: columns of the provider. */
const BACKUP_JOBS = {
  table: 'providers',
  columns: { id: 'text', backupJobs: 'json', backupJobsAt: 'datetime' },
  key: ['id'],
} as const satisfies UpsertSpec;

const CREDENTIAL = {
  table: 'providers',
  columns: { id: 'text', credentialName: 'text', credentialEndsAt: 'datetime', credentialReadAt: 'datetime' },
  key: ['id'],
} as const satisfies UpsertSpec;

const SUCCESSES: ReadonlySet<Outcome> = new Set<Outcome>(['ok', 'warning']);

interface Limits {
  askedBefore: Date;
  /** A time after it is of a clock that was ahead. */
  now: Date;
  /** Logs of older backups are not read. */
  backupsSince: Date;
  maxBackups: number;
}

/** What systems inside guests told, and what became of backups: beside the history. */
export class InnerRepository {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async loadKnown(providerId: string, { askedBefore, now, backupsSince, maxBackups }: Limits): Promise<KnownInner> {
    const { reader, provider } = this.#connection;
    const running = new Where(provider)
      .is('g."providerId"', '=', providerId)
      .is('g."presence"', '=', 'present')
      .is('g."status"', '=', 'running');
    const guestSql = `SELECT g."id", g."kind", g."nativeId", g."node", f."osAt" FROM "guests" g
      LEFT JOIN "guest_facts" f ON f."guestId" = g."id" ${running.sql}
      AND (f."askedAt" IS NULL OR f."askedAt" < ${running.parameter(askedBefore)} OR f."askedAt" > ${running.parameter(now)})
      ORDER BY f."askedAt" IS NOT NULL, f."askedAt", g."id"`;
    const guests = await reader.list({ sql: guestSql, values: running.values, noun: 'guest' }, (row) => ({
      guestId: row.text('id'),
      kind: row.word('kind', GUEST_KINDS),
      nativeId: row.text('nativeId'),
      node: row.text('node'),
      osAt: row.timeOrNull('osAt'),
    }));
    const backup = new Where(provider)
      .is('t."providerId"', '=', providerId)
      .is('t."source"', '=', 'task')
      .is('t."verb"', '=', 'backup')
      .is('t."at"', '>=', backupsSince);
    const backupSql = `SELECT t."ref", t."place", t."at", t."endedAt", t."outcome", t."target" FROM "audit_records" t
      ${backup.sql} AND t."endedAt" IS NOT NULL AND t."place" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "guest_backups" b
        WHERE b."providerId" = t."providerId" AND b."ref" = t."ref")
      ORDER BY t."at" DESC, t."ref" LIMIT ${maxBackups}`;
    const query = { sql: backupSql, values: backup.values, noun: 'task', key: ['ref'] };
    const backups = await reader.list(query, (row) => ({
      ref: row.text('ref'),
      node: row.text('place'),
      at: row.time('at'),
      endedAt: row.time('endedAt'),
      isOk: SUCCESSES.has(row.word('outcome', OUTCOMES)),
      nativeId: row.textOrNull('target') || null,
    }));
    const own = new Where(provider).is('"id"', '=', providerId);
    const asked = {
      sql: `SELECT "id", "backupJobsAt", "credentialReadAt" FROM "providers" ${own.sql}`,
      values: own.values,
      noun: 'provider',
    };
    const times = await reader.find(asked, (row) => ({
      backupJobsAt: row.timeOrNull('backupJobsAt'),
      credentialReadAt: row.timeOrNull('credentialReadAt'),
    }));
    return { guests, backups, backupJobsAt: null, credentialReadAt: null, ...times };
  }

  /** The addresses that some guests have, or had until after a time. */
  async listSpans(guestIds: readonly string[], endedAfter: Date): Promise<AddressSpan[]> {
    if (guestIds.length === 0) return [];
    const { reader, provider } = this.#connection;
    const where = new Where(provider).among('a."guestId"', guestIds);
    where.also(`(a."until" IS NULL OR a."until" > ${where.parameter(endedAfter)})`);
    const sql = `SELECT ${SPAN_COLUMNS} FROM "guest_addresses" a ${where.sql}`;
    return reader.list({ sql, values: where.values, noun: 'address of guest', key: ['guestId'] }, toSpan);
  }

  /** Those that guests told last, by guest. */
  async currentAddresses(): Promise<ReadonlyMap<string, readonly GuestAddress[]>> {
    return listAddresses(this.#connection.reader, {});
  }

  async apply(plan: InnerPlan, at: Date): Promise<void> {
    const { providerId, asked, read, systems, addresses, backups, backupJobs, credential } = plan;
    const { writer, provider } = this.#connection;
    await writer.transaction(async (tx) => {
      const bulk = new BulkWriter(tx, provider);
      await bulk.upsert(ASKED, asked);
      await bulk.update(READ, read);
      await bulk.update(SYSTEMS, systems);
      await bulk.upsert(
        ADDRESSES,
        addresses.map(({ guestId, interfaceName, address, since, prefix, mac, until }) => ({
          guestId,
          interfaceName,
          address,
          since,
          prefix,
          mac,
          until,
        })),
      );
      await bulk.upsert(
        BACKUPS,
        backups.map((backup) => ({ providerId, ...backup })),
      );
      if (backupJobs !== null) {
        const { jobs, readAt } = backupJobs;
        await bulk.update(BACKUP_JOBS, [{ id: providerId, backupJobs: jobs, backupJobsAt: readAt }]);
      }
      if (credential !== null) {
        const { name: credentialName, endsAt: credentialEndsAt, readAt: credentialReadAt } = credential;
        await bulk.update(CREDENTIAL, [{ id: providerId, credentialName, credentialEndsAt, credentialReadAt }]);
      }
      const backedUp = await guestsOf(tx, provider, plan);
      const told = [...systems, ...addresses].map(({ guestId }) => guestId);
      await stampGuests(tx, provider, { guestIds: [...told, ...backedUp], at });
    });
  }
}

/** Of which the plan has backups. */
async function guestsOf(
  tx: SqlTransaction,
  database: DatabaseProvider,
  { providerId, backups }: Pick<InnerPlan, 'providerId' | 'backups'>,
): Promise<string[]> {
  const nativeIds = backups.map(({ nativeId }) => nativeId).filter((nativeId) => nativeId !== '');
  if (nativeIds.length === 0) return [];
  const sql = `SELECT "id" FROM "guests" WHERE "providerId" = ${placeholder(database, 1)}
    AND "nativeId" IN (${textListSql(database, 2)}) AND "presence" <> 'gone'`;
  return tx.list({ sql, values: [providerId, bulkJson(nativeIds)], noun: 'guest' }, (row) => row.text('id'));
}
