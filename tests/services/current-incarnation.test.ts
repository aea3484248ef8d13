import { expect, it } from '@jest/globals';
import { currentIncarnation } from '../../src/services/imports/current-incarnation.ts';

const gone = (id: string) => ({ id, presence: 'gone' as const });
const present = (id: string) => ({ id, presence: 'present' as const });

it.each([
  ['a guest that is there is itself, whatever was restored from it', present('a'), { a: [present('b')] }, 'a'],
  ['a guest that was moved is where it was moved to', gone('a'), { a: [present('b')] }, 'b'],
  ['twice', gone('a'), { a: [gone('b')], b: [present('c')] }, 'c'],
  ['out of sight there', gone('a'), { a: [{ id: 'b', presence: 'unobservable' as const }] }, 'b'],
  ['and gone from there too: the last one', gone('a'), { a: [gone('b')] }, 'b'],
  ['nobody knows which of several is meant', gone('a'), { a: [present('b'), present('c')] }, 'a'],
  ['a guest without successors', gone('a'), {}, 'a'],
])('%s', (_, guest, successors, id) => {
  expect(currentIncarnation(guest, new Map(Object.entries(successors)), new Set()).id).toBe(id);
});

it('leaves a guest with a mark of its own, and what became of it, to that mark', () => {
  const successors = new Map([
    ['a', [gone('b')]],
    ['b', [present('c')]],
  ]);
  const marked = new Set(['a', 'b']);
  expect(currentIncarnation(gone('a'), successors, marked).id).toBe('a');
  expect(currentIncarnation(gone('b'), successors, marked).id).toBe('c');
});

it('ends where damaged rows name each other', () => {
  expect(
    currentIncarnation(
      gone('a'),
      new Map([
        ['a', [gone('b')]],
        ['b', [gone('a')]],
      ]),
      new Set(),
    ).presence,
  ).toBe('gone');
});
