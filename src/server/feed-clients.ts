import type { WebSocket } from 'ws';
import {
  HEARTBEAT_MS,
  type Increment,
  type LifecycleWarning,
  type ServerMessage,
  type Telemetry,
} from '../protocol/feed.ts';
import type { FeedHub, Subscription } from '../services/feed/feed-hub.ts';
import type { FeedSnapshot } from '../services/feed/snapshot.ts';
import { toToken } from '../services/feed/version-token.ts';
import { hasInfrastructure, toState, WHOLE } from '../services/feed/view.ts';
import type { Principal } from '../types/principal.ts';
import type { LifecycleWatch } from './lifecycle-watch.ts';

/** A client that does not read this much is told to come back later. */
const MOST_WAITING_BYTES = 8 * 1024 * 1024;
/** How often it is looked whether sessions and tokens still count. */
const VALIDATE_MS = 4000;
/** Clients that are sent away come back within this time, not all at once. */
const COME_BACK_MS = 2000;
/** How long a socket has to close. */
const LEAVE_MS = 3000;

const CODES = { restart: 1012, session: 4401, slow: 1013 } as const;

interface FeedClient {
  socket: WebSocket;
  principal: Principal;
  wantsTelemetry: boolean;
  isAlive: boolean;
  /** The warnings that it was told last. */
  lifecycle: string;
  subscription: Subscription;
}

interface ClientsDeps {
  hub: FeedHub;
  lifecycle: LifecycleWatch;
  isStillValid(principal: Principal): Promise<boolean>;
  clock: () => Date;
}

/** The open sockets of the feed. Each message is made once for all who see the same. */
export class FeedClients {
  readonly #deps: ClientsDeps;
  readonly #clients = new Set<FeedClient>();
  /** Every open socket, also those that have not said yet from where they go on. */
  readonly #sockets = new Map<WebSocket, Principal>();
  readonly #texts = new WeakMap<object, Buffer>();
  readonly #timers: NodeJS.Timeout[] = [];
  #isTelemetryDue = false;
  readonly #leaveRuns: () => void;

  constructor(deps: ClientsDeps) {
    this.#deps = deps;
    this.#timers.push(setInterval(() => this.#beat(), HEARTBEAT_MS));
    this.#timers.push(setInterval(() => void this.#validate(), VALIDATE_MS));
    this.#leaveRuns = deps.hub.onRun(({ type, run: { providerId, holder } }) => {
      const at = deps.clock().toISOString();
      const news: ServerMessage =
        type === 'run_started'
          ? { type, providerId, at, holder }
          : { type, providerId, at, ...lastRunOf(deps.hub.current, providerId) };
      this.#tell(news, (client) => hasInfrastructure(client.principal.scope, providerId));
      if (type === 'run_finished') this.#telemetrySoon();
    });
  }

  get size(): number {
    return this.#clients.size;
  }

  countOf(principal: Principal): number {
    return [...this.#sockets.values()].filter((other) => isSameUser(other, principal)).length;
  }

  /** Counts a socket from its beginning on, and answers its pings for as long as it reads the answers. */
  admit(socket: WebSocket, principal: Principal): void {
    this.#sockets.set(socket, principal);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('ping', (data) => {
      if (socket.bufferedAmount > MOST_WAITING_BYTES) socket.terminate();
      else socket.pong(data);
    });
  }

  /** Sends what leads from the version that the client has to the present one, and from then on each later version. */
  async join(
    socket: WebSocket,
    principal: Principal,
    { version, filter, wantsTelemetry }: { version: string | null; filter: string | null; wantsTelemetry: boolean },
  ): Promise<void> {
    const { hub, clock } = this.#deps;
    const seen = await hub.look(principal.scope, filter);
    const answer = await hub.since(seen, version);
    if (socket.readyState !== socket.OPEN) return;
    const client: FeedClient = {
      socket,
      principal,
      subscription: hub.subscribe(seen, (increment, now) => this.#step(client, increment, now)),
      wantsTelemetry,
      isAlive: true,
      lifecycle: '',
    };
    const { snapshot } = client.subscription;
    this.#clients.add(client);
    socket.on('pong', () => {
      client.isAlive = true;
    });
    socket.on('close', () => this.#drop(client));
    // A version may have been made while the answer was.
    const current = toToken(snapshot.mark);
    // What a limited view showed at a version depends on when its selector was read: its stream begins with what it shows here.
    if (seen.view.key !== WHOLE.key) this.#send(client, this.#fullText(snapshot));
    else if (answer.kind === 'equal' && answer.version.version === current) {
      this.#send(client, { type: 'heartbeat', version: answer.version, at: clock().toISOString() });
    } else if (answer.kind === 'increment' && answer.increment.version === current) {
      this.#send(client, { type: 'incremental_update', increment: answer.increment });
    } else this.#send(client, this.#fullText(snapshot));
    await this.#tellLifecycle([client]);
    if (wantsTelemetry) await this.#tellTelemetry([client]);
  }

  /** Tells all to come back, and closes their sockets. */
  close(): void {
    this.#leaveRuns();
    for (const timer of this.#timers) clearInterval(timer);
    for (const client of Array.from(this.#clients)) this.#dismiss(client, 'restart');
    for (const socket of this.#sockets.keys()) socket.close(CODES.restart, 'restart');
    // One whose other end is gone must not hold up the end of the server.
    setTimeout(() => {
      for (const socket of this.#sockets.keys()) socket.terminate();
    }, LEAVE_MS).unref();
  }

  #step(client: FeedClient, increment: Increment | null, now: FeedSnapshot): void {
    this.#send(client, increment === null ? this.#fullText(now) : this.#incrementText(increment));
    for (const event of increment?.events ?? []) {
      if (event.type !== 'operation_changed' || event.operation.state !== 'running') continue;
      const { id, kind, providerId, progress } = event.operation;
      if (kind !== 'sync' || providerId === null || progress === null) continue;
      const at = this.#deps.clock().toISOString();
      this.#send(client, { type: 'run_progress', providerId, at, operationId: id, ...progress });
    }
  }

  #tell(message: ServerMessage, sees: (client: FeedClient) => boolean): void {
    const text = JSON.stringify(message);
    for (const client of this.#clients) if (sees(client)) this.#send(client, text);
  }

  /** Told again only where it differs from what was told. Made once for all who see the same. */
  async #tellLifecycle(clients: Iterable<FeedClient>): Promise<void> {
    const { lifecycle } = this.#deps;
    const found = await lifecycle.current().catch(() => null);
    if (found === null) return;
    const texts = new Map<FeedSnapshot, string>();
    for (const client of clients) {
      const { snapshot } = client.subscription;
      const text = texts.get(snapshot) ?? lifecycleText(lifecycle.seenBy(snapshot, found));
      texts.set(snapshot, text);
      if (text === client.lifecycle) continue;
      client.lifecycle = text;
      this.#send(client, text === '' ? lifecycleText([], true) : text);
    }
  }

  /** To those who asked for figures. Several runs that end at once are told of together. */
  #telemetrySoon(): void {
    if (this.#isTelemetryDue) return;
    this.#isTelemetryDue = true;
    setImmediate(() => {
      this.#isTelemetryDue = false;
      void this.#tellTelemetry([...this.#clients].filter(({ wantsTelemetry }) => wantsTelemetry));
    });
  }

  async #tellTelemetry(clients: readonly FeedClient[]): Promise<void> {
    if (clients.length === 0) return;
    const figures = await this.#deps.hub.telemetry().catch(() => null);
    if (figures === null) return;
    const texts = new Map<FeedSnapshot, string>();
    for (const client of clients) {
      const { snapshot } = client.subscription;
      const text = texts.get(snapshot) ?? telemetryText(figures, snapshot);
      texts.set(snapshot, text);
      this.#send(client, text);
    }
  }

  #send(client: FeedClient, message: ServerMessage | string | Buffer): void {
    const { socket } = client;
    if (socket.readyState !== socket.OPEN) return;
    // One that does not read must not fill the memory that the others need.
    if (socket.bufferedAmount > MOST_WAITING_BYTES) this.#dismiss(client, 'slow');
    else if (Buffer.isBuffer(message)) socket.send(message, { binary: false });
    else socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  #incrementText(increment: Increment): Buffer {
    return this.#text(increment, () => ({ type: 'incremental_update', increment }));
  }

  #fullText(snapshot: FeedSnapshot): Buffer {
    return this.#text(snapshot, () => ({ type: 'full_sync', state: toState(snapshot) }));
  }

  /** Bytes, because all sockets share them while they wait to be sent; of a string each would have a copy. */
  #text(of: object, make: () => ServerMessage): Buffer {
    const known = this.#texts.get(of);
    if (known !== undefined) return known;
    const text = Buffer.from(JSON.stringify(make()));
    this.#texts.set(of, text);
    return text;
  }

  #beat(): void {
    const at = this.#deps.clock().toISOString();
    for (const client of Array.from(this.#clients)) {
      // Half open: nothing answered since the last time.
      if (!client.isAlive) {
        client.socket.terminate();
        this.#drop(client);
        continue;
      }
      client.isAlive = false;
      client.socket.ping();
      const { mark, rev } = client.subscription.snapshot;
      this.#send(client, { type: 'heartbeat', version: { version: toToken(mark), epoch: mark.epoch, rev }, at });
    }
    void this.#tellLifecycle(Array.from(this.#clients));
  }

  async #validate(): Promise<void> {
    const byCredential = new Map<string, FeedClient[]>();
    for (const client of this.#clients) {
      const { via, credentialId } = client.principal;
      const key = `${via} ${credentialId ?? ''}`;
      byCredential.set(key, [...(byCredential.get(key) ?? []), client]);
    }
    for (const clients of byCredential.values()) {
      const [first] = clients;
      if (first === undefined || (await this.#deps.isStillValid(first.principal).catch(() => true))) continue;
      for (const client of clients) this.#dismiss(client, 'session');
    }
  }

  #dismiss(client: FeedClient, reason: keyof typeof CODES): void {
    const { socket } = client;
    this.#drop(client);
    if (reason === 'slow') {
      socket.terminate();
      return;
    }
    const afterMs = reason === 'restart' ? Math.round(500 + Math.random() * COME_BACK_MS) : 0;
    const goodbye: ServerMessage = { type: 'goodbye', reason, afterMs };
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(goodbye));
    socket.close(CODES[reason], reason);
  }

  #drop(client: FeedClient): void {
    client.subscription.end();
    this.#clients.delete(client);
  }
}

/** Empty where there is nothing to warn of, and nothing was. */
function lifecycleText(warnings: LifecycleWarning[], isOver = false): string {
  if (warnings.length === 0 && !isOver) return '';
  return JSON.stringify({ type: 'lifecycle_warning', warnings } satisfies ServerMessage);
}

function telemetryText(figures: Telemetry, { hosts }: FeedSnapshot): string {
  const seen = Object.fromEntries(Object.entries(figures).filter(([id]) => hosts.has(id)));
  return JSON.stringify({ type: 'telemetry', telemetry: seen } satisfies ServerMessage);
}

function lastRunOf({ providers }: FeedSnapshot, providerId: string): { runId: string | null; outcome: string | null } {
  const run = providers.get(providerId)?.lastRun;
  return { runId: run?.id ?? null, outcome: run?.outcome ?? null };
}

function isSameUser(a: Principal, b: Principal): boolean {
  return a.userId === b.userId && a.name === b.name;
}
