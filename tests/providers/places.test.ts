import { describe, expect, it } from '@jest/globals';
import { type AreaRead, observePlaces } from '../../src/providers/cloud/areas.ts';
import { areasId, cloudRules } from '../../src/providers/cloud/rules.ts';
import { AppError } from '../../src/types/errors.ts';
import type { Observation } from '../../src/types/observation.ts';

const rules = cloudRules({
  words: { id: 'id', guests: 'instances', nodes: 'regions', destroyed: 'terminated' },
  events: { requests: new Set(), isSetting: () => true, followsPower: () => false },
  isOnItsWay: () => false,
});
const THROTTLED = new AppError('server', 'too many requests');

function area(name: string, part: Partial<AreaRead> = {}): AreaRead {
  return { name, failure: null, doubts: new Map(), places: null, ...part };
}

function doubtOf(node: string, areas: readonly AreaRead[], knownNodes: readonly string[] = [node]): string | null {
  const { nodes, scopes } = observePlaces({
    areas,
    guestNodes: [],
    knownNodes,
    noun: 'account',
    documentOf: () => ({}),
  });
  const seen = { nodes, scopes } as unknown as Observation;
  return rules.doubtAbsence({ nativeId: 'i-1', node, identity: {}, document: {} }, seen);
}

describe('an instance that is missing', () => {
  it('counts where its place told of everything', () => {
    expect(doubtOf('111/eu', [area('111')])).toBeNull();
    expect(doubtOf('111/eu', [area('111', { places: new Set(['eu']) })])).toBeNull();
  });

  it.each([
    ['its account could not be read', [area('111', { failure: THROTTLED })], 'could not be read'],
    ['its account is not among those to read', [area('222')], 'account 111 was not asked'],
    ['its place was throttled', [area('111', { doubts: new Map([['eu', THROTTLED]]) })], 'too many requests'],
    ['its place is switched off', [area('111', { places: new Set(['us']) })], 'eu of account 111 was not asked'],
  ])('does not count where %s', (_, areas, reason) => {
    expect(doubtOf('111/eu', areas)).toContain(reason);
  });

  it('does not count where nothing is known of its place', () => {
    expect(doubtOf('111/eu', [area('111')], [])).toBe('111/eu was not asked');
  });
});

describe('an instance that is missing while the list has some without an id', () => {
  const { nodes, scopes } = observePlaces({
    areas: [area('111')],
    guestNodes: [],
    knownNodes: ['111/eu'],
    noun: 'account',
    documentOf: () => ({}),
  });
  const guest = { nativeId: 'i-1', node: '111/eu', identity: { handle: '/vm/web' }, document: { name: 'web' } };
  const reason = 'has no VM id yet';

  it.each([
    ['one of them is at its address', { handle: '/vm/web', name: 'other' }, false],
    ['one of them has its name', { handle: '/other/web', name: 'web' }, false],
    ['they have other addresses and names', { handle: '/vm/db', name: 'db' }, true],
  ])('where %s', (_, one, counts) => {
    const seen = { nodes, scopes, unidentified: [{ ...one, reason }] } as unknown as Observation;
    expect(rules.doubtAbsence(guest, seen)).toBe(counts ? null : `it is listed, but ${reason}`);
  });
});

describe('the identity of what is read', () => {
  const identity = (ids: readonly string[]) => ({
    clusterName: 'x',
    nodeNames: [],
    rootCa: null,
    certificates: [],
    systemId: areasId('accounts', ids),
  });

  it.each([
    [['1'], ['1'], 'same'],
    [['1', '2'], ['2', '3'], 'same'],
    [['1', '2'], ['3'], 'other'],
    [['1'], ['11'], 'other'],
  ] as const)('of %j and %j is %s', (one, other, expected) => {
    expect(rules.compareIdentity(identity(one), identity(other))).toBe(expected);
  });
});
