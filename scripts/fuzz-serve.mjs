// @ts-check
// `npm run fuzz:serve -- --count 100000`: mutated requests to a running server; prints the seed and the answers by status.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { ensureBuilt, root } from './ready.mjs';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string' }, bin: { type: 'string' } },
});
const count = Number(values.count);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const bin = values.bin !== undefined ? path.resolve(values.bin) : path.join(root, 'dist/bin/rollcall.js');
const AT_ONCE = 8;
/** What the process may take more after all requests than after the first tenth. */
const MOST_MORE_MB = 250;

if (values.bin === undefined) ensureBuilt();
const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-fuzz-'));
const env = {
  ...process.env,
  DATABASE_URL: `file:${path.join(dir, 'fuzz.db')}`,
  XDG_CONFIG_HOME: path.join(dir, 'config'),
  XDG_DATA_HOME: path.join(dir, 'data'),
};

/** @param {string[]} args */
function rollcall(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { env, cwd: dir, encoding: 'utf8' });
  if (status !== 0) throw new Error(`rollcall ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** A small generator that gives the same numbers for the same seed. @param {number} from */
function mulberry(from) {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = mulberry(seed);
/** @template T @param {readonly T[]} list @returns {T} */
const pick = (list) => /** @type {T} */ (list[Math.floor(random() * list.length)]);

const TEXTS = [
  '',
  '0',
  '-1',
  '1',
  '999999999999999999999',
  '1e400',
  'NaN',
  'null',
  'true',
  '[]',
  '{}',
  '*',
  '?',
  '!',
  '%',
  '%00',
  '..',
  '../../etc/passwd',
  '..%2f..%2f',
  '%2e%2e%5c',
  '\\',
  "'",
  '"',
  '`',
  '$(id)',
  ';--',
  "' OR 1=1 --",
  '\0',
  '‮',
  '\ud800',
  '🙂',
  'é',
  'a'.repeat(3e3),
  '*a'.repeat(900),
  '('.repeat(900),
  'tag=prod',
  'name~a',
  'memory>8G',
  'tag=*a*a*a*a',
  'not not not',
  'a=b,c=d|e=f',
  '24h',
  'yesterday',
  '2026-11-21',
  '9999999-99-99',
  '+275760-09-13',
  'now',
  '-271821-04-20',
  '1000000y',
  'env:HOME',
  'file:/etc/passwd',
  'command:id',
  'https://127.0.0.1:1',
  '__proto__',
];
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'HEAD', 'OPTIONS'];

/** A value of a JSON schema, or something else. @param {any} schema @param {any} all @returns {unknown} */
function valueFor(schema, all, depth = 0) {
  if (random() < 0.15 || depth > 5)
    return pick([...TEXTS, null, 0, -1, 1e308, 2 ** 53, true, [], {}, [[]], { a: { b: 1 } }]);
  if (schema?.$ref) return valueFor(all[schema.$ref.split('/').at(-1)], all, depth + 1);
  const choices = schema?.anyOf ?? schema?.oneOf;
  if (choices) return valueFor(pick(choices), all, depth + 1);
  if (schema?.enum) return pick(schema.enum);
  if ('const' in (schema ?? {})) return schema.const;
  if (schema?.type === 'object') {
    const entries = Object.entries(schema.properties ?? {}).filter(() => random() < 0.85);
    const extra = random() < 0.1 ? [[pick(TEXTS), pick(TEXTS)]] : [];
    return Object.fromEntries([...entries.map(([key, one]) => [key, valueFor(one, all, depth + 1)]), ...extra]);
  }
  if (schema?.type === 'array')
    return Array.from({ length: Math.floor(random() * 4) }, () => valueFor(schema.items, all, depth + 1));
  if (schema?.type === 'boolean') return random() < 0.5;
  if (schema?.type === 'integer' || schema?.type === 'number') return pick([0, 1, -1, 200, 1000, 2 ** 31, 2 ** 53]);
  return pick(TEXTS);
}

/** @param {any} described @param {string[]} ids */
function requestOf(described, ids) {
  const url = pick(Object.keys(described.paths));
  const operations = described.paths[url];
  const isKnown = random() < 0.8;
  const method = isKnown ? pick([...Object.keys(operations), 'head']).toUpperCase() : pick(METHODS);
  const operation = operations[method.toLowerCase()] ?? {};
  const encode = (/** @type {string} */ text) =>
    random() < 0.9 ? encodeURIComponent(Buffer.from(text).toString()) : text.replace(/[^!-~]/g, '');
  const filled = url.replace(/\{\w+\}/g, () => encode(random() < 0.6 ? pick(ids) : pick(TEXTS)));
  const query = (operation.parameters ?? [])
    .filter((/** @type {any} */ one) => one.in === 'query' && random() < 0.5)
    .map(
      (/** @type {any} */ one) =>
        `${one.name}=${encode(String(valueFor(one.schema, described.components?.schemas ?? {})))}`,
    );
  if (random() < 0.05) query.push(`${encode(pick(TEXTS))}=${encode(pick(TEXTS))}`);
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  let body =
    schema || random() < 0.05 ? JSON.stringify(valueFor(schema, described.components?.schemas ?? {})) : undefined;
  if (body !== undefined && random() < 0.1) body = body.slice(0, Math.floor(random() * body.length));
  const path = `${filled}${query.length > 0 ? `?${query.join('&')}` : ''}`.slice(0, 12_000);
  return { method, path: random() < 0.02 ? `/${encode(pick(TEXTS))}` : path, body };
}

/** @param {string} token @returns {Record<string, string>} */
function headersOf(token) {
  /** @type {Record<string, string>} */
  const headers = random() < 0.95 ? { authorization: `Bearer ${token}` } : {};
  if (random() < 0.9)
    headers['content-type'] = pick([
      'application/json',
      'application/json',
      'application/json',
      'text/plain',
      'x/y',
      '',
    ]);
  const odd = [
    'accept-encoding',
    'if-none-match',
    'origin',
    'cookie',
    'x-forwarded-for',
    'range',
    'expect',
    'accept',
    'x-rollcall-csrf',
  ];
  if (random() < 0.2)
    headers[pick(odd)] = pick(TEXTS)
      .replace(/[^ -~]/g, '')
      .slice(0, 2000);
  return headers;
}

/** @param {http.Agent} agent @param {number} port @param {ReturnType<typeof requestOf>} asked @param {Record<string, string>} headers @returns {Promise<number>} */
function send(agent, port, { method, path, body }, headers) {
  return new Promise((resolve) => {
    const request = http.request(
      { agent, host: '127.0.0.1', port, method, path, headers, timeout: 60_000 },
      (answer) => {
        answer
          .resume()
          .on('end', () => resolve(answer.statusCode ?? 0))
          .on('error', () => resolve(-1));
      },
    );
    request.on('timeout', () => request.destroy());
    // 100-continue and refused bodies end a connection; a server that is gone is found by /healthz.
    request.on('error', () => resolve(-1));
    request.end(body);
  });
}

/** @param {number} port @param {string} token */
function socketRound(port, token) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/ws`, { headers: { authorization: `Bearer ${token}` } });
    const end = () => resolve(undefined);
    socket.on('open', () => {
      for (let i = 0; i < 3; i++) {
        const hello = { type: 'resume', version: pick([null, 'x', ...TEXTS]), filter: pick(TEXTS), telemetry: true };
        socket.send(random() < 0.7 ? JSON.stringify(hello) : pick(TEXTS));
      }
      setTimeout(() => socket.terminate(), 30);
    });
    socket.on('close', end);
    socket.on('error', end);
  });
}

/** Megabytes. @param {number} pid */
const memoryOf = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

let told = '';
const server = { pid: 0, port: 0 };
/** @type {import('node:child_process').ChildProcess | undefined} */
let serving;
/** @type {import('node:child_process').ChildProcess | undefined} */
let lab;
try {
  lab = spawn(process.execPath, [bin, 'lab', '--port', '0', '--print-env'], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const printed = await new Promise((resolve) => {
    let text = '';
    lab?.stdout?.on('data', (data) => {
      text += data;
      if (/PROXMOX_VE_API_TOKEN/.test(text) && text.endsWith('\n')) setTimeout(() => resolve(text), 500);
    });
  });
  const variables = [...String(printed).matchAll(/^(\w+)='([^'\n]*)'/gm)].map(([, key, text]) => [key, text]);
  Object.assign(env, Object.fromEntries(variables));
  rollcall('discover-all', '--quiet');
  rollcall('users', 'add', 'root');
  const made = JSON.parse(rollcall('tokens', 'add', 'root', '--name', 'fuzz', '-o', 'json'));
  const token = made.secret ?? made.token?.secret ?? made[0]?.secret;
  serving = spawn(process.execPath, [bin, 'serve', '--listen', '127.0.0.1:0', '--rate', '100000000'], {
    env,
    cwd: dir,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server.pid = serving.pid ?? 0;
  server.port = await new Promise((resolve, reject) => {
    serving?.stderr?.on('data', (data) => {
      told += data;
      const port = /serving http:\/\/127\.0\.0\.1:(\d+)\//.exec(told)?.[1];
      if (port) resolve(Number(port));
    });
    serving?.on('exit', () => reject(new Error(`the server ended: ${told}`)));
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const base = `http://127.0.0.1:${server.port}/api/v1`;
  const authorization = { headers: { authorization: `Bearer ${token}` } };
  /** @type {any} */
  const described = await (await fetch(`${base}/openapi.json`)).json();
  /** @type {any} */
  const state = await (await fetch(`${base}/state`, authorization)).json();
  const ids = [...state.hosts.slice(0, 5), ...state.providers].map(({ id }) => id);
  // Whoever logs the fuzzer out, removes its token or its user ends the test.
  for (const url of Object.keys(described.paths))
    if (/users|session|invite|\/ws$/.test(url)) delete described.paths[url].delete;
  /** @type {Map<number, number>} */
  const statuses = new Map();
  /** @type {object[]} */
  const failures = [];
  let sent = 0;
  let early = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (sent < count) {
        sent += 1;
        if (sent === Math.floor(count / 10)) early = memoryOf(server.pid);
        if (sent % 200 === 0) await socketRound(server.port, token);
        const asked = requestOf(described, ids);
        if (/^\/api\/v1\/users\/[^/]+$/.test(asked.path) && asked.method === 'PATCH') continue;
        const status = await send(agent, server.port, asked, headersOf(token));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        // A provider that does not answer is no failure of the server: 502 and 504 are about it.
        if (status >= 500 && status !== 502 && status !== 504 && failures.length < 20)
          failures.push({ status, ...asked });
        if (serving?.exitCode !== null) throw new Error(`the server ended: ${told.slice(-3000)}`);
      }
    }),
  );
  const late = memoryOf(server.pid);
  const alive = await fetch(`http://127.0.0.1:${server.port}/healthz`);
  const known = await fetch(`${base}/users`, authorization);
  const seconds = Math.round((performance.now() - started) / 1000);
  const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`);
  console.log(
    `seed ${seed}: ${sent} requests in ${seconds} s; ${counts.join(', ')}; memory ${Math.round(early)} → ${Math.round(late)} MB`,
  );
  for (const failure of failures) console.log(JSON.stringify(failure).slice(0, 600));
  if (failures.length > 0) console.log(told.slice(-3000));
  if (failures.length > 0 || !alive.ok || known.status !== 200 || late - early > MOST_MORE_MB) process.exitCode = 1;
  agent.destroy();
} finally {
  serving?.kill();
  lab?.kill();
  rmSync(dir, { recursive: true, force: true });
}
