import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Connection, openDatabase } from '../../src/repositories/database.ts';
import { canonicalJson, changeDigest } from '../../src/repositories/hash-chain.ts';
import { SyncRepository } from '../../src/repositories/sync-repository.ts';
import type { PatchEntry, Value } from '../../src/types/document.ts';
import type { PlannedChange } from '../../src/types/history.ts';
import { recomputeChain } from '../helpers/chain.ts';
import { at, CONFIG, change, plan } from '../helpers/plans.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();

describe('canonicalJson', () => {
  it('sorts keys at every depth and leaves arrays alone', () => {
    expect(canonicalJson({ b: [2, { z: 1, a: null }], a: 'x' })).toBe('{"a":"x","b":[2,{"a":null,"z":1}]}');
  });

  it('says the same of any order of the keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
      }),
    );
  });
});

describe('changeDigest', () => {
  it('is that of the fields in their order, as JSON', () => {
    expect(changeDigest(change('g1'))).toBe('148397012deb9064f52f4f15510444abb788bdf30bdb8304ce11a7dd95d1e373');
  });

  it('differs as soon as anything of the change does', () => {
    const base = change('g1');
    const others: PlannedChange[] = [
      change('g2'),
      { ...base, resourceType: 'node' },
      { ...base, kind: 'removed' },
      { ...base, event: 'migrated' },
      { ...base, patch: [['memory', 2048, '4096']] },
      { ...base, attribution: { ...base.attribution, actor: 'bob@pve' } },
      { ...base, attribution: { ...base.attribution, token: 'x' } },
      { ...base, attribution: { ...base.attribution, source: 'task' } },
      { ...base, attribution: { ...base.attribution, via: null } },
      { ...base, attribution: { ...base.attribution, ref: null } },
      { ...base, attribution: { ...base.attribution, confidence: 'likely' } },
      { ...base, attribution: { ...base.attribution, effectiveAt: null } },
      { ...base, attribution: { ...base.attribution, notBefore: null } },
    ];
    expect(new Set([base, ...others].map(changeDigest)).size).toBe(others.length + 1);
  });
});

const VALUE: fc.Arbitrary<Value> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  fc.array(fc.string()),
);
const ENTRY: fc.Arbitrary<PatchEntry> = fc.tuple(fc.string(), fc.option<Value>(VALUE), fc.option<Value>(VALUE));
const CHANGE: fc.Arbitrary<PlannedChange> = fc.record({
  resourceType: fc.constantFrom('guest', 'node', 'storage'),
  resourceId: fc.string({ unit: 'grapheme-ascii', minLength: 1 }),
  kind: fc.constantFrom('created', 'changed', 'removed'),
  event: fc.constantFrom(null, 'migrated', 'restored'),
  patch: fc.array(ENTRY),
  attribution: fc.record({
    actor: fc.option(fc.string({ unit: 'binary' })),
    token: fc.option(fc.string()),
    source: fc.constantFrom('task', 'log', 'none'),
    via: fc.option(fc.string()),
    ref: fc.option(fc.string()),
    confidence: fc.constantFrom('exact', 'likely', 'none'),
    effectiveAt: fc.option(fc.date({ min: at(0), max: at(1e6), noInvalidDate: true })),
    notBefore: fc.option(fc.date({ min: at(0), max: at(1e6), noInvalidDate: true })),
  }),
});

describe('the chain', () => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await openDatabase(await databaseAt(path.join(dir, 'chain.db')));
  });
  afterAll(() => connection.close());

  it('verifies after any history', async () => {
    const repository = new SyncRepository(connection);
    const { id } = await repository.ensureProvider(CONFIG, at(0));
    let run = 0;
    const history = fc.array(CHANGE, { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(history, async (changes) => {
        run += 1;
        await repository.apply(plan(id, { run: { id: `r${run}`, finishedAt: at(run % 7) }, changes }));
      }),
      { numRuns: 60 },
    );
    const hash = await recomputeChain(connection);
    expect(await connection.db.meta.findMany()).toMatchObject([
      { lastHash: hash, rev: await connection.db.revision.count() },
    ]);
    // And it is not true by itself.
    const mallory = `REPLACE("text", '"task"', '"job"')`;
    await connection.db.$executeRawUnsafe(`UPDATE "texts" SET "text" = ${mallory} WHERE "text" LIKE '[%'`);
    await expect(recomputeChain(connection)).rejects.toThrow(/changesDigest/);
  });
});
