import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { errorBody, successBody } from './answer-body.ts';
import { ApiError } from './api-error.ts';
import type { Cluster } from './cluster.ts';
import type { Dispatcher } from './dispatch.ts';
import { type Answer, withEffect } from './fault-answers.ts';
import type { FaultEffect, Faults } from './faults.ts';
import type { Listener } from './listener.ts';
import type { LabNode } from './model.ts';
import { Prng } from './prng.ts';
import { type Taken, takeIn } from './take-in.ts';
import { type LabWrite, noteHandled } from './writes.ts';

const compress = promisify(gzip);
/** pveproxy closes a connection with the answer to this request. */
const REQUESTS_PER_CONNECTION = 100;

export interface LabRequest {
  method: string;
  /** With its query, without `/api2/json`. */
  path: string;
  /** 0 while there is no answer, and when there never was one. */
  status: number;
  /** Name of the node that got it. */
  listener: string;
  /** Whether it came with a token, a ticket or a password. */
  hasCredential: boolean;
}

export interface AnswerOptions {
  cluster: Cluster;
  dispatcher: Dispatcher;
  faults: Faults;
  unauthorizedDelayMs: number;
  /** How long every answer takes. */
  latencyMs: number;
  /** What goes before every path; nothing answers elsewhere. */
  prefix: string;
  requests: LabRequest[];
  writes: LabWrite[];
}

/** How many requests each connection has carried. */
const carried = new WeakMap<Socket, number>();

/** What a listener does with a request. */
export function createAnswer(options: AnswerOptions): (listener: Listener) => RequestListener {
  const shuffle = new Prng(options.cluster.nodes.size);
  return (listener) => (request, response) => {
    const { url = '/' } = request;
    if (!url.startsWith(`${options.prefix}/`)) {
      response.writeHead(404, { 'Content-Type': 'text/html' }).end('<html><body>Not Found</body></html>');
      return;
    }
    request.url = url.slice(options.prefix.length);
    respond(options, shuffle, listener, { request, response }).catch((error: unknown) =>
      response.destroy(toError(error)),
    );
  };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

async function respond(
  options: AnswerOptions,
  shuffle: Prng,
  listener: Listener,
  { request, response }: Exchange,
): Promise<void> {
  const { cluster, faults, requests, latencyMs } = options;
  const { node } = listener;
  const entry = noteOf(request, node);
  requests.push(entry);
  await listener.whenThawed();
  const effects = faults.take(`${entry.method} ${entry.path}`);
  const taken = await takeIn(options, request, node.name);
  if (node.downSinceMs !== null || effects.some((effect) => effect.kind === 'reset')) {
    request.socket.destroy();
    return;
  }
  const late = effects.find((effect) => effect.kind === 'late');
  if (late) {
    request.socket.destroy();
    cluster.agenda.add(cluster.nowMs() + late.ms, () => handleLate(options, taken, node));
    return;
  }
  if (latencyMs > 0) await sleep(latencyMs);
  for (const effect of effects) if (effect.kind === 'delay') await sleep(effect.ms, undefined, { ref: false });
  const handled = await answerOf(options, shuffle, taken, node);
  if (effects.some((effect) => effect.kind === 'lose-answer')) {
    request.socket.destroy();
    return;
  }
  const answer = effects.reduce(withEffect, handled);
  entry.status = answer.status;
  if (answer.status === 401) await sleep(options.unauthorizedDelayMs);
  await send(request, response, answer, { effects, at: new Date(cluster.nowMs()) });
}

function noteOf({ method = 'GET', url = '/', headers }: IncomingMessage, node: LabNode): LabRequest {
  const path = url.replace(/^\/api2\/json/, '');
  const hasCredential =
    headers.authorization !== undefined || headers.cookie !== undefined || path.startsWith('/access/ticket');
  return { method, path, status: 0, listener: node.name, hasCredential };
}

async function answerOf(
  { cluster, dispatcher }: AnswerOptions,
  shuffle: Prng,
  { request, write }: Taken,
  node: LabNode,
): Promise<Answer> {
  try {
    if (request instanceof ApiError) throw request;
    const page = await dispatcher.answer(request, node);
    noteHandled(write, { at: cluster.nowMs(), status: 200, data: page.data });
    return { status: 200, reason: 'OK', body: successBody(page, shuffle) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    noteHandled(write, { at: cluster.nowMs(), status: error.status, data: null });
    return { status: error.status, reason: error.message, body: errorBody(error, cluster.release) };
  }
}

function handleLate({ cluster, dispatcher }: AnswerOptions, { request, write }: Taken, node: LabNode): void {
  if (request instanceof ApiError || node.downSinceMs !== null) return;
  const at = cluster.nowMs();
  try {
    noteHandled(write, { at, status: 200, data: dispatcher.answerNow(request, node).data });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    noteHandled(write, { at, status: error.status, data: null });
  }
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
