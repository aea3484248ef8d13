import type { ClientMessage, ServerMessage } from '../protocol/feed.ts';
import { Alarm } from './alarm.ts';
import type { Environment, Socket, Timers } from './environment.ts';
import { isServerMessage, parseJson } from './server-message.ts';

const OPENING_MS = 10_000;
/** As the protocol says; that module is not loaded here, since zod would come with it. */
const HEARTBEAT_MS = 25_000;
/** Two heartbeats are missed, and the second is late. */
const SILENCE_MS = 2 * HEARTBEAT_MS + 5000;

export interface SocketTarget {
  url: string;
  headers: Record<string, string>;
  resume: ClientMessage;
}

export interface SocketHandlers {
  message(message: ServerMessage): void;
  /** Once, unless `close()` was called: it ended, never opened, or nothing was heard of it for too long. */
  closed(): void;
}

/** One WebSocket from its opening to its end. */
export class FeedSocket {
  readonly #handlers: SocketHandlers;
  #socket: Socket | null = null;
  readonly #deadline: Alarm;

  constructor(timers: Timers, handlers: SocketHandlers) {
    this.#handlers = handlers;
    this.#deadline = new Alarm(timers, () => this.#fail());
  }

  open(opener: NonNullable<Environment['openSocket']>, { url, headers, resume }: SocketTarget): void {
    this.#deadline.ringIn(OPENING_MS);
    let socket: Socket;
    try {
      socket = opener(url, headers);
    } catch {
      // A page that came over HTTPS may not open `ws:`. The caller goes on as after any other failure.
      this.#deadline.ringIn(0);
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      this.#deadline.ringIn(SILENCE_MS);
      socket.send(JSON.stringify(resume));
    };
    socket.onmessage = (event: { readonly data: unknown }) => this.#receive(event.data);
    // What went wrong is not told to pages; `close` follows.
    socket.onerror = () => undefined;
    socket.onclose = () => this.#fail();
  }

  close(): void {
    this.#deadline.clear();
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    // `ws` waits half a minute for a server that does not say goodbye, and has this for it.
    if ('terminate' in socket && typeof socket.terminate === 'function') socket.terminate();
    else socket.close();
  }

  #receive(data: unknown): void {
    const message = typeof data === 'string' ? parseJson(data) : undefined;
    if (!isServerMessage(message)) {
      this.#fail();
      return;
    }
    this.#deadline.ringIn(SILENCE_MS);
    this.#handlers.message(message);
  }

  #fail(): void {
    this.close();
    this.#handlers.closed();
  }
}
