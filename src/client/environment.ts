type SignalOf<Global> = Global extends { AbortSignal: { prototype: infer Found } } ? Found : undefined;

export interface FetchInit {
  method: string;
  headers: Record<string, string>;
  body?: string;
  /** An `AbortSignal`, where there is such a type. */
  signal?: SignalOf<typeof globalThis>;
  credentials: 'same-origin' | 'include';
}

export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** Of `fetch`, so much as is used here: that of browsers and that of Node fit. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;

/** Of a WebSocket, so much as is used here: those of browsers, of Node 22 and of the package `ws` fit. */
export interface Socket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

export type SocketConstructor = new (
  url: string,
  protocols?: string[],
  options?: { headers: Record<string, string> },
) => Socket;

export interface Timers {
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** What the client takes from outside itself. */
export interface Environment {
  fetch: Fetch;
  /** null: there are no WebSockets, and the client polls. */
  openSocket: ((url: string, headers: Record<string, string>) => Socket) | null;
  /** Milliseconds since 1970. */
  clock: () => number;
  /** From 0 to 1. */
  random: () => number;
  timers: Timers;
}

export interface EnvironmentOptions {
  fetch?: Fetch;
  /** For Node 20, which has none: the class of the package `ws`. null: polls only. */
  webSocket?: SocketConstructor | null;
  clock?: () => number;
  random?: () => number;
  timers?: Timers;
}

declare const WebSocket: (new (url: string, options?: { headers: Record<string, string> }) => Socket) | undefined;
declare const process: { versions?: { node?: string } } | undefined;

export function environmentOf(options: EnvironmentOptions): Environment {
  return {
    // Not `fetch` itself: browsers refuse a call of it as the method of another object.
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    openSocket: socketOpener(options.webSocket),
    clock: options.clock ?? Date.now,
    random: options.random ?? Math.random,
    timers: options.timers ?? {
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (timer) => clearTimeout(isTimer(timer) ? timer : undefined),
    },
  };
}

function isTimer(timer: unknown): timer is ReturnType<typeof setTimeout> {
  return timer !== undefined;
}

function socketOpener(given: SocketConstructor | null | undefined): Environment['openSocket'] {
  if (given) return (url, headers) => new given(url, [], { headers });
  if (given === null || typeof WebSocket === 'undefined') return null;
  const Global = WebSocket;
  // Browsers send cookies and take no headers. Node takes headers where browsers take protocols.
  const isNode = typeof process !== 'undefined' && process.versions?.node !== undefined;
  return (url, headers) => (isNode ? new Global(url, { headers }) : new Global(url));
}
