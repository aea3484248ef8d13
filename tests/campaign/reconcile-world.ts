import type { Finding } from '../../src/types/finding.ts';
import type { GuestRow, ProviderStatus } from '../../src/types/inventory.ts';
import type { PanelRecord } from '../../src/types/panel.ts';
import { guestRow } from '../exports/guests.ts';
import type { Random } from './random.ts';

const PROVIDERS = ['alpha', 'beta', 'gamma'] as const;
const GIB = 2 ** 30;
export const PANEL = { id: 'panel', name: 'cp', type: 'file' } as const;

/** What is wrong with one server, and stays so until it is mended. */
const PLANTS = [
  'none',
  'none',
  'none',
  'none',
  'external-server',
  'orphaned-record',
  'uuid-mismatch',
  'size-mismatch',
  'state-mismatch',
  'owner-mismatch',
  'billed-twice',
  'duplicate',
  'ambiguous-match',
  'unowned',
] as const;
type Plant = (typeof PLANTS)[number];

/** The truth about one server: what it is, and what the panel says of it. */
interface Server {
  number: number;
  plant: Plant;
  /** Current incarnations; two of a duplicate. */
  guests: GuestRow[];
  records: PanelRecord[];
  /** Which it was, and that is gone. */
  gone: GuestRow[];
}

/** Servers, what a panel says of them, and what must be found: made apart from the code that is tested. */
export class RandomWorld {
  readonly servers: Server[] = [];
  readonly doubtful = new Set<string>();
  readonly moves = new Map<string, string>();
  isPanelDoubtful = false;
  #ids = 0;
  readonly #random: Random;
  readonly #now: () => Date;

  constructor(random: Random, now: () => Date, count: number) {
    this.#random = random;
    this.#now = now;
    for (let number = 0; number < count; number++) this.servers.push(this.#newServer(number));
  }

  get rows(): GuestRow[] {
    return this.servers.flatMap(({ guests, gone }) => [...gone, ...guests]);
  }

  get records(): PanelRecord[] {
    return this.#random.shuffle(this.servers.flatMap((server) => server.records));
  }

  get statuses(): ProviderStatus[] {
    return PROVIDERS.map((name) => ({ ...STATUS, providerName: name, lastListedAt: this.#now(), ...this.#run(name) }));
  }

  /** One thing happens to some servers. */
  step(): void {
    for (const server of this.servers) {
      if (this.#random.chance(0.85)) continue;
      const happens = this.#random.pick([
        'destroy',
        'reuse',
        'move',
        'restore',
        'end',
        'mend',
        'hide',
        'show',
      ] as const);
      this.#happen(server, happens);
    }
    this.doubtful.clear();
    for (const name of PROVIDERS) if (this.#random.chance(0.15)) this.doubtful.add(name);
    this.isPanelDoubtful = this.#random.chance(0.15);
  }

  /** Keys of everything that is wrong, as `kind guest record`. */
  expected(): Set<string> {
    return new Set(this.servers.flatMap((server) => this.#expectedOf(server)));
  }

  /** Whether a comparison could see whether it is so. */
  isDecidable(key: string): boolean {
    if (this.isPanelDoubtful) return false;
    const [kind = '', guestId, recordId] = key.split(' ');
    const record = this.records.find(({ id }) => id === recordId);
    if (recordId !== '-' && record === undefined) return true;
    const guest = this.rows.find(({ id }) => id === guestId);
    if (guest?.presence === 'gone') return true;
    if (guest !== undefined) return guest.presence === 'present' && !this.doubtful.has(guest.providerName);
    if (record === undefined || kind === 'duplicate' || kind === 'ambiguous-match') return true;
    return record.provider === null ? this.doubtful.size === 0 : !this.doubtful.has(record.provider);
  }

  #expectedOf({ guests, records, plant }: Server): string[] {
    const [guest] = guests;
    const [record] = records;
    if (guest === undefined) return records.map(({ id }) => `orphaned-record - ${id}`);
    if (record === undefined) return guests.flatMap((one) => [`external-server ${one.id} -`, ...unownedKeys(one)]);
    if (plant === 'duplicate' || plant === 'ambiguous-match') return [`${plant} - ${record.id}`];
    if (plant === 'billed-twice') return [`billed-twice ${guest.id} -`];
    if (plant === 'unowned') return unownedKeys(guest);
    return plant.endsWith('-mismatch') ? [`${plant} ${guest.id} ${record.id}`] : [];
  }

  #newServer(number: number): Server {
    const plant = this.#random.pick(PLANTS);
    const server: Server = { number, plant, guests: [], records: [], gone: [] };
    if (plant !== 'orphaned-record') server.guests.push(this.#guest(server));
    if (plant === 'duplicate' || plant === 'ambiguous-match') server.guests.push(this.#twin(server));
    if (plant !== 'external-server') server.records.push(...this.#records(server));
    if (plant === 'orphaned-record' && this.#random.chance(0.5)) this.#reuseBefore(server);
    return server;
  }

  #guest({ number, plant }: Pick<Server, 'number' | 'plant'>, over: Partial<GuestRow> = {}): GuestRow {
    const id = `g${++this.#ids}`;
    const providerName = this.#random.pick(PROVIDERS);
    const vmid = 1000 + this.#ids;
    return {
      ...guestRow({ ip: `10.${number % 250}.${Math.floor(number / 250)}.${1 + (this.#ids % 250)}`, vmid }),
      id,
      providerId: providerName,
      providerName,
      name: `server-${number}-${this.#ids}`,
      tags: plant === 'unowned' ? [] : [`owner-${number % 7}`],
      cpus: 2,
      memoryBytes: 4 * GIB,
      diskBytes: 40 * GIB,
      identity: { uuid: this.#uuid(), macs: [`02:00:00:00:${hex(this.#ids >> 8)}:${hex(this.#ids & 255)}`] },
      firstSeenAt: new Date(0),
      lastSeenAt: this.#now(),
      ...over,
    };
  }

  /** Its machine was gone before the first comparison, and another one has its id and its address. */
  #reuseBefore(server: Server): void {
    const guest = this.#guest(server);
    const { provider, nativeId, uuid } = {
      provider: guest.providerName,
      nativeId: guest.nativeId,
      uuid: guest.identity.uuid ?? '',
    };
    const addresses = guest.addresses.map(({ address }) => address);
    const told = this.#random.pick([{ provider, nativeId, uuid }, { uuid }]);
    server.records = server.records.map((record) => ({ ...record, name: null, macs: [], addresses, ...told }));
    this.#replace(server, guest, 'reuse');
  }

  /** Another machine that the record fits as well. */
  #twin({ guests: [guest], ...server }: Server): GuestRow {
    const twin = this.#guest(server);
    if (guest === undefined) return twin;
    return server.plant === 'duplicate'
      ? { ...twin, identity: { ...twin.identity, uuid: guest.identity.uuid ?? '' } }
      : { ...twin, name: guest.name };
  }

  #records(server: Server): PanelRecord[] {
    const { plant, number } = server;
    const guest = server.guests[0] ?? this.#guest(server);
    const told = this.#told(guest, plant);
    const record: PanelRecord = {
      id: `r${++this.#ids}`,
      provider: null,
      nativeId: null,
      uuid: null,
      macs: [],
      addresses: [],
      name: null,
      owner: plant === 'unowned' ? null : plant === 'owner-mismatch' ? 'somebody' : String(number % 7),
      state: plant === 'state-mismatch' ? 'suspended' : this.#random.pick(['running', null]),
      cores: this.#random.pick([2, null]),
      memoryBytes: plant === 'size-mismatch' ? 2 * GIB : this.#random.pick([4 * GIB, null]),
      diskBytes: this.#random.pick([40 * GIB, null]),
      package: null,
      isBilled: null,
      ...told,
    };
    if (plant !== 'billed-twice') return [record];
    return [record, { ...record, ...this.#strong(guest), id: `r${++this.#ids}` }];
  }

  /** What the record says of which machine it is: enough, and often no more. */
  #told(guest: GuestRow, plant: Plant): Partial<PanelRecord> {
    const uuid = guest.identity.uuid ?? null;
    if (plant === 'duplicate') return { uuid };
    if (plant === 'ambiguous-match') return { name: guest.name };
    if (plant === 'uuid-mismatch')
      return { provider: guest.providerName, nativeId: guest.nativeId, uuid: this.#uuid() };
    if (plant === 'billed-twice' || this.#random.chance(0.6)) return this.#strong(guest);
    return this.#random.chance(0.5)
      ? { addresses: guest.addresses.map(({ address }) => address) }
      : { name: guest.name?.toUpperCase() ?? null };
  }

  #strong(guest: GuestRow): Partial<PanelRecord> {
    const uuid = guest.identity.uuid ?? '';
    const names = { name: this.#random.pick([guest.name, null]) };
    return this.#random.pick([
      { provider: guest.providerName, nativeId: guest.nativeId, ...names },
      { nativeId: guest.nativeId, ...names },
      { uuid, ...names, addresses: guest.addresses.map(({ address }) => address) },
      { uuid: swappedUuid(uuid) },
      { macs: [guest.identity.macs?.[0] ?? ''], ...names },
      { provider: guest.providerName, nativeId: guest.nativeId, uuid },
    ]);
  }

  #happen(server: Server, happens: string): void {
    const [guest] = server.guests;
    const isPlain = server.plant === 'none' || server.plant === 'external-server';
    if (happens === 'end') {
      server.records = [];
    } else if (happens === 'mend') this.#mend(server);
    else if (guest === undefined || server.guests.length > 1) return;
    else if (happens === 'hide') server.guests = [{ ...guest, presence: 'unobservable', isStale: true }];
    else if (happens === 'show') server.guests = [{ ...guest, presence: 'present', isStale: false }];
    else if (happens === 'destroy' || isPlain) this.#replace(server, guest, happens);
  }

  /** The machine is gone; another one may take its id, continue it elsewhere, or be restored from it. */
  #replace(server: Server, guest: GuestRow, how: string): void {
    server.gone.push({ ...guest, presence: 'gone', goneAt: this.#now() });
    server.guests = [];
    if (how === 'destroy') {
      if (server.plant !== 'none') server.plant = 'none';
      return;
    }
    if (how === 'move') {
      const providerName = this.#random.pick(PROVIDERS.filter((name) => name !== guest.providerName));
      const moved = {
        ...guest,
        id: `g${++this.#ids}`,
        providerName,
        providerId: providerName,
        presence: 'present' as const,
      };
      server.guests = [{ ...moved, isStale: false, nativeId: `${guest.nativeId}1` }];
      this.moves.set(guest.id, moved.id);
      return;
    }
    // Whatever takes the id is another server: nobody has a record of it.
    const over = how === 'reuse' ? {} : { identity: guest.identity };
    const other = this.#guest(server, { providerName: guest.providerName, providerId: guest.providerId, ...over });
    this.servers.push({
      number: server.number,
      plant: 'none',
      guests: [{ ...other, nativeId: guest.nativeId, vmid: guest.vmid, addresses: guest.addresses }],
      records: [],
      gone: [],
    });
    server.plant = 'none';
  }

  #mend(server: Server): void {
    const [record] = server.records;
    const [guest] = server.guests;
    if (guest === undefined || record === undefined) return;
    if (server.plant === 'none' && server.records.length === 1) {
      // Somebody sells it another size.
      server.records = [{ ...record, memoryBytes: 2 * GIB }];
      server.plant = 'size-mismatch';
      return;
    }
    if (server.plant === 'state-mismatch') server.records = [{ ...record, state: 'running' }];
    else if (server.plant === 'size-mismatch') server.records = [{ ...record, memoryBytes: 4 * GIB }];
    else if (server.plant === 'owner-mismatch') server.records = [{ ...record, owner: String(server.number % 7) }];
    else if (server.plant === 'billed-twice') server.records = [record];
    else return;
    server.plant = 'none';
  }

  #run(name: string): Partial<ProviderStatus> {
    if (!this.doubtful.has(name)) return {};
    return this.#random.pick([
      { lastRun: { ...RUN, outcome: 'failed' as const } },
      { lastRun: { ...RUN, outcome: 'guarded' as const } },
      { incomplete: [{ scope: 'guests', since: this.#now(), issue: null }] },
      { lastListedAt: null },
      { lastListedAt: new Date(this.#now().getTime() - 25 * 3_600_000) },
    ]);
  }

  #uuid(): string {
    const digits = Array.from({ length: 32 }, () => this.#random.below(16).toString(16)).join('');
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
}

/** As the keys of {@link RandomWorld.expected}. */
export function keyOf({ kind, guestId, recordId }: Pick<Finding, 'kind' | 'guestId' | 'recordId'>): string {
  return `${kind} ${guestId ?? '-'} ${recordId ?? '-'}`;
}

function unownedKeys({ id, tags }: GuestRow): string[] {
  return tags.length === 0 ? [`unowned ${id} -`] : [];
}

function hex(number: number): string {
  return number.toString(16).toUpperCase().padStart(2, '0');
}

function swappedUuid(uuid: string): string {
  const swap = (part: string) => part.match(/../g)?.reverse().join('') ?? '';
  return uuid.replace(/^(.{8})-(.{4})-(.{4})/, (_all, a, b, c) => [a, b, c].map(swap).join('-'));
}

export const RUN = {
  id: 'run',
  providerId: '',
  trigger: 'manual',
  requested: [],
  startedAt: new Date(0),
  finishedAt: new Date(0),
  outcome: 'complete',
  scopes: [],
  counts: { total: 0, new: 0, removed: 0, existing: 0, changed: 0 },
  warnings: [],
  error: null,
  rev: null,
} as const satisfies ProviderStatus['lastRun'];

export const STATUS: ProviderStatus = {
  providerId: '',
  providerName: '',
  lastRun: RUN,
  lastCompleteAt: null,
  lastListedAt: null,
  schedule: { autoDiscover: true, discoverInterval: null, discoverCron: null },
  nextRunAt: null,
  watch: { watcher: null, failures: 0, retryAt: null, pausedAt: null, pauseReason: null },
  lease: null,
  guests: { present: 0, unobservable: 0, gone: 0 },
  incomplete: [],
  unobservable: [],
  unavailableStorages: [],
  held: [],
  endpoints: [],
};
