import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { GuestKind, HostState } from '../../types/guest.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { machinesOf, reachableAddresses, referenceOf } from './guest-values.ts';
import { visibleText } from './visible-text.ts';

/** What carries it is ours, and nothing else is changed. */
export const OWN_TAG = 'rollcall';

/** Objects as the REST API of NetBox 4.1 and later takes them; what they refer to is named by `of`. */
export interface NetboxPayload {
  tags: readonly { name: string; slug: string }[];
  clusterTypes: readonly { name: string; slug: string }[];
  clusters: readonly { name: string; type: string }[];
  machines: readonly NetboxMachine[];
  interfaces: readonly { machine: string; name: string }[];
  /** `address` has a prefix: `10.0.0.5/24`. */
  addresses: readonly { machine: string; interface: string; address: string }[];
  warnings: readonly string[];
}

export interface NetboxMachine {
  /** The guest's id: it is the same for as long as the guest is, whatever it is called. */
  serial: string;
  cluster: string;
  name: string;
  fields: Readonly<Record<string, string | number>>;
  /** Slugs. */
  tags: readonly string[];
}

const STATUS: Readonly<Record<HostState, string | null>> = {
  running: 'active',
  stopped: 'offline',
  suspended: 'offline',
  unknown: null,
};
const TYPES: Readonly<Record<GuestKind, { name: string; slug: string }>> = {
  qemu: { name: 'Proxmox VE', slug: 'proxmox-ve' },
  lxc: { name: 'Proxmox VE', slug: 'proxmox-ve' },
  vm: { name: 'VMware vSphere', slug: 'vmware-vsphere' },
};
const MIB = 2 ** 20;
const MOST_LETTERS = 64;

/** Pure. Templates are no machines. */
export function netboxPayload(all: readonly GuestRow[]): NetboxPayload {
  const guests = machinesOf(all);
  const names = machineNames(guests);
  const tags = new Map([[OWN_TAG, { name: OWN_TAG, slug: OWN_TAG }]]);
  for (const tag of guests.flatMap((guest) => guest.tags))
    tags.set(tagSlug(tag), { name: cut(`${OWN_TAG}/${visibleText(tag)}`, 90), slug: tagSlug(tag) });
  const clusters = new Map(
    guests.map(({ providerName, kind }) => [providerName, { name: providerName, type: TYPES[kind].slug }]),
  );
  const types = new Map(guests.map(({ kind }) => [TYPES[kind].slug, TYPES[kind]]));
  const found = addressesOf(guests);
  const interfaces = new Map(
    found.addresses.map((one) => [
      JSON.stringify([one.machine, one.interface]),
      { machine: one.machine, name: one.interface },
    ]),
  );
  return {
    tags: uniqueNames([...tags.values()]),
    clusterTypes: [...types.values()],
    clusters: [...clusters.values()],
    machines: guests.map((guest) => machineOf(guest, names.get(guest.id) ?? guest.id)),
    interfaces: [...interfaces.values()],
    ...found,
  };
}

function machineOf(guest: GuestRow, name: string): NetboxMachine {
  const { id, providerName, status, cpus, memoryBytes, diskBytes, tags } = guest;
  const fields = {
    status: STATUS[status],
    vcpus: cpus === null || cpus < 0.01 ? null : Number(cpus.toFixed(2)),
    memory: memoryBytes === null ? null : Math.round(memoryBytes / MIB),
    disk: diskBytes === null ? null : Math.round(diskBytes / MIB),
    description: cut(`Rollcall ${visibleText(referenceOf(guest))}`, 200),
  };
  return {
    serial: id,
    cluster: providerName,
    name,
    // What is not known is left as it is.
    fields: Object.fromEntries(
      Object.entries(fields).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
    ),
    tags: [OWN_TAG, ...new Set(tags.map(tagSlug))].sort(),
  };
}

/** At most 64 characters, unique in a cluster whatever the case. Source: netbox/virtualization/models/virtualmachines.py. */
function machineNames(guests: readonly GuestRow[]): ReadonlyMap<string, string> {
  const plain = guests.map((guest) => cut(visibleText(guest.name ?? '').trim() || referenceOf(guest), MOST_LETTERS));
  const key = ({ providerName }: GuestRow, name: string): string => JSON.stringify([providerName, name.toLowerCase()]);
  const counts = new Map<string, number>();
  guests.forEach((guest, index) => {
    const own = key(guest, plain[index] ?? '');
    counts.set(own, (counts.get(own) ?? 0) + 1);
  });
  return new Map(
    guests.map((guest, index) => {
      const name = plain[index] ?? '';
      return [guest.id, counts.get(key(guest, name)) === 1 ? name : endWith(name, ` (${guest.id})`)];
    }),
  );
}

/** Each address once: NetBox keeps addresses unique. The first guest that has one keeps it. */
function addressesOf(guests: readonly GuestRow[]): Pick<NetboxPayload, 'addresses' | 'warnings'> {
  const owners = new Map<string, GuestRow>();
  const warnings: string[] = [];
  const addresses = guests.flatMap((guest) =>
    reachableAddresses(guest).flatMap((text) => {
      const host = canonical(text);
      const owner = owners.get(host);
      if (owner !== undefined) {
        if (owner !== guest)
          warnings.push(`${referenceOf(guest)} has ${host}, which ${referenceOf(owner)} has too: left out`);
        return [];
      }
      owners.set(host, guest);
      const told = guest.addresses.find(({ address }) => address === text);
      const prefix = told?.prefix ?? (isIPv6(host) ? 128 : 32);
      const name = cut(visibleText(told?.interface ?? '').trim() || 'unknown', MOST_LETTERS);
      return [{ machine: guest.id, interface: name, address: `${host}/${prefix}` }];
    }),
  );
  return { addresses, warnings };
}

/** As NetBox writes it: IPv6 in lower case and short. */
function canonical(address: string): string {
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

/** `rollcall-prod`. Of two tags that would have the same one, each has its own. */
function tagSlug(tag: string): string {
  const plain = tag
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .slice(0, 60);
  return `${OWN_TAG}-${plain === tag ? plain : `${plain}-${createHash('sha256').update(tag).digest('hex').slice(0, 8)}`}`;
}

function uniqueNames(tags: readonly { name: string; slug: string }[]): { name: string; slug: string }[] {
  const seen = new Set<string>();
  return tags.map(({ name, slug }) => {
    const own = seen.has(name.toLowerCase()) ? slug : name;
    seen.add(own.toLowerCase());
    return { name: own, slug };
  });
}

/** The name in front of this end, in 64 characters. */
export function endWith(name: string, end: string): string {
  return `${cut(name, MOST_LETTERS - end.length)}${end}`;
}

function cut(text: string, most: number): string {
  return text.length <= most
    ? text
    : text
        .slice(0, most)
        .replace(/\p{Cs}$/u, '')
        .trimEnd();
}
