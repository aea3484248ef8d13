import type {
  Increment,
  LifecycleWarning,
  ServerMessage,
  State,
  SyncAnswer,
  Telemetry,
} from '../../../src/protocol/feed.ts';
import { apiUrl } from '../api/base.ts';
import { ApiError, get, write } from '../api/request.ts';
import { applyIncrement } from './apply-increment.ts';

export type LiveStatus = 'synced' | 'syncing' | 'stale' | 'error' | 'disconnected';

/** What the page knows, and how well. The same object until something differs. */
export interface Live {
  state: State | null;
  status: LiveStatus;
  transport: 'socket' | 'polling' | 'none';
  /** When the server last confirmed the state. */
  confirmedAt: Date | null;
  error: string | null;
  telemetry: Telemetry;
  warnings: readonly LifecycleWarning[] | null;
  /** Rises when a run ends: lists that the feed does not carry are read anew. */
  runs: number;
}

const POLL_MS = 15_000;
const MAX_RETRY_MS = 30_000;

/** Follows the server: WebSocket, else polling. */
export class LiveFeed {
  #live: Live = {
    state: null,
    status: 'syncing',
    transport: 'none',
    confirmedAt: null,
    error: null,
    telemetry: {},
    warnings: null,
    runs: 0,
  };
  readonly #listeners = new Set<() => void>();
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #isEnded = false;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): Live => this.#live;

  async start(): Promise<void> {
    await this.refresh();
    if (!this.#isEnded) this.#connect();
  }

  /** Asks for everything that is new, at once. */
  readonly refresh = async (): Promise<void> => {
    const { state } = this.#live;
    try {
      if (state === null) {
        this.#confirm(await get<State>('/state'));
        return;
      }
      const { epoch, rev, version } = state;
      const answer = await write<SyncAnswer>('POST', '/sync', { epoch, rev, version });
      if (answer.kind === 'state') this.#confirm(answer.state);
      else if (answer.kind === 'increment') this.#confirm(applyIncrement(state, answer.increment));
      else this.#confirm(state);
    } catch (error) {
      this.#fail(error);
    }
  };

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #connect(): void {
    const url = new URL(apiUrl('/ws'), document.baseURI);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#failures = 0;
      const version = this.#live.state?.version ?? null;
      socket.send(JSON.stringify({ type: 'resume', version, telemetry: true }));
      this.#set({ transport: 'socket' });
    });
    socket.addEventListener('message', ({ data }) => {
      const message: ServerMessage = JSON.parse(String(data));
      this.#take(message);
    });
    socket.addEventListener('close', () => this.#lost());
  }

  #lost(): void {
    if (this.#isEnded) return;
    this.#failures += 1;
    this.#set({ transport: 'polling' });
    const wait = Math.min(MAX_RETRY_MS, 1000 * 2 ** Math.min(this.#failures, 5));
    this.#timer = setTimeout(
      () => {
        void this.refresh().then(() => this.#isEnded || this.#connect());
      },
      Math.min(wait, POLL_MS),
    );
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case 'full_sync':
        this.#confirm(message.state);
        break;
      case 'incremental_update':
        this.#advance(message.increment);
        break;
      case 'heartbeat':
        if (message.version.version === this.#live.state?.version) this.#set({ confirmedAt: new Date() });
        else void this.refresh();
        break;
      case 'telemetry':
        this.#set({ telemetry: { ...this.#live.telemetry, ...message.telemetry } });
        break;
      case 'lifecycle_warning':
        this.#set({ warnings: message.warnings });
        break;
      case 'run_finished':
        this.#set({ runs: this.#live.runs + 1 });
        break;
      default:
    }
  }

  #advance(increment: Increment): void {
    const { state } = this.#live;
    if (state?.version === increment.from) this.#confirm(applyIncrement(state, increment));
    else void this.refresh();
  }

  #confirm(state: State): void {
    this.#set({ state, status: 'synced', confirmedAt: new Date(), error: null });
  }

  #fail(error: unknown): void {
    const message = error instanceof ApiError ? error.message : String(error);
    const isAway = error instanceof ApiError && error.status === 0;
    const status = this.#live.state !== null ? 'stale' : isAway ? 'disconnected' : 'error';
    this.#set({ status, error: message });
  }

  #set(part: Partial<Live>): void {
    this.#live = { ...this.#live, ...part };
    for (const listener of this.#listeners) listener();
  }
}
