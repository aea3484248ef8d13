import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { makeCertificate, type TestCertificate } from './certificate.ts';

export interface ReplayAnswer {
  status: number;
  reason?: string;
  /** Sent as they are; Content-Length is reckoned, and `Content-Encoding: gzip` packs the body. */
  headers?: Readonly<Record<string, string>> | readonly (readonly [name: string, value: string])[];
  /** A text is sent to the byte, an object as JSON. */
  body?: string | object;
}

/** By request: `GET /nodes/pve1/tasks?source=all&limit=500`, without /api2/json. */
export type ReplayAnswers = Readonly<Record<string, ReplayAnswer>>;

export interface ReplayRequest {
  method: string;
  /** As it was asked, with the query, without /api2/json. */
  path: string;
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface ReplayServer {
  url: string;
  caPem: string;
  fingerprint: string;
  requests: ReplayRequest[];
  /** Connections made so far. */
  connectionCount(): number;
  /** Replaces all answers. */
  set(answers: ReplayAnswers): void;
  close(): Promise<void>;
}

export interface ReplayOptions {
  /** May answer in place of the recorded answers; called with the key of the request. */
  onRequest?: (
    key: string,
    request: { headers: IncomingMessage['headers']; body: string },
  ) => ReplayAnswer | undefined | Promise<ReplayAnswer | undefined>;
  certificate?: TestCertificate;
  /** The server's clock, as the Date header tells it; otherwise the real one. */
  date?: () => Date;
}

const PREFIX = '/api2/json';

/**
 * A server over HTTPS that gives the answers it was given, and 501 for everything else. Percent-encoding and the order of
 * the query's parameters do not matter.
 */
export async function startReplay(answers: ReplayAnswers, options: ReplayOptions = {}): Promise<ReplayServer> {
  const certificate = options.certificate ?? (await makeCertificate());
  const requests: ReplayRequest[] = [];
  let known = byKey(answers);
  let connections = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request);
    const { method = '', url = '', headers } = request;
    const path = url.startsWith(PREFIX) ? url.slice(PREFIX.length) : url;
    const key = keyOf(`${method} ${path}`);
    const found = (await options.onRequest?.(`${method} ${path}`, { headers, body })) ?? known.get(key);
    const given = found ?? notImplemented(method, path);
    requests.push({ method, path, status: given.status, headers, body });
    write(response, given, options.date?.());
  }

  const server = createServer({ key: certificate.key, cert: certificate.pem }, (request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.on('secureConnection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem: certificate.pem,
    fingerprint: certificate.fingerprint,
    requests,
    connectionCount: () => connections,
    set: (next) => {
      known = byKey(next);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function byKey(answers: ReplayAnswers): Map<string, ReplayAnswer> {
  return new Map(Object.entries(answers).map(([key, answer]) => [keyOf(key), answer]));
}

function keyOf(request: string): string {
  const [method = '', target = ''] = request.split(' ');
  const [path = '', query = ''] = target.replace(PREFIX, '').split('?');
  const parameters = query.split('&').filter((part) => part !== '');
  return `${method} ${decodeURIComponent(path)}?${parameters.map(decodeURIComponent).sort().join('&')}`;
}

function notImplemented(method: string, path: string): ReplayAnswer {
  const reason = `Method '${method} ${path.split('?')[0]}' not implemented`;
  return { status: 501, reason, body: { data: null, message: `${reason}\n` } };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function write(
  response: ServerResponse,
  { status, reason = 'OK', headers = {}, body = '' }: ReplayAnswer,
  date: Date | undefined,
): void {
  const pairs = (Array.isArray(headers) ? headers : Object.entries(headers)) as [string, string][];
  const kept = pairs.filter(([name]) => !/^(?:content-length|transfer-encoding|connection|date)$/i.test(name));
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const isPacked = kept.some(([name, value]) => /^content-encoding$/i.test(name) && value === 'gzip');
  const payload = isPacked ? gzipSync(bytes) : bytes;
  const ending: [string, string][] = payload.length > 0 ? [['Content-Length', String(payload.length)]] : [];
  if (date !== undefined) ending.push(['Date', date.toUTCString()]);
  if (status >= 400) ending.push(['Connection', 'close']);
  // Proxmox VE puts UTF-8 into the reason phrase; Node writes what it is given as Latin-1.
  response.writeHead(status, Buffer.from(reason).toString('latin1'), [...kept, ...ending].flat());
  response.end(payload);
}
