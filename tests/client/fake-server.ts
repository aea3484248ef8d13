import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type {
  ClientMessage,
  FeedEvent,
  Increment,
  ServerMessage,
  State,
  SyncRequest,
} from '../../src/protocol/feed.ts';
import { emptyState, stateAfter } from './states.ts';

/** Speaks the protocol over real sockets, from a state that the test changes. */
export class FakeServer {
  state: State = emptyState();
  /** Calls and upgrades, in order: `GET /version`. */
  readonly requests: string[] = [];
  readonly resumes: ClientMessage[] = [];
  readonly authorizations: (string | undefined)[] = [];
  sockets = new Set<WebSocket>();
  /** What it does with an upgrade. `swallow`: it never answers. */
  upgrades: 'accept' | 'refuse' | 'swallow' = 'accept';
  /** A status in place of each answer; null: none. */
  failWith: { status: number; headers?: Record<string, string>; body?: string } | null = null;
  /** Bodies in place of what it would answer, by path with its query. */
  readonly bodies = new Map<string, { type: string; text: string }>();
  /** How many increments it remembers. */
  kept = Number.POSITIVE_INFINITY;
  /** Holds answers that bring a state until the test lets them go. */
  hold: Promise<void> | null = null;
  /** Answers whose last byte was handed to the system. */
  answers = 0;

  #increments: Increment[] = [];
  #server: Server | null = null;
  #port = 0;
  readonly #connections = new Set<Socket>();
  #ws = new WebSocketServer({ noServer: true });

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket)).on('error', () => undefined);
    });
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** As if it was killed. */
  async kill(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
    this.sockets.clear();
  }

  /** A step of the state, sent to all. */
  commit(...events: FeedEvent[]): Increment {
    const increment = this.commitSilently(...events);
    this.send({ type: 'incremental_update', increment });
    return increment;
  }

  /** A step that no socket hears of. */
  commitSilently(...events: FeedEvent[]): Increment {
    const { increment, state } = stateAfter(this.state, events);
    this.state = state;
    this.#increments.push(increment);
    return increment;
  }

  /** Another database: nothing that was goes on. */
  restore(state: State): void {
    this.state = state;
    this.#increments = [];
  }

  send(message: ServerMessage): void {
    this.raw(JSON.stringify(message));
  }

  raw(text: string): void {
    for (const socket of this.sockets) socket.send(text);
  }

  heartbeat(): void {
    const { version, epoch, rev } = this.state;
    this.send({ type: 'heartbeat', version: { version, epoch, rev }, at: this.state.at });
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.requests.push('upgrade');
    this.authorizations.push(request.headers.authorization);
    if (this.upgrades === 'swallow') return;
    if (this.upgrades === 'refuse' || this.failWith) {
      socket.end(`HTTP/1.1 ${this.failWith?.status ?? 403} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    this.#ws.handleUpgrade(request, socket, head, (ws) => {
      this.sockets.add(ws);
      ws.on('close', () => this.sockets.delete(ws)).on('error', () => undefined);
      ws.once('message', (data) => this.#resume(ws, JSON.parse((data as Buffer).toString()) as ClientMessage));
    });
  }

  #resume(ws: WebSocket, message: ClientMessage): void {
    this.resumes.push(message);
    const answer = this.#answerTo(message.version);
    const { version, epoch, rev, at } = this.state;
    if (answer.kind === 'state') this.#sendTo(ws, { type: 'full_sync', state: answer.state });
    else if (answer.kind === 'increment') this.#sendTo(ws, { type: 'incremental_update', increment: answer.increment });
    else this.#sendTo(ws, { type: 'heartbeat', version: { version, epoch, rev }, at });
  }

  #sendTo(ws: WebSocket, message: ServerMessage): void {
    ws.send(JSON.stringify(message));
  }

  #answerTo(version: string | null | undefined) {
    const { version: newest, epoch, rev, at } = this.state;
    if (version === newest) return { kind: 'equal', version: { version: newest, epoch, rev } } as const;
    const from = this.#increments.slice(-this.kept).findIndex((one) => one.from === version);
    if (version === undefined || from < 0) return { kind: 'state', state: this.state } as const;
    const events = this.#increments
      .slice(-this.kept)
      .slice(from)
      .flatMap((one) => one.events);
    const increment = { version: newest, epoch, rev, at, from: version ?? '', events };
    return { kind: 'increment', increment } as const;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace('/api/v1', '');
    this.requests.push(`${request.method} ${path}`);
    this.authorizations.push(request.headers.authorization);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    response.once('finish', () => this.answers++);
    if ((path === '/sync' || path.startsWith('/state')) && this.hold) await this.hold;
    if (this.failWith) {
      response.writeHead(this.failWith.status, this.failWith.headers).end(this.failWith.body ?? '');
      return;
    }
    const given = this.bodies.get(path);
    if (given) {
      response.writeHead(200, { 'content-type': given.type }).end(given.text);
      return;
    }
    const { version, epoch, rev } = this.state;
    const answer = path.startsWith('/state')
      ? this.state
      : path === '/version'
        ? { version, epoch, rev, providers: [] }
        : this.#answerTo((JSON.parse(body || '{}') as SyncRequest).version);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }
}
