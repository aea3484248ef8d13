import type { Increment, ServerMessage } from '../protocol/feed.ts';
import type { FeedState, SyncStatus, Transport } from './feed-state.ts';
import type { RollcallError } from './rollcall-error.ts';

/** Another object whenever a field of it is another one. */
export interface SyncInfo {
  readonly status: SyncStatus;
  readonly transport: Transport;
  /** When the state was last known to be that of the server; null while it is. */
  readonly staleSince: Date | null;
  /** Why it is not synced, if the last try failed. */
  readonly error: RollcallError | null;
}

type Ephemeral = Exclude<
  ServerMessage,
  { type: 'full_sync' } | { type: 'incremental_update' } | { type: 'heartbeat' } | { type: 'goodbye' }
>;

/** What `on` tells of, by its name: messages that are not part of the state, and each increment once it is applied. */
export type News = { [Message in Ephemeral as Message['type']]: Message } & { increment: Increment };

type Listeners = { [Name in keyof News]: Set<(news: News[Name]) => void> };

/** Holds the state and what is known of it, and tells those who asked. */
export class FeedStore {
  #state: FeedState | null = null;
  #info: SyncInfo = { status: 'disconnected', transport: 'none', staleSince: null, error: null };
  readonly #subscribers = new Set<() => void>();
  readonly #listeners: Listeners = {
    run_started: new Set(),
    run_progress: new Set(),
    run_finished: new Set(),
    lifecycle_warning: new Set(),
    telemetry: new Set(),
    increment: new Set(),
  };

  get state(): FeedState | null {
    return this.#state;
  }

  get info(): SyncInfo {
    return this.#info;
  }

  /** Tells once, and only when something is another value. */
  update({ state, ...changes }: Partial<SyncInfo> & { state?: FeedState }): void {
    const info = { ...this.#info, ...changes };
    const isSameInfo =
      info.status === this.#info.status &&
      info.transport === this.#info.transport &&
      info.staleSince?.getTime() === this.#info.staleSince?.getTime() &&
      info.error === this.#info.error;
    const isSameState = state === undefined || state === this.#state;
    if (isSameInfo && isSameState) return;
    if (!isSameInfo) this.#info = info;
    if (state !== undefined) this.#state = state;
    for (const listener of Array.from(this.#subscribers)) guarded(listener);
  }

  subscribe(listener: () => void): () => void {
    // Its own function: the same listener may subscribe twice.
    const own = () => listener();
    this.#subscribers.add(own);
    return () => void this.#subscribers.delete(own);
  }

  on<Name extends keyof News>(name: Name, listener: (news: News[Name]) => void): () => void {
    const own = (news: News[Name]) => listener(news);
    this.#listeners[name].add(own);
    return () => void this.#listeners[name].delete(own);
  }

  emit<Name extends keyof News>(name: Name, news: News[Name]): void {
    for (const listener of Array.from(this.#listeners[name])) guarded(() => listener(news));
  }
}

/** Tells of a message that is not part of the state. One of a newer server, which is not known here, is passed over. */
export function publish(store: FeedStore, message: Ephemeral): void {
  switch (message.type) {
    case 'run_started':
      store.emit('run_started', message);
      return;
    case 'run_progress':
      store.emit('run_progress', message);
      return;
    case 'run_finished':
      store.emit('run_finished', message);
      return;
    case 'lifecycle_warning':
      store.emit('lifecycle_warning', message);
      return;
    case 'telemetry':
      store.emit('telemetry', message);
      return;
    default:
  }
}

/** A listener that throws keeps nothing from the others; its error is an uncaught one, as that of any callback. */
function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
