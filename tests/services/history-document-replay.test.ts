import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Document } from '../../src/types/document.ts';
import { applyPatch, diffDocuments, rewind, sameValue, undoPatch } from '../../src/types/document-replay.ts';

const documents: fc.Arbitrary<Document> = fc.dictionary(
  fc.constantFrom('name', 'memory', 'net0.bridge', 'tags', 'onboot', '__proto__', 'constructor'),
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 })),
);

import { describeMismatches } from '../../src/services/history/replayed-document.ts';

describe('a patch', () => {
  it('turns one document into another and back', () => {
    fc.assert(
      fc.property(documents, documents, (before, after) => {
        const patch = diffDocuments(before, after);
        expect({ ...applyPatch(before, patch) }).toEqual({ ...after });
        expect({ ...undoPatch(after, patch) }).toEqual({ ...before });
      }),
    );
  });

  it('of equal documents is empty, whatever the order of their fields', () => {
    expect(diffDocuments({ a: 1, tags: ['x', 'y'] }, { tags: ['x', 'y'], a: 1 })).toEqual([]);
  });

  it('lists every field that differs, sorted by path', () => {
    expect(diffDocuments({ b: 1, c: ['x'], d: 2 }, { a: true, c: ['y'], d: 2 })).toEqual([
      ['a', null, true],
      ['b', 1, null],
      ['c', ['x'], ['y']],
    ]);
  });

  it('tells of fields that were not what it says', () => {
    expect(describeMismatches({ memory: 512 }, [['memory', 1024, 2048]])).toEqual([
      'says that memory was 1024, and the changes before it say 512',
    ]);
  });
});

describe('sameValue', () => {
  it.each([
    [1, 1, true],
    [1, '1', false],
    [true, 1, false],
    [null, null, true],
    [['a'], ['a'], true],
    [['a'], ['a', 'b'], false],
    [['a'], 'a', false],
    [null, [], false],
  ])('%j and %j: %j', (a, b, same) => {
    expect(sameValue(a, b)).toBe(same);
  });
});

describe('going back', () => {
  it('undoes the newest change first', () => {
    const past = rewind(new Map([['g', { memory: 3 }]]), [
      { resourceId: 'g', kind: 'changed', patch: [['memory', 2, 3]] },
      { resourceId: 'g', kind: 'changed', patch: [['memory', 1, 2]] },
    ]);
    expect(past.get('g')).toEqual({ memory: 1 });
  });

  it('finds nothing before a creation and everything before a removal', () => {
    const created = { resourceId: 'g', kind: 'created', patch: [['memory', null, 1]] } as const;
    const removed = { resourceId: 'g', kind: 'removed', patch: [['memory', 1, null]] } as const;
    expect(rewind(new Map([['g', { memory: 1 }]]), [created]).get('g')).toBeNull();
    expect(rewind(new Map([['g', null]]), [removed]).get('g')).toEqual({ memory: 1 });
  });

  it('gives no answer across a change whose patch was dropped, until a removal or creation says it all', () => {
    const pruned = { resourceId: 'g', kind: 'changed', patch: null } as const;
    const states = new Map([['g', { memory: 3 }]]);
    const older = { resourceId: 'g', kind: 'changed', patch: [['memory', 1, 2]] } as const;
    expect(rewind(states, [pruned, older]).get('g')).toBe('pruned');
    expect(rewind(states, [pruned, { resourceId: 'g', kind: 'created', patch: [] }]).get('g')).toBeNull();
    expect(
      rewind(states, [pruned, { resourceId: 'g', kind: 'removed', patch: [['memory', 7, null]] }]).get('g'),
    ).toEqual({ memory: 7 });
  });

  it('leaves resources alone that nothing happened to', () => {
    const states = new Map([
      ['a', { memory: 1 }],
      ['b', null],
    ]);
    expect(rewind(states, [])).toEqual(states);
  });
});
