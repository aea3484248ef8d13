import { canonicalUuid } from '../../types/firmware-uuid.ts';
import type { LinkEvidence } from '../../types/machine-link.ts';

/** What tells which machine an entry of the inventory is. */
export interface Machine {
  id: string;
  isPresent: boolean;
  /** Lower case; null: none is known. */
  uuid: string | null;
  /** Upper case. */
  macs: readonly string[];
  /** Without domains, lower case. */
  names: readonly string[];
  addresses: readonly string[];
}

export interface FoundLink {
  computer: Machine;
  guest: Machine;
  by: LinkEvidence;
}

type Side = 'computer' | 'guest';

/**
 * Pairs of a computer that reports of itself and a guest that a platform tells of, which are one machine: by the UUID of the firmware or
 * a MAC address that nothing else on either side has, else by a name together with an address. Evidence that fits several, or that
 * contradicts itself, links nothing. MAC addresses are copied: where the UUIDs differ, one says nothing. Of several computers, one that
 * reports is preferred to those that do not any more: a machine that was installed anew leaves its old entry behind. Pure; takes linear
 * time.
 */
export function linkMachines(computers: readonly Machine[], guests: readonly Machine[]): FoundLink[] {
  const exact = [
    ...pairsBy('uuid', uuidKeys, computers, guests),
    ...pairsBy('mac', ({ macs }) => macs, computers, guests),
  ];
  const certain = unambiguous(exact.filter(({ computer, guest }) => !hasOtherUuid(computer, guest)));
  const touched = new Set(exact.flatMap(({ computer, guest }) => [computer.id, guest.id]));
  const isOpen = ({ id }: Machine): boolean => !touched.has(id);
  const likely = pairsBy('name-and-address', namedAddresses, computers, guests).filter(
    ({ computer, guest }) => isOpen(computer) && isOpen(guest) && !isContradicted(computer, guest),
  );
  return [...certain, ...unambiguous(likely)];
}

/** Pairs that share a key which one entry of each side has. */
function pairsBy(
  by: LinkEvidence,
  keysOf: (machine: Machine) => readonly string[],
  computers: readonly Machine[],
  guests: readonly Machine[],
): FoundLink[] {
  const ofComputers = indexBy(computers, keysOf);
  const ofGuests = indexBy(guests, keysOf);
  return [...ofComputers].flatMap(([key, holders]) => {
    const computer = onlyOne(holders, 'computer');
    const guest = onlyOne(ofGuests.get(key) ?? [], 'guest');
    return computer === null || guest === null ? [] : [{ computer, guest, by }];
  });
}

function indexBy(
  machines: readonly Machine[],
  keysOf: (machine: Machine) => readonly string[],
): ReadonlyMap<string, readonly Machine[]> {
  const index = new Map<string, Machine[]>();
  for (const machine of machines) {
    for (const key of new Set(keysOf(machine))) {
      const holders = index.get(key);
      if (holders === undefined) index.set(key, [machine]);
      else holders.push(machine);
    }
  }
  return index;
}

function onlyOne(holders: readonly Machine[], side: Side): Machine | null {
  const present = side === 'computer' && holders.length > 1 ? holders.filter(({ isPresent }) => isPresent) : holders;
  return present.length === 1 ? (present[0] ?? null) : null;
}

/** Without those whose computer or guest fits another one as well. Of equal pairs the first evidence counts. */
function unambiguous(links: readonly FoundLink[]): FoundLink[] {
  const distinct = new Map<string, FoundLink>();
  for (const link of links) {
    const key = `${link.computer.id} ${link.guest.id}`;
    if (!distinct.has(key)) distinct.set(key, link);
  }
  const pairs = [...distinct.values()];
  const counts = new Map<string, number>();
  for (const { computer, guest } of pairs) {
    for (const { id } of [computer, guest]) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return pairs.filter(({ computer, guest }) => counts.get(computer.id) === 1 && counts.get(guest.id) === 1);
}

function uuidKeys({ uuid }: Machine): readonly string[] {
  return uuid === null ? [] : [canonicalUuid(uuid)];
}

function namedAddresses({ names, addresses }: Machine): readonly string[] {
  return names.flatMap((name) => addresses.map((address) => `${name} ${address}`));
}

/** Both sides know what the machine is, and say different things. */
function isContradicted(one: Machine, other: Machine): boolean {
  if (hasOtherUuid(one, other)) return true;
  return one.macs.length > 0 && other.macs.length > 0 && !one.macs.some((mac) => other.macs.includes(mac));
}

function hasOtherUuid(one: Machine, other: Machine): boolean {
  return one.uuid !== null && other.uuid !== null && canonicalUuid(one.uuid) !== canonicalUuid(other.uuid);
}
