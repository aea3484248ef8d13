import { describe, expect, it } from '@jest/globals';
import type { ComparedGuest } from '../../src/services/reconcile/compared-guest.ts';
import { toCompared } from '../../src/services/reconcile/compared-guest.ts';
import { type Matching, matchRecords } from '../../src/services/reconcile/match-records.ts';
import { identityDigest } from '../../src/services/reconcile/record-identity.ts';
import type { PanelLink, PanelRecord } from '../../src/types/panel.ts';
import { guestRow } from '../exports/guests.ts';

const UUID = '4c4c4544-0046-3610-8052-b4c04f4c4e32';
/** The same bytes, the first three groups the other way round. */
const SWAPPED = '44454c4c-4600-1036-8052-b4c04f4c4e32';
const OTHER = '00112233-4455-6677-8899-aabbccddeeff';
const MAC = '00:16:3E:01:02:03';

interface Told {
  uuid?: string;
  macs?: readonly string[];
  name?: string;
  provider?: string;
  vmid?: number;
  ip?: string;
}

function guest(id: string, { uuid, macs = [], provider = 'prod', ...told }: Told = {}): ComparedGuest {
  const identity = { ...(uuid !== undefined && { uuid }), macs };
  return toCompared({ ...guestRow({ vmid: 100, name: 'web', ...told }), id, providerName: provider, identity });
}

function record(over: Partial<PanelRecord>): PanelRecord {
  const machine = { provider: null, nativeId: null, uuid: null, macs: [], addresses: [], name: null };
  const sold = { owner: null, state: null, cores: null, memoryBytes: null, diskBytes: null, package: null };
  return { id: 'r1', ...machine, ...sold, isBilled: null, ...over };
}

interface Given {
  live?: readonly ComparedGuest[];
  gone?: readonly ComparedGuest[];
  outOfScope?: readonly string[];
  links?: readonly PanelLink[];
  movedTo?: ReadonlyMap<string, string>;
}

function match(records: readonly PanelRecord[], given: Given): Matching {
  const { live = [], gone = [], outOfScope = [], links = [], movedTo = new Map<string, string>() } = given;
  const inScope = new Set(live.map(({ id }) => id).filter((id) => !outOfScope.includes(id)));
  return matchRecords(records, { live, inScope, gone, movedTo }, new Map(links.map((link) => [link.recordId, link])));
}

/** `r1=g uuid`, `r1 gone g`, `r1 unknown`, `r1 duplicate g,h uuid`. */
function told(records: readonly PanelRecord[], given: Given): string[] {
  const { matches, gone, unknown, duplicates, ambiguous } = match(records, given);
  const many = (what: string, all: Matching['ambiguous']) =>
    all.map((one) => `${one.record.id} ${what} ${one.guests.map(({ id }) => id).join()} ${one.by}`);
  return [
    ...matches.map((one) => `${one.record.id}=${one.guest.id} ${one.by}`),
    ...gone.map((one) => `${one.record.id} gone ${one.guest.id}`),
    ...unknown.map(({ id }) => `${id} unknown`),
    ...many('duplicate', duplicates),
    ...many('ambiguous', ambiguous),
  ].toSorted();
}

function linkTo(guestId: string, of: PanelRecord, by: PanelLink['by'] = 'provider-id'): PanelLink {
  const made = { since: new Date(0), linkedBy: null, owner: null };
  return { panelId: 'p', recordId: of.id, guestId, by, digest: identityDigest(of, by), ...made };
}

describe('a record is a guest', () => {
  it.each<[string, Partial<PanelRecord>, Told, string[]]>([
    ['by the id of the platform', { nativeId: '100' }, {}, ['r1=g provider-id']],
    ['by the id and the provider', { provider: 'prod', nativeId: '100' }, {}, ['r1=g provider-id']],
    ['not by the id in another provider', { provider: 'dev', nativeId: '100' }, {}, ['r1 unknown']],
    ['by the UUID in either byte order', { uuid: SWAPPED }, { uuid: UUID }, ['r1=g uuid']],
    ['by a MAC address', { macs: ['00:00:5E:00:53:01', MAC] }, { macs: [MAC] }, ['r1=g mac']],
    ['by an address', { addresses: ['192.0.2.1'] }, { ip: '192.0.2.1' }, ['r1=g address']],
    ['by its name without regard to case', { name: 'WEB' }, {}, ['r1=g name']],
    [
      'not by a MAC address where UUIDs differ',
      { uuid: OTHER, macs: [MAC] },
      { uuid: UUID, macs: [MAC] },
      ['r1 unknown'],
    ],
    [
      'not by an address where UUIDs differ',
      { uuid: OTHER, addresses: ['192.0.2.1'] },
      { uuid: UUID, ip: '192.0.2.1' },
      ['r1 unknown'],
    ],
    [
      'not by an address where MAC addresses differ',
      { macs: ['00:00:5E:00:53:01'], addresses: ['192.0.2.1'] },
      { macs: [MAC], ip: '192.0.2.1' },
      ['r1 unknown'],
    ],
    ['not by a name where the id is another one', { nativeId: '101', name: 'web' }, {}, ['r1 unknown']],
    ['not by a name in another provider', { provider: 'dev', name: 'web' }, {}, ['r1 unknown']],
    [
      'by the id although the UUID differs: that is a finding',
      { nativeId: '100', uuid: OTHER },
      { uuid: UUID },
      ['r1=g provider-id'],
    ],
    ['not by nothing', {}, {}, ['r1 unknown']],
  ])('%s', (_how, said, is, expected) => {
    expect(told([record(said)], { live: [guest('g', is)] })).toEqual(expected);
  });

  it('outside the guests that the panel is about only by what means one machine anywhere', () => {
    const given = { live: [guest('g', { uuid: UUID })], outOfScope: ['g'] };
    expect(told([record({ uuid: UUID })], given)).toEqual(['r1=g uuid']);
    expect(told([record({ provider: 'prod', nativeId: '100' })], given)).toEqual(['r1=g provider-id']);
    expect(told([record({ nativeId: '100' })], given)).toEqual(['r1 unknown']);
    expect(told([record({ name: 'web' })], given)).toEqual(['r1 unknown']);
  });
});

describe('what several guests or records fit', () => {
  const twins = [guest('g', { uuid: UUID, macs: [MAC] }), guest('h', { uuid: UUID, vmid: 101, name: 'db' })];

  it('is a duplicate where they have one UUID, unless weaker evidence tells them apart; a name does not', () => {
    expect(told([record({ uuid: UUID })], { live: twins })).toEqual(['r1 duplicate g,h uuid']);
    expect(told([record({ uuid: UUID, macs: [MAC] })], { live: twins })).toEqual(['r1=g mac']);
    expect(told([record({ uuid: UUID, name: 'db' })], { live: twins })).toEqual(['r1 duplicate g,h uuid']);
  });

  it('is ambiguous where a vmid is in several clusters, a name is not alone, or id and UUID are of different guests', () => {
    const clusters = [guest('g', { uuid: UUID }), guest('h', { uuid: OTHER, provider: 'dev' })];
    expect(told([record({ nativeId: '100' })], { live: clusters })).toEqual(['r1 ambiguous g,h provider-id']);
    expect(told([record({ nativeId: '100', uuid: OTHER })], { live: clusters })).toEqual(['r1=h uuid']);
    expect(told([record({ name: 'web' })], { live: clusters })).toEqual(['r1 ambiguous g,h name']);
    const mixed = [guest('g', { uuid: UUID }), guest('h', { uuid: OTHER, vmid: 101 })];
    expect(told([record({ nativeId: '100', uuid: OTHER })], { live: mixed })).toEqual(['r1 ambiguous g,h provider-id']);
  });

  it('goes to the better evidence, and is ambiguous among equals that are weak', () => {
    const live = [guest('g', { ip: '192.0.2.1' })];
    const by = (id: string, over: Partial<PanelRecord>) => record({ id, ...over });
    const address = by('a', { addresses: ['192.0.2.1'] });
    expect(told([by('n', { name: 'web' }), address], { live })).toEqual(['a=g address', 'n unknown']);
    expect(told([address, by('b', { addresses: ['192.0.2.1'] })], { live })).toEqual([
      'a ambiguous g address',
      'b ambiguous g address',
    ]);
    expect(told([address, by('s', { nativeId: '100' })], { live })).toEqual(['a unknown', 's=g provider-id']);
    expect(told([by('s', { nativeId: '100' }), by('t', { nativeId: '100' })], { live })).toEqual([
      's=g provider-id',
      't=g provider-id',
    ]);
  });

  it('is not what a panel has ended while another record is it', () => {
    const live = [guest('g')];
    const ended = record({ id: 'old', nativeId: '100', state: 'terminated' });
    expect(told([ended, record({ nativeId: '100' })], { live })).toEqual(['old unknown', 'r1=g provider-id']);
    expect(told([ended], { live })).toEqual(['old=g provider-id']);
  });
});

describe('a record of a machine that is gone', () => {
  const gone = [{ ...guest('old', { uuid: UUID }), presence: 'gone' as const, goneAt: new Date(0) }];
  const live = [guest('new', { uuid: OTHER, ip: '192.0.2.1' })];

  it('stays with it, whatever has its id by now', () => {
    const linked = record({ nativeId: '100' });
    expect(told([linked], { live, gone, links: [linkTo('old', linked)] })).toEqual(['r1 gone old']);
    expect(told([record({ nativeId: '100', uuid: UUID })], { live, gone })).toEqual(['r1 gone old']);
    expect(told([record({ uuid: UUID, addresses: ['192.0.2.1'] })], { live, gone })).toEqual(['r1 gone old']);
  });

  it('is matched anew once it says something else of its machine, and not because its name changed', () => {
    const before = record({ nativeId: '100' });
    const links = [linkTo('old', before)];
    expect(told([record({ nativeId: '100', uuid: OTHER })], { live, gone, links })).toEqual(['r1=new provider-id']);
    expect(told([record({ nativeId: '100', name: 'renamed' })], { live, gone, links })).toEqual(['r1 gone old']);
  });

  it('follows a machine that was moved, and what a person says', () => {
    const linked = record({ nativeId: '100' });
    const links = [linkTo('old', linked)];
    expect(told([linked], { live, gone, links, movedTo: new Map([['old', 'new']]) })).toEqual(['r1=new provider-id']);
    const said = [linkTo('new', linked, 'person')];
    expect(told([record({ nativeId: '999', uuid: UUID })], { live, gone, links: said })).toEqual(['r1=new person']);
  });

  it('is that of the account book by its incarnation alone', () => {
    expect(told([record({ nativeId: '100', guestId: 'old' })], { live, gone })).toEqual(['r1 gone old']);
  });
});
