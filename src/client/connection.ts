import type { ClientMessage, ServerMessage } from '../protocol/feed.ts';
import { Alarm } from './alarm.ts';
import { backoffMs } from './backoff.ts';
import type { Environment } from './environment.ts';
import { FeedSocket } from './feed-socket.ts';
import { type FeedStore, publish } from './feed-store.ts';
import type { FeedSync } from './feed-sync.ts';
import type { Http } from './http.ts';
import { RollcallError } from './rollcall-error.ts';
import { watchWake } from './watch-wake.ts';

const POLL_MS = 30_000;
/** A proxy may keep a WebSocket waiting: after this time the state comes by a poll. */
const PATIENCE_MS = 3000;
const LONGEST_GOODBYE_MS = 300_000;
/** Messages in a row that did not follow, after which the stream is begun anew. */
const MOST_HEALS = 4;

export interface ConnectionParts {
  environment: Environment;
  http: Http;
  store: FeedStore;
  sync: FeedSync;
  /** What a socket asks for, besides the version. */
  resume: Pick<ClientMessage, 'filter' | 'telemetry'>;
  /** The state was found to be that of the server. */
  onContact: () => void;
}

/** Keeps the state at the server's: by a WebSocket, and by polls while there is none. */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #openAlarm: Alarm;
  readonly #pollAlarm: Alarm;
  #socket: FeedSocket | null = null;
  #isStreaming = false;
  #isRunning = false;
  /** The poll that is on its way; one that another has replaced is not heard any more. */
  #poll: object | null = null;
  #socketFailures = 0;
  #pollFailures = 0;
  #heals = 0;
  #lastContactMs: number | null;
  #stopWatching = (): void => undefined;

  /** `lastContactMs`: when what is stored was last known to be current; null: nothing is stored. */
  constructor(parts: ConnectionParts, lastContactMs: number | null) {
    this.#parts = parts;
    this.#lastContactMs = lastContactMs;
    this.#openAlarm = new Alarm(parts.environment.timers, () => this.#open());
    this.#pollAlarm = new Alarm(parts.environment.timers, () => void this.#pollNow());
  }

  /** `isCurrent`: a call has just brought what is stored. */
  start({ isCurrent = false }: { isCurrent?: boolean } = {}): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const status = this.#parts.store.state === null ? 'syncing' : 'stale';
    if (isCurrent) this.confirm();
    else this.#parts.store.update({ status, staleSince: this.#staleSince(), error: null });
    this.#stopWatching = watchWake(this.#parts.environment, () => this.#restart());
    this.#begin();
  }

  stop(): void {
    this.#isRunning = false;
    this.#stopWatching();
    this.#drop();
  }

  /** A call has brought the state, or found it equal. */
  confirm(): void {
    if (!this.#isRunning) return;
    this.#lastContactMs = this.#parts.environment.clock();
    const transport = this.#isStreaming ? 'websocket' : 'polling';
    this.#parts.store.update({ status: 'synced', staleSince: null, error: null, transport });
    this.#parts.onContact();
  }

  /** A call has failed. */
  report(error: unknown): void {
    if (!(error instanceof RollcallError)) throw error;
    if (!this.#isRunning) return;
    if (error.isRefusal) this.#refuse(error);
    else this.#lose(error);
  }

  /** Also after a sleep: sockets may be dead without knowing, and waits that began before are of no use. */
  #restart(): void {
    this.#drop();
    if (this.#lastContactMs !== null && this.#parts.store.info.status !== 'stale') this.#markStale(null);
    this.#begin();
  }

  #begin(): void {
    this.#socketFailures = 0;
    this.#pollFailures = 0;
    this.#open();
  }

  #drop(): void {
    this.#openAlarm.clear();
    this.#pollAlarm.clear();
    this.#dropSocket();
    this.#poll = null;
    this.#parts.sync.stop();
  }

  #dropSocket(): void {
    this.#isStreaming = false;
    this.#socket?.close();
    this.#socket = null;
  }

  #open(): void {
    const { environment, http, store, resume } = this.#parts;
    this.#dropSocket();
    if (environment.openSocket === null) {
      void this.#pollNow();
      return;
    }
    if (!this.#pollAlarm.isSet && this.#poll === null) this.#pollAlarm.ringIn(PATIENCE_MS);
    this.#socket = new FeedSocket(environment.timers, {
      message: (message) => this.#receive(message),
      closed: () => this.#onClosed(),
    });
    this.#socket.open(environment.openSocket, {
      url: http.socketUrl,
      headers: http.headers,
      resume: { type: 'resume', version: store.state?.version ?? null, ...resume },
    });
  }

  #receive(message: ServerMessage): void {
    if (message.type === 'goodbye') {
      this.#leave(message);
      return;
    }
    if (!this.#isStreaming) {
      this.#isStreaming = true;
      this.#socketFailures = 0;
      this.#pollFailures = 0;
      this.#heals = 0;
      this.#pollAlarm.clear();
    }
    if (!this.#takes(message)) void this.#heal();
  }

  /** False: it does not follow. */
  #takes(message: Exclude<ServerMessage, { type: 'goodbye' }>): boolean {
    const { sync, store } = this.#parts;
    if (message.type === 'full_sync') sync.adopt(message.state);
    else if (message.type === 'incremental_update') {
      if (!sync.receive(message.increment)) return false;
    } else if (message.type === 'heartbeat') {
      if (!sync.follows(message.version)) return false;
    } else {
      publish(store, message);
      return true;
    }
    if (sync.isHealing) return true;
    this.#heals = 0;
    this.confirm();
    return true;
  }

  async #heal(): Promise<void> {
    if (++this.#heals > MOST_HEALS) {
      this.#onClosed();
      return;
    }
    this.#parts.store.update({ status: 'syncing', transport: 'websocket' });
    try {
      if (await this.#parts.sync.heal()) this.confirm();
    } catch (error) {
      this.report(error);
    }
  }

  /** The socket is gone, never opened, or is of no use. */
  #onClosed(): void {
    const wasStreaming = this.#isStreaming;
    this.#dropSocket();
    this.#openAlarm.ringIn(backoffMs(++this.#socketFailures, this.#parts.environment.random));
    if (wasStreaming) this.#markStale(null);
    // Polls that work, or that failed, have a time of their own.
    const isPolling = this.#parts.store.info.transport === 'polling' && this.#pollAlarm.isSet;
    if (!isPolling && this.#pollFailures === 0) void this.#pollNow();
  }

  async #pollNow(): Promise<void> {
    if (this.#poll !== null) return;
    this.#pollAlarm.clear();
    const own = {};
    this.#poll = own;
    let failure: unknown = null;
    let isDone = false;
    try {
      isDone = await this.#parts.sync.poll();
    } catch (error) {
      failure = error;
    }
    if (this.#poll !== own) return;
    this.#poll = null;
    // What a stream has brought meanwhile is newer than the failure of a poll.
    if (failure !== null && this.#isStreaming) return;
    if (failure !== null) {
      this.report(failure);
      return;
    }
    this.#pollFailures = 0;
    if (isDone) this.confirm();
    if (!this.#isStreaming) this.#pollAlarm.ringIn(POLL_MS);
  }

  #lose(error: RollcallError): void {
    const wasStreaming = this.#isStreaming;
    const waitMs = backoffMs(++this.#pollFailures, this.#parts.environment.random);
    const askedMs = Math.min(error.retryAfterMs ?? 0, LONGEST_GOODBYE_MS);
    this.#pollAlarm.ringIn(Math.max(waitMs, askedMs));
    if (wasStreaming) {
      this.#dropSocket();
      this.#openAlarm.ringIn(Math.max(waitMs, askedMs));
    }
    this.#markStale(error);
  }

  #refuse(error: RollcallError): void {
    this.stop();
    this.#parts.store.update({ status: 'error', transport: 'none', error, staleSince: this.#staleSince() });
  }

  #leave({ reason, afterMs }: Extract<ServerMessage, { type: 'goodbye' }>): void {
    if (reason === 'session') {
      const hint = 'Log in again.';
      this.#refuse(new RollcallError({ status: 401, code: 'session-ended', title: 'The session has ended', hint }));
      return;
    }
    const waitMs = Math.min(Math.max(0, afterMs), LONGEST_GOODBYE_MS);
    // Not all clients at once.
    const spreadMs = Math.round(waitMs + this.#parts.environment.random() * Math.max(1000, waitMs));
    this.#drop();
    this.#markStale(null);
    this.#openAlarm.ringIn(spreadMs);
  }

  #markStale(error: RollcallError | null): void {
    const status = this.#parts.store.state === null ? 'disconnected' : 'stale';
    this.#parts.store.update({ status, transport: 'none', error, staleSince: this.#staleSince() });
  }

  #staleSince(): Date | null {
    return this.#lastContactMs === null || this.#parts.store.state === null ? null : new Date(this.#lastContactMs);
  }
}
