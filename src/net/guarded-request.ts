import dns from 'node:dns';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { AppError } from '../types/errors.ts';
import { isPublicAddress } from './public-address.ts';
import { readBody } from './read-body.ts';
import { retryAfterMs } from './retry.ts';
import { toWireFailure, WireFailure } from './wire-failure.ts';

export interface GuardedRequest {
  /** Written by others: the address of a webhook. */
  url: string;
  method: 'GET' | 'POST' | 'PUT';
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** From the name look-up to the last byte (10,000). */
  timeoutMs?: number;
  maxRequestBytes?: number;
  maxResponseBytes?: number;
  /** Plain HTTP is refused unless the local configuration allows it. */
  allowHttp?: boolean;
  /** Addresses that the local configuration allows although they are not public. */
  allowedAddresses?: readonly string[];
  /** Any address: the owner of this machine chose it. */
  isAnyAllowed?: boolean;
  /** PEM; in place of the system's authorities. */
  ca?: string | undefined;
  signal?: AbortSignal;
}

export interface GuardedAnswer {
  /** A redirect is an answer, and is not followed. */
  status: number;
  text: string;
  /** Of the header `Retry-After`. */
  retryAfterMs?: number;
}

const TIMEOUT_MS = 10_000;
const MAX_REQUEST_BYTES = 256 * 2 ** 10;
const MAX_RESPONSE_BYTES = 64 * 2 ** 10;

/**
 * Sends one request to an address that others chose. It reaches public addresses only, checked on the address that is
 * connected to, so that no name which resolves to another one the next time gets past. Takes no proxy from the environment.
 * Throws AppError, which names the origin but not the path: that of a webhook is a secret.
 */
export async function sendGuarded(request: GuardedRequest): Promise<GuardedAnswer> {
  const { maxRequestBytes = MAX_REQUEST_BYTES, body = '' } = request;
  const url = checkUrl(request);
  if (Buffer.byteLength(body) > maxRequestBytes) {
    throw new AppError('parameter', `${url.origin}: the request is larger than ${maxRequestBytes} bytes`);
  }
  try {
    return await exchange(url, request);
  } catch (error) {
    throw explain(url.origin, error);
  }
}

/** Throws AppError('configuration'). A literal address is never looked up, so it is checked here. */
function checkUrl({ url: text, allowHttp = false, ...request }: GuardedRequest): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw new AppError('configuration', 'Not an address of the web');
  if (url.protocol !== 'https:' && !(allowHttp && url.protocol === 'http:')) {
    throw new AppError('configuration', `${url.protocol}//${url.host} is refused: only HTTPS is allowed`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('configuration', `${url.origin} is refused: a user or password in an address is not sent`);
  }
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isAllowed(host, request)) throw refused(url.origin, host);
  return url;
}

function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

type Allowed = Pick<GuardedRequest, 'allowedAddresses' | 'isAnyAllowed'>;

function isAllowed(address: string, { allowedAddresses = [], isAnyAllowed = false }: Allowed): boolean {
  return isAnyAllowed || allowedAddresses.includes(address) || isPublicAddress(address);
}

async function exchange(url: URL, request: GuardedRequest): Promise<GuardedAnswer> {
  const { timeoutMs = TIMEOUT_MS, maxResponseBytes = MAX_RESPONSE_BYTES, ca, signal } = request;
  const isHttps = url.protocol === 'https:';
  // An agent of its own: that of the process may take a proxy from the environment (Node 24).
  const agent = isHttps
    ? new HttpsAgent({ rejectUnauthorized: true, ...(ca !== undefined && { ca }) })
    : new HttpAgent();
  const outgoing = (isHttps ? requestHttps : requestHttp)(url, {
    agent,
    method: request.method,
    headers: { 'User-Agent': 'rollcall', 'Accept-Encoding': 'identity', ...request.headers },
    lookup: guardedLookup(request),
  });
  let stopped: WireFailure | undefined;
  const stop = (kind: 'aborted' | 'timeout'): void => {
    stopped = new WireFailure(kind);
    outgoing.destroy(stopped);
  };
  const abort = (): void => stop('aborted');
  const timer = setTimeout(() => stop('timeout'), timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.on('error', reject);
      outgoing.end(request.body);
    });
    const body = await readBody(incoming, { maxBytes: maxResponseBytes });
    const waitMs = retryAfterMs(incoming.headers['retry-after'], Date.now());
    return {
      status: incoming.statusCode ?? 0,
      text: body.toString('utf8'),
      ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    };
  } catch (error) {
    throw stopped ?? error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    agent.destroy();
  }
}

/** Resolves a name once, and refuses it when any of its addresses is not allowed. */
function guardedLookup(allowed: Allowed): LookupFunction {
  return (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const bad = error ? undefined : addresses.find(({ address }) => !isAllowed(address, allowed));
      const first = error ? undefined : addresses[0];
      if (error || bad !== undefined || first === undefined) {
        return callback(error ?? new WireFailure('network', { code: REFUSED, detail: bad?.address ?? 'none' }), []);
      }
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

const REFUSED = 'ROLLCALL_REFUSED';

function refused(origin: string, address: string): AppError {
  return new AppError('configuration', `${origin} is refused: ${address} is no public address`, {
    hint: 'Give an address that everyone can reach; a notifier that is added with --allow-private takes any',
  });
}

function explain(origin: string, error: unknown): AppError {
  const { kind, code, detail = '' } = toWireFailure(error);
  if (code === REFUSED) return refused(origin, detail);
  if (kind === 'aborted') return new AppError('interrupted', `${origin}: interrupted`);
  if (kind === 'timeout') return new AppError('timeout', `${origin}: no answer in time`, { retryable: true });
  if (kind === 'too-large') return new AppError('malformed', `${origin}: the answer is too large`);
  return new AppError('unreachable', `${origin}: ${code ?? kind}`, { retryable: true });
}
