import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { openPeople } from '../../src/app/open-people.ts';
import type { Connection } from '../../src/repositories/db/connection.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { addActionRoutes } from '../../src/server/auth/action-routes.ts';
import { type AuthOptions, installAuth } from '../../src/server/auth/install-auth.ts';
import type { SessionCookie } from '../../src/server/auth/session-cookie.ts';
import { addSessionRoutes } from '../../src/server/auth/session-routes.ts';
import { addTokenRoutes } from '../../src/server/auth/token-routes.ts';
import { addUserRoutes } from '../../src/server/auth/user-routes.ts';
import { handleError } from '../../src/server/problem.ts';
import { Passwords } from '../../src/services/people/passwords.ts';
import type { PeopleService } from '../../src/services/people/people-service.ts';
import type { Actor } from '../../src/types/people.ts';
import type { Role } from '../../src/types/principal.ts';
import { databaseAt } from './postgres.ts';
import { tempDir } from './temp.ts';

export const ROOT: Actor = { name: 'root', via: 'cli', address: null };
export const PASSWORD = 'a very long password';

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
  /** Absent where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  json: any;
}

export interface AuthServer {
  app: FastifyInstance;
  people: PeopleService;
  passwords: Passwords;
  connection: Connection;
  /** `127.0.0.1:PORT` */
  host: string;
  clock: { now(): Date; advance(ms: number): void };
  send(method: string, path: string, options?: { headers?: http.OutgoingHttpHeaders; body?: unknown }): Promise<Answer>;
  addUser(name: string, role: Role, scope?: { providers?: string[]; pools?: string[]; tags?: string[] }): Promise<void>;
  /** Headers of a page that is logged in. */
  logIn(name: string): Promise<{ cookie: string; origin: string; 'x-rollcall-csrf': string }>;
  token(name: string): Promise<string>;
}

const dir = tempDir();
const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Extras {
  options?: Partial<AuthOptions>;
  /** More routes, below `/api/v1`. */
  routes?: (api: FastifyInstance, parts: { people: PeopleService; cookie: SessionCookie; clock: () => Date }) => void;
}

/** A server with nothing but what concerns people, over a database of its own. */
export async function openAuthServer({ options = {}, routes }: Extras = {}): Promise<AuthServer> {
  let nowMs = Date.parse('2026-11-21T10:00:00Z');
  let ids = 0;
  const clock = () => new Date(nowMs);
  const connection = await openDatabase(await databaseAt(path.join(dir, `${closers.length}.db`)));
  const passwords = new Passwords({ log2N: 4, r: 8, p: 1 });
  const newId = () => `id${String(++ids).padStart(14, '0')}`;
  const people = openPeople(connection, { clock, newId }, { passwords });
  const app = fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(handleError);
  const isLocalAllowed = () => Promise.resolve(true);
  const settings = { secureCookies: false, basePath: '/', hosts: new Set<string>(), isLocalAllowed, ...options };
  const cookie = await installAuth(app, { ...settings, people });
  await app.register(
    (api, _options, done) => {
      addSessionRoutes(api, { people, cookie, clock, oidc: null });
      addUserRoutes(api, { people, accountKeyOf: async (text) => text, clock });
      addTokenRoutes(api, { people, clock });
      addActionRoutes(api, { people });
      routes?.(api, { people, cookie, clock });
      done();
    },
    { prefix: '/api/v1' },
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  closers.push(async () => {
    await app.close();
    await connection.close();
  });
  const { port } = app.server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const send: AuthServer['send'] = (method, url, sent) => request(port, method, url, sent);
  return {
    app,
    people,
    passwords,
    connection,
    host,
    clock: {
      now: clock,
      advance: (ms) => {
        nowMs += ms;
      },
    },
    send,
    addUser: async (name, role, scope) => {
      const whole = scope && { providers: [], pools: [], tags: [], ...scope };
      const accountKey = role === 'customer' ? `whmcs:${name}` : null;
      await people.users.add({ name, role, scope: whole, accountKey, password: PASSWORD }, ROOT);
    },
    logIn: async (name) => {
      const answer = await send('POST', '/api/v1/session', { body: { name, password: PASSWORD } });
      if (answer.status !== 200) throw new Error(`${name} is not logged in: ${answer.text}`);
      return { cookie: cookieOf(answer), origin: `http://${host}`, 'x-rollcall-csrf': answer.json.csrf };
    },
    token: async (name) => {
      const draft = { name: `token-${++ids}`, expiresAt: null };
      return (await people.tokens.add(await people.users.get(name), draft, ROOT)).secret;
    },
  };
}

/** `name=value` of the only cookie that is set. */
export function cookieOf({ headers }: Answer): string {
  const [cookie = ''] = headers['set-cookie'] ?? [];
  return cookie.split(';')[0] ?? '';
}

function request(
  port: number,
  method: string,
  url: string,
  { headers = {}, body }: { headers?: http.OutgoingHttpHeaders; body?: unknown } = {},
): Promise<Answer> {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const all = { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers };
  return new Promise((resolve, reject) => {
    const sent = http.request({ port, host: '127.0.0.1', method, path: url, headers: all, agent: false }, (answer) => {
      let received = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        received += part;
      });
      answer.on('end', () => {
        const isJson = received !== '' && /json/.test(answer.headers['content-type'] ?? '');
        const json: unknown = isJson ? JSON.parse(received) : undefined;
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: received, json });
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}
