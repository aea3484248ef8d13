import type { FeedState, SyncStatus, Transport } from '../../../src/client/feed-state.ts';
import { indexedDbCache } from '../../../src/client/indexed-db-cache.ts';
import { RollcallClient } from '../../../src/client/rollcall-client.ts';
import type { LifecycleWarning } from '../../../src/protocol/feed.ts';
import type { Operation } from '../../../src/protocol/resources.ts';
import { SERVER_URL } from '../api/base.ts';
import { pageFetch } from '../api/request.ts';

/** What the page knows, and how well. The same object until something differs. */
export interface Live {
  state: FeedState | null;
  status: SyncStatus;
  transport: Transport;
  /** When the state was last known to be that of the server; null while it is. */
  staleSince: Date | null;
  error: { message: string; hint: string | null; status: number | null } | null;
  /** Of running operations, by their id: newer than what the state says. */
  progress: Readonly<Record<string, Operation['progress']>>;
  /** null: the feed told none yet. */
  warnings: readonly LifecycleWarning[] | null;
}

const NOTHING: Live = {
  state: null,
  status: 'syncing',
  transport: 'none',
  staleSince: null,
  error: null,
  progress: {},
  warnings: null,
};

/** The client of the feed, as React follows it. */
export class LiveFeed {
  readonly client: RollcallClient;
  readonly #listeners = new Set<() => void>();
  #live = NOTHING;

  constructor(user: string) {
    const client = new RollcallClient({
      url: SERVER_URL,
      fetch: pageFetch,
      firstLoad: 'call',
      cache: indexedDbCache(),
      user,
    });
    client.subscribe(() => this.#follow());
    client.on('lifecycle_warning', ({ warnings }) => this.#set({ warnings }));
    client.on('run_progress', ({ operationId, step, done, total }) =>
      this.#set({ progress: { ...this.#live.progress, [operationId]: { step, done, total } } }),
    );
    this.client = client;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): Live => this.#live;

  /** Fetches everything anew. What goes wrong is in the status. */
  readonly refresh = async (): Promise<void> => {
    await this.client.forceSync().catch(() => undefined);
  };

  start(): void {
    void this.client.initialize();
  }

  end(): void {
    void this.client.destroy();
  }

  #follow(): void {
    const { status, transport, staleSince, error } = this.client.getInfo();
    const said = error && { message: error.message, hint: error.hint, status: error.status };
    const state = this.client.getState();
    const progress = progressOf(state, this.#live.progress);
    this.#set({ state, progress, status, transport, staleSince, error: said });
  }

  #set(part: Partial<Live>): void {
    this.#live = { ...this.#live, ...part };
    for (const listener of this.#listeners) listener();
  }
}

/** Without operations that have ended. */
function progressOf(state: FeedState | null, told: Live['progress']): Live['progress'] {
  const isOpen = (id: string) => state?.operations.some((one) => one.id === id);
  const entries = Object.entries(told);
  return entries.every(([id]) => isOpen(id)) ? told : Object.fromEntries(entries.filter(([id]) => isOpen(id)));
}
