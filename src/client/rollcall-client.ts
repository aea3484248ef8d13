import { RollcallApi } from './api.ts';
import { CacheKeeper } from './cache-keeper.ts';
import { Connection } from './connection.ts';
import { type EnvironmentOptions, environmentOf } from './environment.ts';
import type { FeedState, SyncStatus, Transport } from './feed-state.ts';
import { FeedStore, type News, type SyncInfo } from './feed-store.ts';
import { FeedSync } from './feed-sync.ts';
import { Http } from './http.ts';
import { RollcallError } from './rollcall-error.ts';
import { cacheKey, type StateCache } from './state-cache.ts';

const WEEK_MS = 7 * 86_400_000;

export interface RollcallClientOptions extends EnvironmentOptions {
  /** Where the server is, with its base path: `https://inventory.example/rollcall`. */
  url: string;
  /** An API token. Without it the session's cookie is used. */
  token?: string;
  /** A selector: only hosts that it means. */
  filter?: string;
  /** Whether figures of running guests are wanted, as `telemetry` news. */
  telemetry?: boolean;
  /** Where the last state is kept, to be shown at once and offline. */
  cache?: StateCache;
  /** How old what the cache has may be, in milliseconds; 7 days. */
  cacheTtlMs?: number;
  /** Whose state the cache keeps, where several people use the same browser. */
  user?: string;
  /**
   * How the first state comes where the cache has none: over the socket, or by a call before it, which is compressed: 10,000 hosts are
   * 0.35 MB in place of 3.5.
   */
  firstLoad?: 'socket' | 'call';
}

/** The inventory of a server, kept up to date. */
export class RollcallClient {
  /** Calls beside the feed. */
  readonly api: RollcallApi;
  readonly #http: Http;
  readonly #store = new FeedStore();
  readonly #sync: FeedSync;
  readonly #cache: CacheKeeper | null;
  readonly #firstLoad: NonNullable<RollcallClientOptions['firstLoad']>;
  readonly #makeConnection: (lastContactMs: number | null) => Connection;
  #connection: Connection | null = null;
  #initialized: Promise<FeedState | null> | null = null;
  #isDestroyed = false;

  constructor(options: RollcallClientOptions) {
    const environment = environmentOf(options);
    const { url, token, filter, telemetry, cache, cacheTtlMs = WEEK_MS, user = '', firstLoad = 'socket' } = options;
    const http = new Http({ url, token }, environment);
    this.#http = http;
    this.api = new RollcallApi(http);
    this.#sync = new FeedSync(http, this.#store, filter);
    this.#firstLoad = firstLoad;
    const key = cacheKey(url, user, filter ?? '');
    this.#cache = cache ? new CacheKeeper({ cache, key, ttlMs: cacheTtlMs }, this.#store, environment) : null;
    this.#makeConnection = (lastContactMs) =>
      new Connection(
        {
          environment,
          http,
          store: this.#store,
          sync: this.#sync,
          resume: { ...(filter !== undefined && { filter }), ...(telemetry !== undefined && { telemetry }) },
          onContact: () => this.#cache?.touch(),
        },
        lastContactMs,
      );
  }

  get status(): SyncStatus {
    return this.#store.info.status;
  }

  get staleSince(): Date | null {
    return this.#store.info.staleSince;
  }

  get transport(): Transport {
    return this.#store.info.transport;
  }

  /** Why the status is `error`, or why the last try failed. */
  get error(): RollcallError | null {
    return this.#store.info.error;
  }

  /**
   * Starts, and resolves when there is a state to show, of the server or of the cache, or when the first try has failed; it is null
   * then. It does not reject: `status` and `error` say what is wrong, and the client goes on trying.
   */
  initialize(): Promise<FeedState | null> {
    this.#initialized ??= this.#start();
    return this.#initialized;
  }

  /** What is known; null: nothing yet. A state is never changed: another one is another object, with the same parts where they are equal. */
  getState(): FeedState | null {
    return this.#store.state;
  }

  /** All of `status`, `transport`, `staleSince` and `error`; the same object while they are the same. */
  getInfo(): SyncInfo {
    return this.#store.info;
  }

  /** Called whenever the state, or what is known of it, is another one. Returns what ends it. */
  subscribe(listener: () => void): () => void {
    return this.#store.subscribe(listener);
  }

  /** Tells of what is no part of the state: runs, telemetry, warnings; and of each increment. Returns what ends it. */
  on<Name extends keyof News>(name: Name, listener: (news: News[Name]) => void): () => void {
    return this.#store.on(name, listener);
  }

  /** Fetches the whole state now. After the status `error` it is also the way to go on. Throws `RollcallError`. */
  async forceSync(): Promise<FeedState> {
    await this.initialize();
    // A goodbye, or a sleep of the machine, stops what is on its way.
    while (!(await this.#healFully()));
    const { state } = this.#store;
    if (state === null) throw destroyed();
    this.#connection?.confirm();
    return state;
  }

  /** False: it was stopped. */
  async #healFully(): Promise<boolean> {
    this.#requireAlive();
    this.#connection?.start();
    try {
      const isDone = await this.#sync.heal({ isFull: true });
      this.#requireAlive();
      return isDone;
    } catch (error) {
      this.#connection?.report(error);
      throw error;
    }
  }

  /** Asked after a wait: it may be destroyed meanwhile. */
  #isOver(): boolean {
    return this.#isDestroyed;
  }

  #requireAlive(): void {
    if (this.#isOver()) throw destroyed();
  }

  /** Ends the feed and the calls that are under way, which fail; resolves when the last state is in the cache. */
  async destroy(): Promise<void> {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#connection?.stop();
    this.#http.abort(destroyed());
    await this.#cache?.stop();
    this.#store.update({ status: 'disconnected', transport: 'none' });
  }

  /** Removes what the cache has, for instance when somebody logs out. `destroy()` comes first: it saves the last state. */
  async clearCache(): Promise<void> {
    await this.#cache?.clear();
  }

  async #start(): Promise<FeedState | null> {
    const entry = (await this.#cache?.load()) ?? null;
    if (this.#isDestroyed) return null;
    let isCurrent = false;
    if (entry) this.#store.update({ state: entry.state });
    else if (this.#firstLoad === 'call') {
      isCurrent = await this.#loadByCall();
      if (this.#isOver()) return null;
    }
    this.#cache?.start();
    this.#connection = this.#makeConnection(entry?.savedAt ?? null);
    this.#connection.start({ isCurrent });
    await this.#firstOutcome();
    return this.#store.state;
  }

  /** False: it failed. It fails again over the socket or by a poll, and is told then. */
  async #loadByCall(): Promise<boolean> {
    this.#store.update({ status: 'syncing' });
    return this.#sync.heal().catch(() => false);
  }

  #firstOutcome(): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.status === 'syncing') return;
        unsubscribe();
        resolve();
      };
      const unsubscribe = this.#store.subscribe(check);
      check();
    });
  }
}

function destroyed(): RollcallError {
  return new RollcallError({ status: null, code: 'destroyed', title: 'This client was destroyed' });
}
