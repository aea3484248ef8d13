import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { errorBody, successBody } from './answer-body.ts';
import { ApiError } from './api-error.ts';
import type { Certificates } from './certificates.ts';
import type { Cluster } from './cluster.ts';
import type { Dispatcher } from './dispatch.ts';
import type { FaultEffect, Faults } from './faults.ts';
import { Prng } from './prng.ts';
import { readRequest } from './read-request.ts';

const compress = promisify(gzip);
/** pveproxy closes idle connections after this. */
const KEEP_ALIVE_MS = 5000;
/** … and every connection with the answer to this request. */
const REQUESTS_PER_CONNECTION = 100;

export interface LabRequest {
  method: string;
  /** With its query, without `/api2/json`. */
  path: string;
  status: number;
}

export interface ServerOptions {
  cluster: Cluster;
  dispatcher: Dispatcher;
  faults: Faults;
  certificates: Certificates;
  unauthorizedDelayMs: number;
  requests: LabRequest[];
}

interface Answer {
  status: number;
  reason: string;
  body: string;
  contentType?: string;
}

/** How many requests each connection has carried. */
const carried = new WeakMap<Socket, number>();

export function createLabServer(options: ServerOptions): Server {
  const { certificates } = options;
  const shuffle = new Prng(options.cluster.nodes.size);
  const server = createServer({ cert: certificates.certificatePem, key: certificates.keyPem, minVersion: 'TLSv1.2' });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    respond(options, shuffle, request, response).catch((error: unknown) => response.destroy(toError(error)));
  });
  return server;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

async function respond(
  options: ServerOptions,
  shuffle: Prng,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { cluster, faults, requests } = options;
  const method = request.method ?? 'GET';
  const path = (request.url ?? '/').replace(/^\/api2\/json/, '');
  const entry = { method, path, status: 0 };
  requests.push(entry);
  const effects = faults.take(`${method} ${path}`);
  const isGone = cluster.localNode().downSinceMs !== null || effects.some((effect) => effect.kind === 'reset');
  if (isGone) {
    request.socket.destroy();
    return;
  }
  for (const effect of effects) if (effect.kind === 'delay') await sleep(effect.ms);
  const answer = effects.reduce(withEffect, await answerOf(options, shuffle, request));
  entry.status = answer.status;
  if (answer.status === 401) await sleep(options.unauthorizedDelayMs);
  await send(request, response, answer, { effects, at: new Date(cluster.nowMs()) });
}

async function answerOf(
  { cluster, dispatcher }: ServerOptions,
  shuffle: Prng,
  request: IncomingMessage,
): Promise<Answer> {
  try {
    const page = await dispatcher.answer(await readRequest(request));
    return { status: 200, reason: 'OK', body: successBody(page, shuffle) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: error.status, reason: error.message, body: errorBody(error, cluster.release) };
  }
}

function withEffect(answer: Answer, effect: FaultEffect): Answer {
  switch (effect.kind) {
    case 'status':
      return { status: effect.status, reason: effect.reason ?? 'Fault', body: effect.body ?? '' };
    case 'html':
      return { ...answer, body: '<html><body><h1>Bad gateway</h1></body></html>', contentType: 'text/html' };
    case 'empty-list':
      return { status: 200, reason: 'OK', body: '{"data":[]}' };
    case 'shorten':
      return { ...answer, body: shortened(answer.body, effect.keep) };
    case 'body':
      return { ...answer, body: effect.body };
    default:
      return answer;
  }
}

function shortened(body: string, share: number): string {
  const parsed: unknown = JSON.parse(body);
  if (typeof parsed !== 'object' || parsed === null || !('data' in parsed) || !Array.isArray(parsed.data)) return body;
  return JSON.stringify({ ...parsed, data: parsed.data.slice(0, Math.floor(parsed.data.length * share)) });
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  { effects, at }: { effects: readonly FaultEffect[]; at: Date },
): Promise<void> {
  const count = (carried.get(request.socket) ?? 0) + 1;
  carried.set(request.socket, count);
  const isLast = answer.status >= 400 || count >= REQUESTS_PER_CONNECTION;
  // Node takes only Latin-1 here, and the real server sends UTF-8 bytes.
  const reason = Buffer.from(answer.reason.replace(/[\r\n].*$/s, ''), 'utf8').toString('latin1');
  const wantsGzip = String(request.headers['accept-encoding'] ?? '').includes('gzip') && answer.body.length > 1024;
  const plain = Buffer.from(answer.body, 'utf8');
  const body = wantsGzip ? await compress(plain) : plain;
  const now = at.toUTCString();
  response.writeHead(answer.status, reason, {
    'Cache-Control': 'max-age=0',
    Connection: isLast ? 'close' : 'Keep-Alive',
    Date: now,
    Pragma: 'no-cache',
    Server: 'pve-api-daemon/3.0',
    Expires: now,
    ...(wantsGzip && { 'Content-Encoding': 'gzip' }),
    ...(body.length > 0 && {
      'Content-Length': body.length,
      'Content-Type': answer.contentType ?? 'application/json;charset=UTF-8',
    }),
  });
  if (effects.some((effect) => effect.kind === 'cut')) {
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => request.socket.destroy());
    return;
  }
  if (effects.some((effect) => effect.kind === 'close-idle'))
    response.on('finish', () => setImmediate(() => request.socket.destroy()));
  response.end(request.method === 'HEAD' ? undefined : body);
}
