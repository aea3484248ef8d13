import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import { z } from 'zod';
import { Repeatable, repeatRead, retryAfterMs } from '../net/retry.ts';
import { exchange, type WireAnswer, type WireRequest } from '../net/wire.ts';
import { toWireFailure } from '../net/wire-failure.ts';
import { toOrigin, type WireOrigin } from '../net/wire-origin.ts';
import type { NetboxClient } from '../services/netbox/netbox-state.ts';
import { AppError, type ErrorCode } from '../types/errors.ts';

const PAGE = 200;
/** A server that says there is always more is not asked for ever. */
const MOST_PAGES = 2000;
const MAX_BYTES = 16 * 2 ** 20;
const TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
const RETRIES = { retries: 4, baseMs: 500 };
const MOST_WORDS = 300;

const page = z.object({ count: z.number(), results: z.array(z.unknown()) });

type Request = Pick<WireRequest, 'method' | 'path'> & { label: string; body?: object };

/** NetBox' REST API over verified TLS. A redirect is an error: it would take the token elsewhere. */
export class NetboxHttp implements NetboxClient {
  readonly #origin: WireOrigin;
  readonly #token: string;
  readonly #signal: AbortSignal;
  readonly #agent: HttpAgent;

  /** Throws AppError('usage') for an address that a token is not sent to. */
  constructor(url: string, token: string, signal: AbortSignal) {
    this.#origin = toOrigin(checkedUrl(url));
    this.#token = token;
    this.#signal = signal;
    const options = { keepAlive: true, maxSockets: 1 };
    this.#agent =
      this.#origin.protocol === 'https:'
        ? new HttpsAgent({ ...options, rejectUnauthorized: true })
        : new HttpAgent(options);
  }

  close(): void {
    this.#agent.destroy();
  }

  async list(path: string, query: readonly (readonly [string, string])[]): Promise<readonly unknown[]> {
    const found: unknown[] = [];
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const words = new URLSearchParams();
      for (const [name, value] of query) words.append(name, value);
      words.set('limit', String(PAGE));
      words.set('offset', String(found.length));
      const { count, results } = toPage(await this.#read(`${path}?${words.toString()}`));
      found.push(...results);
      if (found.length >= count || results.length === 0) return found;
    }
    throw new AppError('limit', `${this.#origin.href}: ${path} has more than ${MOST_PAGES} pages`);
  }

  async create(path: string, body: object, label: string): Promise<unknown> {
    return toJson(await this.#write({ method: 'POST', path, body, label }));
  }

  async update(path: string, id: number, body: object, label: string): Promise<void> {
    await this.#write({ method: 'PATCH', path: `${path}${id}/`, body, label });
  }

  async #read(path: string): Promise<unknown> {
    const read = async (): Promise<unknown> => toJson(await this.#send({ method: 'GET', path, label: path }));
    return repeatRead(read, { ...RETRIES, signal: this.#signal });
  }

  /** Sent once: whether a write that failed was done is seen by the next push. */
  async #write(request: Request): Promise<WireAnswer> {
    try {
      return await this.#send(request);
    } catch (error) {
      throw error instanceof Repeatable ? error.error : error;
    }
  }

  async #send({ method, path, label, body }: Request): Promise<WireAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      Accept: 'application/json',
      // Tokens of NetBox 4.5 and later begin like that.
      Authorization: `${this.#token.startsWith('nbt_') ? 'Bearer' : 'Token'} ${this.#token}`,
      'User-Agent': 'rollcall',
      ...(text !== undefined && {
        'Content-Type': 'application/json',
        'Content-Length': String(Buffer.byteLength(text)),
      }),
    };
    let answer: WireAnswer;
    try {
      answer = await exchange({
        method,
        origin: this.#origin,
        path: `${this.#origin.prefix}/api/${path}`,
        headers,
        body: text,
        agent: this.#agent,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_BYTES,
        signal: this.#signal,
      });
    } catch (error) {
      throw unreached(this.#origin.href, error);
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusal(answer, `${this.#origin.href}: ${method === 'GET' ? label : `${label} was not written`}`);
  }
}

/** Also without TLS where it is this machine: the end of a tunnel. */
function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null)
    throw new AppError('usage', `'${text}' is no address`, { hint: 'write it like https://netbox.example.com' });
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isLocal = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) {
    throw new AppError('usage', `${url.protocol}//${url.host} is refused: a token is sent over HTTPS only`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new AppError('usage', 'the address of NetBox has more than a host and a path', {
      hint: 'write it like https://netbox.example.com',
    });
  }
  return `${url.origin}${url.pathname.replace(/\/(?:api\/?)?$/, '')}`;
}

function toJson({ text }: WireAnswer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('malformed', 'NetBox answered something that is no JSON', {
      hint: 'is this the address of NetBox?',
    });
  }
}

function toPage(answer: unknown): { count: number; results: unknown[] } {
  const { success, data } = page.safeParse(answer);
  if (success) return data;
  throw new AppError('malformed', 'NetBox answered something that is no list', {
    hint: 'is this the address of NetBox?',
  });
}

function unreached(origin: string, error: unknown): AppError {
  const { kind, code = kind } = toWireFailure(error);
  if (kind === 'aborted') return new AppError('interrupted', `${origin}: interrupted`);
  if (kind === 'timeout' || kind === 'connect-timeout')
    return new AppError('timeout', `${origin}: no answer in time`, { retryable: true });
  if (kind === 'too-large') return new AppError('malformed', `${origin}: the answer is too large`);
  if (/CERT|SIGNED|ISSUER|ALTNAME/.test(code)) {
    return new AppError('certificate', `${origin}: its certificate is not trusted: ${code}`, {
      hint: 'NODE_EXTRA_CA_CERTS names a file with the certificate of its CA',
    });
  }
  return new AppError('unreachable', `${origin}: ${code}`, { retryable: true });
}

const BUSY = new Set([429, 502, 503, 504]);

/** With what NetBox says of the reason. The token is in none of it. */
function refusal({ status, headers, text }: WireAnswer, what: string): AppError | Repeatable {
  const words = text.length > MOST_WORDS ? `${text.slice(0, MOST_WORDS)}…` : text;
  if (status >= 300 && status < 400) {
    return new AppError('configuration', `${what}: it answers with a redirect (${status}), which is not followed`, {
      hint: 'give the address that it redirects to, if it is that of NetBox',
    });
  }
  const error = new AppError(codeOf(status), `${what}: ${status} ${words}`, {
    ...((status === 401 || status === 403) && {
      hint: 'the token needs the rights to view, add and change tags, clusters, virtual machines, interfaces and IP addresses',
    }),
    retryable: false,
  });
  return BUSY.has(status)
    ? new Repeatable(error, RETRIES.retries, retryAfterMs(headers['retry-after'], Date.now()))
    : error;
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  return status === 400 ? 'parameter' : 'server';
}
