import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { verifyHistory } from '../../src/services/history/verify.ts';
import type { AuditRecord } from '../../src/types/audit-record.ts';
import type { AttributionSource, PlannedChange } from '../../src/types/history.ts';
import type { DatabaseProvider } from '../../src/types/migration.ts';
import { at, CONFIG, change, guest, plan, task } from '../helpers/plans.ts';
import { postgres } from '../helpers/postgres.ts';
import { eventRecord, logLine } from '../helpers/records.ts';
import { storedRevisions } from '../helpers/stored-history.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
const server = postgres();

const ROLLBACK = 'UPID:pve1:00001234:1:2:qmrollback:100:alice@pve!cli:';
const START = 'UPID:pve1:00001235:1:2:qmstart:100:root@pam:';

/** One record for each revision after the first, and the digest that the version before this kind of record made of it. */
const RECORDED: readonly { record: AuditRecord; source: AttributionSource; digest: string; open?: number[] }[] = [
  {
    record: task(ROLLBACK, {
      verb: 'rollback',
      native: 'qmrollback',
      credential: 'cli',
      outcome: 'warning',
      text: 'WARNINGS: 1',
    }),
    source: 'task',
    digest: 'VNYsDQffQ77A9eKjFlRYl9wMqTXgCNPxpKeeYWhY-U0',
  },
  {
    record: logLine({
      ref: 'pve1/17',
      at: at(0.5),
      verb: 'configure',
      credential: 'cli',
      pid: 7,
      text: 'update VM 100: -memory 4096',
    }),
    source: 'log',
    digest: 'X1ufdvik8Y13MKxJSoDMFmnsCPjedfNIC0phb3sOFMA',
  },
  {
    record: eventRecord({
      ref: 'event/0000000017',
      at: at(0.75),
      verb: 'configure',
      targetName: 'web',
      place: 'esx1',
      actor: 'EXAMPLE\\alice',
      sets: { memory: 2 },
      touches: ['cores'],
    }),
    source: 'event',
    digest: 'LzZVJzQuoiritGOA_XGLQ75jjJ0WIDa1rt9u3c-F5Cw',
  },
  {
    record: task(START, { verb: 'start', actor: 'root@pam', endedAt: null, outcome: 'running', text: null }),
    source: 'ha',
    digest: 'W4hDctjJ2j1if-i_4Arb8db1qvVBZzUzoyb9vCGSTHM',
    open: [0],
  },
];

function explained(source: AttributionSource, ref: string | null): PlannedChange {
  return change('web', {
    patch: [],
    event: 'rolled-back',
    attribution: { ...change('').attribution, source, ref },
  });
}

async function writeStory(connection: Connection): Promise<void> {
  const repository = new SyncRepository(connection);
  const { id } = await repository.ensureProvider(CONFIG, at(0));
  const web = guest('web', 100, {});
  const created = Object.entries(web.document).map(([name, value]) => [name, null, value] as const);
  await repository.apply(
    plan(id, {
      run: { id: 'r1', finishedAt: at(1) },
      guests: [web],
      changes: [{ ...explained('none', null), kind: 'created', event: null, patch: created }],
      snapshots: [{ resourceType: 'guest', resourceId: 'web', reason: 'created', document: web.document }],
    }),
  );
  for (const [index, { record, source }] of RECORDED.entries()) {
    const run = { id: `r${index + 2}`, finishedAt: at(index + 2) };
    await repository.apply(plan(id, { run, changes: [explained(source, record.ref)], records: [record] }));
  }
}

/** The tables as they were before, with the same rows. */
const OLD_TABLES: Readonly<Record<DatabaseProvider, { date: string; json: string }>> = {
  sqlite: { date: 'DATETIME', json: 'JSONB' },
  postgresql: { date: 'TIMESTAMPTZ(3)', json: 'JSONB' },
};
const OWNER = '"providerId" TEXT NOT NULL REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE';

function downgradeSql(provider: DatabaseProvider): string[] {
  const { date, json } = OLD_TABLES[provider];
  const primaryKey = 'CONSTRAINT "audit_records_pkey" PRIMARY KEY ("providerId", "ref")';
  const part = (from: number) =>
    provider === 'sqlite' ? `SUBSTR("ref", INSTR("ref", '/') + ${from})` : `SPLIT_PART("ref", '/', ${from + 1})`;
  return [
    `CREATE TABLE "tasks" (${OWNER}, "upid" TEXT NOT NULL, "node" TEXT NOT NULL, "type" TEXT NOT NULL, "targetId" TEXT NOT NULL,
      "vmid" INTEGER, "user" TEXT NOT NULL, "token" TEXT, "startedAt" ${date} NOT NULL, "endedAt" ${date}, "state" TEXT NOT NULL,
      "exitStatus" TEXT, PRIMARY KEY ("providerId", "upid"))`,
    `INSERT INTO "tasks" SELECT "providerId", "ref", "place", "native", "target", 100, "actor", "credential", "at", "endedAt",
      "outcome", "text" FROM "audit_records" WHERE "source" = 'task'`,
    `CREATE TABLE "log_entries" (${OWNER}, "node" TEXT NOT NULL, "uid" TEXT NOT NULL, "at" ${date} NOT NULL, "user" TEXT NOT NULL,
      "token" TEXT, "tag" TEXT NOT NULL, "pid" INTEGER, "message" TEXT NOT NULL, PRIMARY KEY ("providerId", "node", "at", "uid"))`,
    `INSERT INTO "log_entries" SELECT "providerId", "place", ${part(1)}, "at", "actor", "credential", "native", "pid", "text"
      FROM "audit_records" WHERE "source" = 'log'`,
    `CREATE TABLE "old_records" (${OWNER}, "ref" TEXT NOT NULL, "verb" TEXT NOT NULL, "native" TEXT NOT NULL, "target" TEXT,
      "targetName" TEXT, "place" TEXT, "actor" TEXT, "credential" TEXT, "at" ${date} NOT NULL, "outcome" TEXT NOT NULL,
      "sets" ${json}, "touches" ${json})`,
    `INSERT INTO "old_records" SELECT "providerId", "ref", "verb", "native", "target", "targetName", "place", "actor", "credential",
      "at", "outcome", "sets", "touches" FROM "audit_records" WHERE "source" = 'event'`,
    'DROP TABLE "audit_records"',
    'ALTER TABLE "old_records" RENAME TO "audit_records"',
    ...(provider === 'sqlite' ? [] : [`ALTER TABLE "audit_records" ADD ${primaryKey}`]),
    'CREATE INDEX "audit_records_providerId_at_idx" ON "audit_records"("providerId", "at")',
    `DELETE FROM "_prisma_migrations" WHERE "migration_name" LIKE '%one_kind_of_record'`,
  ];
}

/** In an order that depends on no collation. */
async function recordsOf({ db }: Connection) {
  return (await db.auditRecord.findMany()).toSorted((a, b) => a.ref.localeCompare(b.ref, 'en'));
}

describe.each<DatabaseProvider>(['sqlite', 'postgresql'])('records of one kind on %s', (provider) => {
  it('are made of the tables of earlier versions, with every digest as it was', async () => {
    const url = provider === 'sqlite' ? `file:${path.join(dir, 'old.db')}` : server.url;
    const before = await openDatabase(url);
    await writeStory(before);
    const revisions = await storedRevisions(before);
    const records = await recordsOf(before);
    for (const sql of downgradeSql(provider)) await before.db.$executeRawUnsafe(sql);
    await before.close();

    const after = await openDatabase(url);
    expect(await recordsOf(after)).toEqual(records);
    expect(await storedRevisions(after)).toEqual(revisions);
    expect(revisions.slice(1).map(({ detail }) => detail)).toEqual(
      RECORDED.map(({ digest, open }) => (open === undefined ? [digest] : [digest, open])),
    );
    expect((await verifyHistory(new AuditRepository(after))).problems).toEqual([]);
    await after.close();
  });
});
