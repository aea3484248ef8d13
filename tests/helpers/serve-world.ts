import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { WebSocket } from 'ws';
import { App } from '../../src/app/app.ts';
import { openFeed } from '../../src/app/open-feed.ts';
import type { ClientMessage, ServerMessage } from '../../src/protocol/feed.ts';
import type { FeedClients } from '../../src/server/feed-clients.ts';
import { listen } from '../../src/server/listen.ts';
import type { ListenAddress } from '../../src/server/listen-address.ts';
import { buildServer, type ServerDeps } from '../../src/server/server.ts';
import type { FeedHub } from '../../src/services/feed/feed-hub.ts';
import type { PeopleService } from '../../src/services/people/people-service.ts';
import type { Actor } from '../../src/types/people.ts';
import type { AccessScope, Role } from '../../src/types/principal.ts';
import { SERVER_DEPS } from './server-deps.ts';
import { NO_ENVIRONMENT } from './stored-provider.ts';
import { openWorld, type World } from './world.ts';

// Loaded when a request needs them: see world.ts.
import '../../src/app/open-operations.ts';
import '../../src/app/open-people.ts';
import '../../src/app/open-reconcile.ts';
import '../../src/app/open-services.ts';
import '../../src/app/perform-operation.ts';
import '../../src/services/imports/import-service.ts';
import '../../src/services/lifecycle/lifecycle-service.ts';
import '../../src/services/operations/operation-service.ts';
import '../../src/services/selectors/bounded-selector.ts';

export const ROOT: Actor = { name: 'root', via: 'cli', address: null };
export const PASSWORD = 'a very long password';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Absent where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  json: any;
}

export interface Sent {
  token?: string | undefined;
  headers?: Record<string, string>;
  body?: unknown;
}

/** The whole server over an inventory of two clusters, `lab` and `other`, listening on a free port. */
export interface ServeWorld {
  world: World;
  other: World;
  app: App;
  hub: FeedHub;
  people: PeopleService;
  server: FastifyInstance;
  clients: FeedClients;
  /** `127.0.0.1:PORT` */
  host: string;
  /** What the server said in its log. */
  log: string[];
  send(method: string, path: string, sent?: Sent): Promise<Answer>;
  /** Makes a user, and gives a token with the same role and scope. A customer has the account `whmcs:NAME`. */
  token(name: string, role: Role, scope?: Partial<AccessScope>): Promise<string>;
  connect(token: string, hello?: Partial<ClientMessage>): Promise<FeedSocket>;
  /** Of guests, by name. */
  idOf(name: string): string;
  providerId(name: string): string;
}

export interface FeedSocket {
  socket: WebSocket;
  messages: ServerMessage[];
  /** Code and reason of the close. */
  closed: Promise<string>;
}

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});

export async function openServeWorld(options: Partial<ServerDeps> = {}): Promise<ServeWorld> {
  const world = await openWorld({ nodes: 2, vms: 6, containers: 2 });
  const other = await openWorld({ clusterName: 'other', seed: 2, nodes: 1, vms: 3, containers: 1 });
  await world.rollcall('discover-all --quiet');
  await world.rollcall('discover-all --quiet', { env: { ...other.lab.env(), PROXMOX_VE_NAME: 'other' } });
  return serve(world, other, options);
}

/** Another server over the same database. `address`: null for one that does not listen yet. */
export async function serve(
  world: World,
  other: World,
  options: Partial<ServerDeps> = {},
  address: ListenAddress | null = { host: '127.0.0.1', port: 0 },
): Promise<ServeWorld> {
  const env = { ...world.env, ...NO_ENVIRONMENT };
  let ids = 0;
  const start = Math.random().toString(36).slice(2, 8);
  const newId = () => `${start}${String(++ids).padStart(16 - start.length, '0')}`;
  const signal = new AbortController().signal;
  const machine = { env, cwd: world.dir, signal, clock: () => world.clock.now(), newId };
  const app = new App(machine, { warn: () => undefined, note: () => undefined });
  app.configure({ isMaker: true, env, flags: {}, providers: [] });
  const reading = app.another();
  const hub = await openFeed(await reading.connection(), { clock: () => world.clock.now() });
  const log: string[] = [];
  const { server, clients } = await buildServer({
    ...SERVER_DEPS,
    app,
    hub,
    clock: () => world.clock.now(),
    log: (level, message) => void log.push(`${level} ${message}`),
    ...options,
  });
  if (address !== null) await listen(server, address, options.basePath ?? '');
  const people = await app.people();
  closers.push(async () => {
    await server.close();
    await Promise.all([app.close(), reading.close()]);
  });
  const bound = server.server.address() as AddressInfo | null;
  const host = `127.0.0.1:${bound?.port}`;
  const found = (rows: Iterable<{ id: string; name?: string | undefined }>, name: string) => {
    for (const row of rows) if (row.name === name) return row.id;
    throw new Error(`there is no ${name}`);
  };
  return {
    world,
    other,
    app,
    hub,
    people,
    server,
    clients,
    host,
    log,
    send: (method, path, sent) => request(`http://${host}${path}`, method, sent),
    token: async (name, role, scope) => {
      const whole = scope ? { providers: [], pools: [], tags: [], ...scope } : null;
      const accountKey = role === 'customer' ? `whmcs:${name}` : null;
      const { user } = await people.users.add({ name, role, scope: whole, accountKey, password: PASSWORD }, ROOT);
      return (await people.tokens.add(user, { name: 'test', expiresAt: null }, ROOT)).secret;
    },
    connect: (token, hello) => connect(host, token, hello),
    idOf: (name) => found(hub.current.hosts.values(), name),
    providerId: (name) => found(hub.current.providers.values(), name),
  };
}

async function request(url: string, method: string, { token, headers = {}, body }: Sent = {}): Promise<Answer> {
  const isRaw = typeof body === 'string';
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = text !== '' && /json/.test(answer.headers.get('content-type') ?? '');
  return { status: answer.status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

/** Open, and with the first message of the server. */
async function connect(host: string, token: string, hello: Partial<ClientMessage> = {}): Promise<FeedSocket> {
  const socket = new WebSocket(`ws://${host}/api/v1/ws`, { headers: { authorization: `Bearer ${token}` } });
  const messages: ServerMessage[] = [];
  const closed = new Promise<string>((resolve) => {
    socket.on('close', (code, reason) => resolve(`${code} ${String(reason)}`.trim()));
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send(JSON.stringify({ type: 'resume', version: null, ...hello })));
    socket.on('message', (data: Buffer) => {
      messages.push(JSON.parse(data.toString()));
      resolve();
    });
    void closed.then((why) => reject(new Error(`closed: ${why}`)));
  });
  return { socket, messages, closed };
}
