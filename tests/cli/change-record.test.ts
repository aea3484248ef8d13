import { describe, expect, it } from '@jest/globals';
import {
  actorOrWindow,
  actorText,
  byTime,
  changeText,
  resourceRef,
  resourceText,
} from '../../src/cli/changes/change-record.ts';
import { formatClock, formatLocal } from '../../src/cli/output/format.ts';
import { toChangeRecords } from '../../src/types/change-record.ts';
import type { Attribution, Change } from '../../src/types/history.ts';

const observedAt = new Date(2026, 10, 21, 10, 5, 4);
const notBefore = new Date(2026, 10, 21, 10, 0, 5);

function change(fields: Partial<Change>, attribution: Partial<Attribution> = {}): Change {
  return {
    rev: 2,
    seq: 0,
    runId: 'run',
    observedAt,
    explainedAt: null,
    providerId: 'p',
    providerName: 'lab',
    resourceType: 'guest',
    resourceKind: 'qemu',
    resourceId: 'id',
    vmid: 105,
    name: 'web',
    kind: 'changed',
    event: null,
    patch: [['memory', 512, 768]],
    isPruned: false,
    attribution: {
      actor: null,
      token: null,
      source: 'none',
      via: null,
      ref: null,
      confidence: 'none',
      effectiveAt: null,
      notBefore,
      ...attribution,
    },
    ...fields,
  };
}

const created = [
  ['node', null, 'pve1'],
  ['status', null, 'running'],
  ['memory', null, 512],
] as const;
const removed = [
  ['node', 'pve1', null],
  ['memory', 512, null],
] as const;

describe('a change in words', () => {
  it.each<[string, Partial<Change>, Partial<Attribution>, string[]]>([
    [
      'of fields',
      {
        patch: [
          ['memory', 512, 768],
          ['tags', null, ['a']],
        ],
      },
      {},
      ['memory 512 → 768 MiB', 'tags (none) → a'],
    ],
    ['with a name', { event: 'migrated', patch: [['node', 'pve1', 'pve2']] }, {}, ['migrated: node pve1 → pve2']],
    ['with a longer name', { event: 'rolled-back', patch: [['cores', 1, 2]] }, {}, ['rolled back: cores 1 → 2']],
    ['that is a creation', { kind: 'created', patch: created }, {}, ['created on pve1, running']],
    [
      'that is a first sight',
      { kind: 'created', patch: created },
      { notBefore: null },
      ['first seen on pve1, running'],
    ],
    ['that is a clone', { kind: 'created', event: 'cloned', patch: created }, {}, ['cloned on pve1, running']],
    ['that is a removal', { kind: 'removed', patch: removed }, {}, ['removed from pve1']],
    ['of a storage', { kind: 'created', patch: [['type', null, 'nfs']] }, {}, ['created']],
    ['without details', { kind: 'removed', patch: [], isPruned: true }, {}, ['removed (details pruned)']],
    ['without fields', { event: 'restored', patch: [] }, {}, ['restored']],
  ])('%s', (_name, fields, attribution, expected) => {
    expect(toChangeRecords(change(fields, attribution)).map(changeText)).toEqual(expected);
  });

  it('has one record for each field that was asked for, of creations too', () => {
    expect(toChangeRecords(change({ kind: 'created', patch: created }), ['MEM*', 'node']).map(changeText)).toEqual([
      'node (none) → pve1',
      'memory (none) → 512 MiB',
    ]);
  });

  it('keeps the whole document of what came and of what went', () => {
    expect(toChangeRecords(change({ kind: 'created', patch: created }))).toMatchObject([
      { path: null, before: null, after: { node: 'pve1', status: 'running', memory: 512 } },
    ]);
    expect(toChangeRecords(change({ kind: 'removed', patch: removed }))).toMatchObject([
      { before: { node: 'pve1', memory: 512 }, after: null },
    ]);
  });
});

describe('who made it', () => {
  const text = (attribution: Partial<Attribution>) => toChangeRecords(change({}, attribution)).map(actorText);

  it('is a user, with the token', () => {
    expect(text({ actor: 'admin@pve' })).toEqual(['admin@pve']);
    expect(text({ actor: 'admin@pve', token: 'deploy' })).toEqual(['admin@pve!deploy']);
  });

  it('is unknown, and in wide between which two times', () => {
    const wide = (attribution: Partial<Attribution>) => toChangeRecords(change({}, attribution)).map(actorOrWindow);
    expect(text({})).toEqual(['unknown']);
    expect(wide({ actor: 'admin@pve' })).toEqual(['admin@pve']);
    expect(wide({})).toEqual(['unknown, between 10:00:05 and 10:05:04']);
    expect(wide({ notBefore: null })).toEqual([`unknown, before ${formatClock(observedAt)}`]);
    const yesterday = new Date(2026, 10, 20, 10, 0, 5);
    expect(wide({ notBefore: yesterday })).toEqual([
      `unknown, between ${formatLocal(yesterday)} and ${formatLocal(observedAt)}`,
    ]);
  });
});

it('nobody made what a first run finds', () => {
  expect(toChangeRecords(change({ kind: 'created', patch: created }, { notBefore: null })).map(actorText)).toEqual([
    '',
  ]);
});

describe('in time order', () => {
  const at = (minutes: number) => new Date(2026, 10, 21, 10, minutes);
  const one = (rev: number, resourceId: string, effectiveAt: Date | null) =>
    toChangeRecords(
      change({ rev, resourceId, observedAt: at(10 * rev) }, { effectiveAt, notBefore: at(10 * rev - 10) }),
    );
  const revs = (records: ReturnType<typeof one>) => byTime(records).map(({ rev, resourceId }) => `${rev}${resourceId}`);

  it('are changes of several resources and runs by when they happened', () => {
    expect(revs([...one(1, 'a', null), ...one(1, 'b', at(3)), ...one(2, 'c', at(12)), ...one(2, 'd', at(11))])).toEqual(
      ['1b', '1a', '2d', '2c'],
    );
  });

  it('are those of one run, of one resource too', () => {
    const seqs = byTime([...one(1, 'a', null), ...one(1, 'a', at(3))].map((record, seq) => ({ ...record, seq })));
    expect(seqs.map(({ seq }) => seq)).toEqual([1, 0]);
  });

  it('are those of one resource as they were recorded, whatever the server says', () => {
    expect(
      revs([...one(1, 'a', null), ...one(2, 'a', new Date(at(10).getTime() - 5000)), ...one(1, 'b', at(1))]),
    ).toEqual(['1b', '1a', '2a']);
  });
});

describe('what it is about', () => {
  it.each<[Partial<Change>, string, string]>([
    [{}, 'lab/105', 'lab/105 web'],
    [{ name: null }, 'lab/105', 'lab/105'],
    [{ vmid: null, name: 'pve2', resourceKind: 'node' }, 'lab/pve2', 'lab/pve2 (node)'],
    [{ vmid: null, name: null, resourceKind: 'storage' }, 'lab/id', 'lab/id (storage)'],
  ])('%j', (fields, ref, words) => {
    const [record] = toChangeRecords(change(fields));
    if (!record) throw new Error('a change has a record');
    expect([resourceRef(record), resourceText(record)]).toEqual([ref, words]);
  });
});
