import { Alarm } from './alarm.ts';
import type { Environment } from './environment.ts';
import type { FeedStore } from './feed-store.ts';
import { type CacheEntry, newEntry, readEntry, type StateCache } from './state-cache.ts';

const SAVE_AFTER_MS = 5000;
/** A state that stays the same does not grow old. */
const RENEW_AFTER_MS = 3_600_000;

export interface CacheOptions {
  cache: StateCache;
  key: string;
  ttlMs: number;
}

/** Saves the state now and then while it is that of the server. A cache that fails is done without. */
export class CacheKeeper {
  readonly #options: CacheOptions;
  readonly #store: FeedStore;
  readonly #environment: Pick<Environment, 'clock' | 'timers'>;
  readonly #alarm: Alarm;
  #saved: { version: string; at: number } | null = null;
  #work: Promise<void> = Promise.resolve();
  #unsubscribe = (): void => undefined;

  constructor(options: CacheOptions, store: FeedStore, environment: Pick<Environment, 'clock' | 'timers'>) {
    this.#options = options;
    this.#store = store;
    this.#environment = environment;
    this.#alarm = new Alarm(environment.timers, () => this.#save());
  }

  /** null: there is none that may be shown. */
  async load(): Promise<CacheEntry | null> {
    const { cache, key, ttlMs } = this.#options;
    try {
      return readEntry(await cache.load(key), key, { now: this.#environment.clock(), ttlMs });
    } catch {
      return null;
    }
  }

  start(): void {
    this.#unsubscribe = this.#store.subscribe(() => this.#onUpdate());
  }

  /** Called with each contact, also when nothing changed. */
  touch(): void {
    if (this.#saved !== null && this.#environment.clock() - this.#saved.at > RENEW_AFTER_MS) this.#saved = null;
    this.#onUpdate();
  }

  /** Saves what is not saved yet, and ends. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    if (this.#alarm.isSet) this.#save();
    this.#alarm.clear();
    await this.#work;
  }

  /** Whoever comes next must not see it. */
  async clear(): Promise<void> {
    this.#alarm.clear();
    this.#saved = null;
    this.#enqueue(() => this.#options.cache.clear());
    await this.#work;
  }

  #onUpdate(): void {
    const { info, state } = this.#store;
    if (info.status === 'error' && info.error?.status === 401) void this.clear();
    if (info.status !== 'synced' || state === null || this.#alarm.isSet) return;
    if (state.version !== this.#saved?.version) this.#alarm.ringIn(SAVE_AFTER_MS);
  }

  #save(): void {
    const { state } = this.#store;
    if (state === null) return;
    const at = this.#environment.clock();
    this.#saved = { version: state.version, at };
    this.#enqueue(() => this.#options.cache.save(newEntry(this.#options.key, at, state)));
  }

  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch(() => undefined);
  }
}
