import { createHash } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import {
  bodyDigest,
  canonicalJson,
  changeDigest,
  firstChangeDigest,
  patchDigest,
  revisionHash,
  stateDigest,
} from '../../src/repositories/history/hash-chain.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
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

/** As a change that is not the last one of its resource in its revision. */
function digest(planned: PlannedChange): string {
  return changeDigest(planned, bodyDigest({ patch: patchDigest(planned.patch), state: '' }));
}

describe('digests of a change', () => {
  it('are of format 1 that of its fields in their order, as JSON: databases of version 0.1 have it', () => {
    expect(firstChangeDigest(change('g1'))).toBe('148397012deb9064f52f4f15510444abb788bdf30bdb8304ce11a7dd95d1e373');
  });

  it('are of format 2 that of its labels and its body, so that the patch can be dropped', () => {
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const times = '"2026-01-01T00:00:00.500Z","2026-01-01T00:00:00.000Z"';
    const labels = `2,"guest","g1","changed",null,"alice@pve",null,"log","update VM","pve1/17","exact",${times}`;
    const body = sha256(sha256('[["memory",2048,4096]]') + sha256('{"memory":4096,"name":"web"}'));
    const parts = { patch: patchDigest(change('g1').patch), state: stateDigest({ name: 'web', memory: 4096 }) };
    expect(changeDigest(change('g1'), bodyDigest(parts))).toBe(sha256(`[${labels},"${body}"]`));
    const created = change('g1', { kind: 'created', patch: [['a', null, 1]] });
    const whole = `[${labels.replace('changed', 'created')},[["a",null,1]]]`;
    expect(changeDigest(created, created.patch)).toBe(sha256(whole));
  });

  it.each([
    ['format 1', firstChangeDigest],
    ['format 2', digest],
  ])('of %s differ as soon as anything of the change does', (_, digestOf) => {
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
    expect(new Set([base, ...others].map(digestOf)).size).toBe(others.length + 1);
  });
});

describe('stateDigest', () => {
  it('is that of the canonical JSON, whatever the order and the kind of the keys', () => {
    const key = fc.oneof(fc.string(), fc.nat(20).map(String), fc.constant('__proto__'));
    const documents = fc.dictionary(key, fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean()));
    fc.assert(
      fc.property(documents, (document) => {
        const json = createHash('sha256').update(canonicalJson(document)).digest('hex');
        expect(stateDigest(document)).toBe(json);
        expect(stateDigest(Object.fromEntries(Object.entries(document).toReversed()))).toBe(json);
      }),
    );
  });
});

describe('revisionHash', () => {
  const origin = { kind: 'sync', providerId: 'p', runId: 'r' } as const;
  const revision = { ...origin, rev: 2, at: at(0), previousHash: 'a', changesDigest: 'b' };

  it('covers the format, and neither format can be read as the other', () => {
    const hashes = ([1, 2] as const).map((format) => revisionHash({ ...revision, format }, null));
    expect(new Set(hashes).size).toBe(2);
    // Of format 1 as version 0.1 computed it.
    const json = '[2,"sync","p","r","2026-01-01T00:00:00.000Z","a","b",null]';
    expect(hashes[0]).toBe(createHash('sha256').update(json).digest('hex'));
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
    await expect(recomputeChain(connection)).rejects.toThrow(/toBe/);
  });
});
