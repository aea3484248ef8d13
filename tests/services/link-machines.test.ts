import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { linkMachines, type Machine } from '../../src/services/inventory/link-machines.ts';

const UUID = '4c4c4544-0046-3610-8052-b4c04f4c4e32';
/** The same bytes, the first three groups the other way round. */
const SWAPPED = '44454c4c-4600-1036-8052-b4c04f4c4e32';
const OTHER = '00112233-4455-6677-8899-aabbccddeeff';
const MAC = '00:16:3E:01:02:03';

function machine(id: string, given: Partial<Machine> = {}): Machine {
  return { id, isPresent: true, uuid: null, macs: [], names: [], addresses: [], ...given };
}

function links(computers: readonly Machine[], guests: readonly Machine[]): string[] {
  return linkMachines(computers, guests).map(({ computer, guest, by }) => `${computer.id}=${guest.id} ${by}`);
}

describe('a computer and a guest are one machine', () => {
  it.each([
    ['by their UUID', { uuid: UUID }, { uuid: UUID }, ['c=g uuid']],
    ['by their UUID in the other byte order', { uuid: UUID }, { uuid: SWAPPED }, ['c=g uuid']],
    ['by one of their MAC addresses', { macs: ['00:00:5E:00:53:01', MAC] }, { macs: [MAC] }, ['c=g mac']],
    [
      'by name and address',
      { names: ['web'], addresses: ['192.0.2.1'] },
      { names: ['web'], addresses: ['192.0.2.1', '10.0.0.1'] },
      ['c=g name-and-address'],
    ],
    ['not by a name alone', { names: ['web'], addresses: ['192.0.2.1'] }, { names: ['web'], addresses: [] }, []],
    [
      'not by an address alone',
      { names: ['web'], addresses: ['192.0.2.1'] },
      { names: ['db'], addresses: ['192.0.2.1'] },
      [],
    ],
    ['not by other UUIDs', { uuid: UUID }, { uuid: OTHER }, []],
    ['not by a MAC address where UUIDs differ', { uuid: UUID, macs: [MAC] }, { uuid: OTHER, macs: [MAC] }, []],
    [
      'by a MAC address where UUIDs are the same in the other byte order',
      { uuid: UUID, macs: [MAC] },
      { uuid: SWAPPED, macs: [MAC] },
      ['c=g uuid'],
    ],
  ])('%s', (_how, computer, guest, expected) => {
    expect(links([machine('c', computer)], [machine('g', guest)])).toEqual(expected);
  });

  it('is not guessed where several guests have the UUID, as clones may', () => {
    expect(
      links([machine('c', { uuid: UUID })], [machine('g', { uuid: UUID }), machine('h', { uuid: SWAPPED })]),
    ).toEqual([]);
  });

  it('is found by the MAC address where clones share a UUID', () => {
    const guests = [
      machine('g', { uuid: UUID, macs: [MAC] }),
      machine('h', { uuid: UUID, macs: ['00:16:3E:0A:0B:0C'] }),
    ];
    expect(links([machine('c', { uuid: UUID, macs: [MAC] })], guests)).toEqual(['c=g mac']);
  });

  it('is not guessed where the UUID says another thing than the MAC address', () => {
    const guests = [machine('g', { uuid: UUID }), machine('h', { macs: [MAC] })];
    expect(links([machine('c', { uuid: UUID, macs: [MAC] })], guests)).toEqual([]);
  });

  it('is the one with its UUID, where another machine has a copy of its MAC address', () => {
    const guests = [machine('g', { uuid: UUID }), machine('h', { uuid: OTHER, macs: [MAC] })];
    expect(links([machine('c', { uuid: UUID, macs: [MAC] })], guests)).toEqual(['c=g uuid']);
  });

  it('is not guessed where name and address agree, and UUIDs or MAC addresses do not', () => {
    const same = { names: ['web'], addresses: ['192.0.2.1'] };
    expect(links([machine('c', { ...same, uuid: UUID })], [machine('g', { ...same, uuid: OTHER })])).toEqual([]);
    expect(
      links([machine('c', { ...same, macs: [MAC] })], [machine('g', { ...same, macs: ['00:16:3E:0A:0B:0C'] })]),
    ).toEqual([]);
  });

  it('is the computer that still reports, where the machine was installed anew', () => {
    const old = machine('old', { uuid: UUID, macs: [MAC], isPresent: false });
    const anew = machine('new', { uuid: UUID, macs: [MAC] });
    const guest = machine('g', { uuid: UUID, macs: [MAC] });
    expect(links([old, anew], [guest])).toEqual(['new=g uuid']);
    expect(links([old], [guest])).toEqual(['old=g uuid']);
    expect(links([{ ...old, isPresent: true }, anew], [guest])).toEqual([]);
  });
});

it('links each entry once at most, whatever they share, and whatever their order is', () => {
  const some = (values: readonly string[]) => fc.subarray([...values]);
  const one = fc.record({
    isPresent: fc.boolean(),
    uuid: fc.constantFrom(null, UUID, SWAPPED, OTHER),
    macs: some([MAC, '00:16:3E:0A:0B:0C']),
    names: some(['web', 'db']),
    addresses: some(['192.0.2.1', '192.0.2.2']),
  });
  const side = (letter: string) =>
    fc.array(one, { maxLength: 4 }).map((all) => all.map((given, at) => ({ ...given, id: `${letter}${at}` })));
  fc.assert(
    fc.property(side('c'), side('g'), (computers, guests) => {
      const found = linkMachines(computers, guests);
      const ids = found.flatMap(({ computer, guest }) => [computer.id, guest.id]);
      expect(new Set(ids).size).toBe(ids.length);
      expect(links(computers.toReversed(), guests.toReversed()).toSorted()).toEqual(
        links(computers, guests).toSorted(),
      );
    }),
  );
});
