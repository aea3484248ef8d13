import { copyFileSync, rmSync } from 'node:fs';
import type { App } from '../../src/app/app.ts';
import { openFeed } from '../../src/app/open-feed.ts';
import type { State } from '../../src/protocol/feed.ts';
import type { Connection } from '../../src/repositories/db/connection.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { ProviderRepository } from '../../src/repositories/providers/provider-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { toState } from '../../src/services/feed/view.ts';
import type { GuestWrite, NodeWrite, StorageWrite } from '../../src/types/plan.ts';
import type { Random } from '../campaign/random.ts';
import { CONFIG, change, guest, node, plan, storage } from '../helpers/plans.ts';
import { newApp } from './feed-server.ts';

const NAMES = ['one', 'two', 'three'];
const START_MS = Date.UTC(2026, 0, 1);

type Guests = Map<string, { owner: string; row: GuestWrite }>;

interface Opened {
  connection: Connection;
  app: App;
  repository: SyncRepository;
  providers: ProviderRepository;
}

async function openAll(url: string): Promise<Opened> {
  const connection = await openDatabase(url);
  const app = newApp(url, () => new Date());
  const providers = new ProviderRepository(connection, ({ rev }) => `seal ${rev}`);
  return { connection, app, repository: new SyncRepository(connection), providers };
}

/** A database whose inventory changes at random, as runs write it. */
export class FeedStory {
  readonly #url: string;
  readonly #random: Random;
  #steps = 0;
  #open: Opened;
  #guests: Guests = new Map();
  #backup: { file: string; guests: Guests } | null = null;

  private constructor(url: string, random: Random, open: Opened) {
    this.#url = url;
    this.#random = random;
    this.#open = open;
  }

  static async open(url: string, random: Random): Promise<FeedStory> {
    return new FeedStory(url, random, await openAll(url));
  }

  async close(): Promise<void> {
    await this.#open.app.close();
    await this.#open.connection.close();
  }

  now(): Date {
    return new Date(START_MS + this.#steps * 1000);
  }

  /** What a run, a user or the queue of operations writes. */
  async write(): Promise<void> {
    this.#steps++;
    const name = this.#random.pick(NAMES);
    const chance = this.#random.next();
    if (chance < 0.7) await this.#run(name);
    else if (chance < 0.9) await this.#operate(name);
    else await this.#manage(name);
  }

  /** One run of one provider, in one transaction. */
  async #run(name: string): Promise<void> {
    const random = this.#random;
    const endpoints = [`https://${name}:8006`];
    const { id } = await this.#open.repository.ensureProvider({ ...CONFIG, name, endpoints }, this.now());
    const guests = this.#guestWrites(id);
    const outcome = random.pick(['complete', 'complete', 'partial', 'failed'] as const);
    await this.#open.repository.apply(
      plan(id, {
        guests,
        nodes: random.chance(0.3) ? [this.#node(id)] : [],
        storages: random.chance(0.2) ? [this.#storage(id)] : [],
        changes: guests.length > 0 && random.chance(0.7) ? [change(guests[0]?.id ?? '', { kind: 'changed' })] : [],
        incompleteSince: random.chance(0.2) ? { 'config/pve2': this.now().toISOString() } : {},
        run: { id: random.id(), outcome, startedAt: this.now(), finishedAt: this.now() },
      }),
    );
  }

  async #operate(name: string): Promise<void> {
    const operations = await this.#open.app.operations();
    const by = { name: 'ada', via: 'api', address: null } as const;
    const open = await operations.list({ states: ['waiting', 'running'] });
    if (open.length > 2) await operations.cancel(this.#random.pick(open).id, by);
    else if ((await this.#find(name)) !== undefined) {
      await operations.request({ kind: this.#random.pick(['sync', 'test'] as const), provider: name, by });
    }
  }

  async #manage(name: string): Promise<void> {
    const provider = await this.#find(name);
    if (provider === undefined) return;
    if (this.#random.chance(0.6)) {
      await this.#open.providers.setEnabled(name, !provider.isEnabled, this.now());
      return;
    }
    await this.#open.providers.remove({ ...CONFIG, ...provider }, this.now());
    for (const [id, { owner }] of this.#guests) if (owner === provider.id) this.#guests.delete(id);
  }

  async #find(name: string) {
    const all = await (await this.#open.app.inventory()).listProviders();
    return all.find((one) => one.name === name && one.removedAt === null);
  }

  /** Only SQLite's is a file. */
  async backUp(): Promise<void> {
    if (!this.#url.startsWith('file:')) return;
    const file = `${this.#url.slice('file:'.length)}.backup`;
    rmSync(file, { force: true });
    await this.#open.connection.db.$executeRawUnsafe(`VACUUM INTO '${file}'`);
    this.#backup = { file, guests: new Map(this.#guests) };
  }

  /** The backup takes the place of the database, or the database becomes another one. No server may have it open. */
  async restore(): Promise<void> {
    this.#steps++;
    if (this.#backup === null || this.#random.chance(0.3)) {
      const epoch = this.#random.id().replace(/[g-z]/g, 'a');
      await this.#open.connection.db.meta.update({ where: { id: 1 }, data: { epoch } });
      return;
    }
    await this.close();
    const file = this.#url.slice('file:'.length);
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    copyFileSync(this.#backup.file, file);
    this.#guests = new Map(this.#backup.guests);
    this.#open = await openAll(this.#url);
  }

  async prune(): Promise<void> {
    const head = await this.#open.connection.db.feedVersion.findFirst({ orderBy: { version: 'desc' } });
    if (head) await this.#open.connection.db.feedVersion.deleteMany({ where: { version: { lt: head.version } } });
  }

  /** The state as somebody reads it who was never there before. */
  async fresh(): Promise<State> {
    const hub = await openFeed(this.#open.connection, { clock: () => this.now() });
    return toState(hub.current);
  }

  #guestWrites(owner: string): GuestWrite[] {
    const random = this.#random;
    const written = new Map<string, GuestWrite>();
    for (let count = random.below(4); count > 0; count--) {
      const own = [...this.#guests].filter(([, one]) => one.owner === owner).map(([id]) => id);
      const isNew = own.length < 3 || (own.length < 30 && random.chance(0.3));
      const id = isNew ? random.id() : random.pick(own);
      const row = this.#altered(id, isNew ? undefined : this.#guests.get(id)?.row);
      written.set(id, row);
      if (row.presence === 'gone') this.#guests.delete(id);
      else this.#guests.set(id, { owner, row });
    }
    return [...written.values()];
  }

  #altered(id: string, known: GuestWrite | undefined): GuestWrite {
    const random = this.#random;
    const now = this.now();
    const vmid = known?.vmid ?? 100 + random.below(900);
    const document = {
      name: `vm-${random.below(1000)}`,
      node: random.pick(['pve1', 'pve2']),
      status: random.pick(['running', 'running', 'stopped']),
      tags: random.pick([[], ['prod'], ['prod', 'web']]),
      memory: 1024 * (1 + random.below(8)),
    };
    const base = guest(id, vmid, { document, firstSeenAt: known?.firstSeenAt ?? now, lastSeenAt: now });
    const fate = known ? random.next() : 1;
    if (fate < 0.15) return { ...base, presence: 'gone', presenceReason: 'destroyed', goneAt: now };
    if (fate > 0.3) return base;
    return { ...base, presence: 'unobservable', presenceReason: 'its node is down', unobservableSince: now };
  }

  #node(owner: string): NodeWrite {
    const name = this.#random.pick(['pve1', 'pve2', 'pve3']);
    const status = this.#random.pick(['online', 'offline']);
    return node(`${owner}-${name}`, name, { document: { status, version: '8.4.1', cpus: 8, memoryBytes: 2 ** 36 } });
  }

  #storage(owner: string): StorageWrite {
    const name = this.#random.pick(['local', 'nfs']);
    const content = this.#random.pick([['iso'], ['iso', 'images']]);
    return storage(`${owner}-${name}`, name, { document: { type: 'dir', content, shared: name === 'nfs' } });
  }
}
