import type { Inventory } from '../../src/services/exports/export-format.ts';
import { documentAddresses } from '../../src/types/addresses.ts';
import type { GuestRow } from '../../src/types/inventory.ts';

const AT = new Date('2026-11-21T10:00:00.000Z');
let ids = 100;

/** A virtual machine that runs; `ip`: its address. */
export function guestRow({ ip, ...over }: Partial<GuestRow> & { ip?: string } = {}): GuestRow {
  const vmid = over.vmid ?? ids++;
  return {
    id: `g${vmid}`,
    providerId: 'p',
    providerName: 'lab',
    kind: 'qemu',
    nativeId: String(vmid),
    vmid,
    node: 'pve1',
    name: `vm${vmid}`,
    status: 'running',
    qmpstatus: null,
    isTemplate: false,
    tags: [],
    pool: null,
    lock: null,
    cpus: 2,
    memoryBytes: 1024 ** 3,
    diskBytes: null,
    bootDiskBytes: null,
    osType: 'l26',
    document: {},
    addresses: ip === undefined ? [] : documentAddresses({ 'ipconfig0.ip': ip }),
    addressesAt: null,
    addressesIssue: null,
    backupJobs: null,
    os: null,
    lastBackup: null,
    identity: {},
    presence: 'present',
    presenceReason: null,
    unobservableSince: null,
    firstSeenAt: AT,
    lastSeenAt: AT,
    goneAt: null,
    telemetry: null,
    isStale: false,
    ...over,
  };
}

export function inventoryOf(
  guests: readonly GuestRow[],
  problems: readonly string[] = [],
  more: Partial<Inventory> = {},
): Inventory {
  return {
    guests,
    problems,
    madeAt: AT,
    nodes: [],
    storages: [],
    servers: new Set(),
    actions: [],
    begin: null,
    lifecycle: null,
    ...more,
  };
}

/** Names that mean something to what reads an export; each has an address of its own. */
export const HOSTILE_NAMES: readonly string[] = [
  'web\nHost *\n    ProxyCommand touch /tmp/pwned',
  'ProxyCommand touch /tmp/pwned',
  'Match exec "touch /tmp/pwned"',
  '-oProxyCommand=touch',
  '%h',
  '*',
  '!web ?',
  '$(touch /tmp/pwned)',
  "{{ lookup('pipe', 'touch /tmp/pwned') }}",
  '{% for x in y %}{# #}',
  '=1+1',
  "=cmd|'/C calc'!A0",
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  'a;=1+1',
  'a,"b";c',
  'localhost',
  '10.0.0.99',
  'github.com',
  'tag_prod',
  'all',
  '',
  'Zoë Ünïcode 東京 👩‍💻',
  'turned \u202e around \u0000 \u001b[2J',
  '_x000D_',
  'yes',
  '0777',
  '1:20',
  'null',
  'a: b #c',
  '__ansible_unsafe',
  'x;"=HYPERLINK(1);y',
  'x; "" @1',
];

export function hostileGuests(): GuestRow[] {
  return HOSTILE_NAMES.map((name, index) =>
    guestRow({ vmid: 1000 + index, name, tags: [name, 'prod'], pool: name, node: name, ip: `10.1.0.${index + 1}/24` }),
  );
}
