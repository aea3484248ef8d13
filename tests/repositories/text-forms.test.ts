import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJson } from '../../src/api/json.ts';
import { rules } from '../../src/providers/proxmox/rules/rules.ts';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { verifyHistory } from '../../src/services/history/verify.ts';
import { planSync } from '../../src/services/sync/plan-sync.ts';
import type { Document } from '../../src/types/document.ts';
import type { DatabaseProvider } from '../../src/types/migration.ts';
import { CONFIG } from '../helpers/plans.ts';
import { postgres } from '../helpers/postgres.ts';
import { storedChanges } from '../helpers/stored-history.ts';
import { minute, observe, vm } from '../helpers/sync-state.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
const server = postgres();
const SEED = Number(process.env['ROLLCALL_PROPERTY_SEED'] ?? 11);
const MEGABYTE = 2 ** 20;

/** Any UTF-16, whole or not: every control character, NUL and halves of pairs among it. */
const anyText = fc
  .array(fc.oneof(fc.integer({ max: 0xffff }), fc.integer({ max: 0x20 }), fc.integer({ min: 0xd7f0, max: 0xe00f })), {
    maxLength: 12,
  })
  .map((units) => String.fromCharCode(...units));

/** A text as the client gives it, after a server sent it. */
function received(text: string): string {
  const decoded = parseJson(JSON.stringify([text])) as [string];
  return decoded[0];
}

describe.each<DatabaseProvider>(['sqlite', 'postgresql'])('texts of a server, stored in %s', (database) => {
  let connection: Connection;
  let sync: SyncRepository;
  let minutes = 0;
  let ids = 0;

  beforeAll(async () => {
    connection = await openDatabase(database === 'sqlite' ? `file:${path.join(dir, 'texts.db')}` : server.url);
    sync = new SyncRepository(connection);
  });
  afterAll(() => connection.close());

  /** How many guests a run over this document changed. */
  async function run(texts: readonly string[]): Promise<number> {
    const { id } = await sync.ensureProvider(CONFIG, minute(0));
    const at = (minutes += 1);
    const base = vm(100);
    const own = texts.map((text, index): [string, Document[string]] => [
      `text${index}`,
      index % 2 === 0 ? text : [text, 'z'].sort(),
    ]);
    const document = Object.fromEntries([...Object.entries(base.document), ...own]);
    const { plan } = planSync(await sync.loadKnown(id), observe(at, { guests: [{ ...base, document }] }), {
      runId: `run-${at}`,
      trigger: 'manual',
      rules,
      acceptRemovals: true,
      probes: new Map(),
      newId: () => `id-${(ids += 1)}`,
      finishedAt: minute(at),
    });
    await sync.apply(plan);
    return plan.changes.length;
  }

  async function isKept(texts: readonly string[]): Promise<void> {
    const form = texts.map(received);
    await run(form);
    expect(await run(texts.map(received))).toBe(0);
  }

  it('are compared and kept in one form, whatever they hold', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyText, { minLength: 4, maxLength: 4 }), isKept), {
      seed: SEED,
      numRuns: 40,
    });
    await isKept([`${'x\0'.repeat(MEGABYTE / 2)}`, '\ud800', '\0', `\udc00${'é'.repeat(MEGABYTE)}`]);
    expect((await verifyHistory(new AuditRepository(connection))).problems).toEqual([]);
  }, 120_000);

  it('are told as they were, change by change', async () => {
    await run(['a', 'b', 'c', 'd'].map(received));
    await run(['a\0b', '\u0001\u001f\u007f\u0085', 'Größe 🚀 ␀', '\ud83d'].map(received));
    const last = (await storedChanges(connection)).at(-1);
    const told = Object.fromEntries((last?.patch ?? []).map(([key, , after]) => [key, after]));
    expect(told).toMatchObject({
      text0: 'a\u2400b',
      text1: ['\u0001\u001f\u007f\u0085', 'z'],
      text2: 'Größe 🚀 ␀',
      text3: ['z', '\ufffd'],
    });
  });

  it('that version 0.1 stored with a NUL in the change and U+FFFD in the document are no tampering', async () => {
    await run(['1', '2', '3', '4']);
    await run(['a\ufffdb', '2', '3', '4']);
    await run(['c\ufffdd', '2', '3', '4']);
    // The hash was made of the stored form then as now.
    await connection.db.$executeRawUnsafe(
      `UPDATE "changes" SET "patch" = replace("patch", '\ufffd', '\\u0000') WHERE "patch" LIKE '%c\ufffdd%'`,
    );
    expect((await verifyHistory(new AuditRepository(connection))).problems).toEqual([]);
    await connection.db.$executeRawUnsafe(
      `UPDATE "changes" SET "patch" = replace("patch", 'c\\u0000d', 'c\\u0000e') WHERE "patch" LIKE '%u0000d%'`,
    );
    expect((await verifyHistory(new AuditRepository(connection))).problems).not.toEqual([]);
  });
});
