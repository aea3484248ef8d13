import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { changeIdSql, encodeChange } from '../../src/repositories/history/change-codec.ts';
import { decodeLabel, encodeLabel, joinRef } from '../../src/repositories/history/change-label.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import type { PlannedChange } from '../../src/types/history.ts';
import { at, CONFIG, change, plan } from '../helpers/plans.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { storedChanges } from '../helpers/stored-history.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
const UPID = 'UPID:pve1:0000C350:00A1B2C3:674F1A2B:qmstart:100:anna@pve!ci:';

function withRef(ref: string | null): PlannedChange {
  const { attribution, ...rest } = change('g1');
  return { ...rest, attribution: { ...attribution, ref } };
}

describe('a ref', () => {
  it.each([
    [UPID, '0000C350:00A1B2C3:674F1A2B', 100],
    // A process that was started more than 497 days after its node.
    ['UPID:pve1:0000C350:1A1B2C3D4:674F1A2B:vzdump:100:root@pam:', '0000C350:1A1B2C3D4:674F1A2B', 100],
    ['UPID:pve1:0000C350:00A1B2C3:674F1A2B:vzdump::root@pam:', expect.any(String), null],
    ['UPID:pve1:0000C350:00A1B2C3:674F1A2B:imgcopy:local/a:root@pam:', expect.any(String), null],
    ['UPID:pve1:0000C350:00A1B2C3:674F1A2B:qmstart:0100:root@pam:', expect.any(String), null],
    ['pve1/T2Ho8k+4twZVl17GFJSb7w', 'T2Ho8k+4twZVl17GFJSb7w', null],
    ['pve1/+w/HPbgGi9wxGlMFaUnHcw', '+w/HPbgGi9wxGlMFaUnHcw', null],
    ['something else', 'something else', null],
    ['/', '/', null],
    ['', '', null],
    [null, null, null],
  ])('%j is put together again', (whole, ref, refId) => {
    const encoded = encodeLabel(withRef(whole));
    expect(encoded).toMatchObject({ ref, refId });
    const label = decodeLabel(encoded.text);
    expect(label && joinRef(label, encoded.ref, encoded.refId)).toBe(whole);
  });

  it('leaves one label for all guests that one user starts on a node', () => {
    const other = UPID.replace('0000C350', '0000C351').replace(':100:', ':101:');
    expect(encodeLabel(withRef(other)).text).toBe(encodeLabel(withRef(UPID)).text);
  });
});

describe('a label', () => {
  it.each([
    '',
    '[',
    '{}',
    '[]',
    '["guest","changed",null,null,null,"none",null,"none","",""]',
    '["guest","changed",null,null,null,"none",null,"sure","","",""]',
    '["guest","changed",1,null,null,"none",null,"none","","",""]',
  ])('is not %j', (text) => {
    expect(decodeLabel(text)).toBeNull();
  });
});

describe('a change', () => {
  it('has an id that tells its revision and its place', () => {
    expect(changeIdSql(12, 3)).toBe('12000003');
    expect(() => changeIdSql(1, 1_000_000)).toThrow(RangeError);
    expect(() => changeIdSql(2 ** 40)).toThrow(RangeError);
  });

  it('leaves its patch to the snapshot where that says the same', () => {
    const document = { memory: 1, name: 'a', tags: ['x'] };
    const patch = [
      ['memory', null, 1],
      ['name', null, 'a'],
      ['tags', null, ['x']],
    ] as const;
    const revision = { rev: 1, seq: 0, at: at(1), document };
    const created = change('g1', { kind: 'created', patch });
    expect(encodeChange(created, revision).patch).toBeNull();
    expect(encodeChange(created, { ...revision, document: undefined }).patch).not.toBeNull();
    expect(encodeChange(created, { ...revision, document: { ...document, memory: 2 } }).patch).not.toBeNull();
    expect(encodeChange({ ...created, kind: 'changed' }, revision).patch).not.toBeNull();
    expect(encodeChange({ ...created, patch: patch.toReversed() }, revision).patch).not.toBeNull();
  });
});

describe('changes that were stored', () => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await openDatabase(await databaseAt(path.join(dir, 'codec.db')));
  });
  afterAll(() => connection.close());

  it('come back as they were, creations and removals from their snapshots', async () => {
    const repository = new SyncRepository(connection);
    const { id } = await repository.ensureProvider(CONFIG, at(0));
    const document = { memory: 1, name: 'a' };
    const created = change('g1', {
      kind: 'created',
      patch: [
        ['memory', null, 1],
        ['name', null, 'a'],
      ],
    });
    const removed = change('g2', {
      kind: 'removed',
      patch: [
        ['memory', 1, null],
        ['name', 'a', null],
      ],
    });
    const task = { ...withRef(UPID), patch: [['tags', ['a', 'b'], null] as const] };
    const nothing = { effectiveAt: null, notBefore: null, actor: null, via: null, ref: null };
    const unknown = change('g3', { attribution: { ...created.attribution, ...nothing, confidence: 'none' } });
    const changes = [created, removed, task, unknown];
    await repository.apply(
      plan(id, {
        changes,
        snapshots: [
          { resourceType: 'guest', resourceId: 'g1', reason: 'created', document },
          { resourceType: 'guest', resourceId: 'g2', reason: 'removed', document },
        ],
      }),
    );
    expect(await storedChanges(connection)).toEqual(
      changes.map((each, seq) => ({ ...each, rev: 1, seq, isPruned: false, digest: null })),
    );
    const whole = await connection.db.change.findMany({ select: { patch: true }, orderBy: { id: 'asc' } });
    expect(whole.map(({ patch }) => patch)).toEqual([null, null, '["tags",["a","b"],null]', '["memory",2048,4096]']);
  });
});
