import type { Environment, FetchAnswer } from './environment.ts';
import { isProblem, RollcallError } from './rollcall-error.ts';
import { parseJson } from './server-message.ts';

const TIMEOUT_MS = 30_000;

export interface HttpOptions {
  /** Of the server, with the base path if it has one. */
  url: string;
  /** Sent as a bearer token. Without it the cookie of the session is used. */
  token?: string | undefined;
}

export interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  query?: Readonly<Record<string, QueryValue>>;
  body?: unknown;
}

export type QueryValue = string | number | boolean | readonly string[] | undefined;

/** Calls under `/api/v1`. Everything that fails is a `RollcallError`. */
export class Http {
  readonly #base: string;
  readonly #token: string | undefined;
  /** What shows that a page of the server sends a call with its cookie. Asked for when the server first wants it. */
  #csrf: string | null = null;
  readonly #underWay = new Set<AbortController>();
  readonly #environment: Pick<Environment, 'fetch' | 'timers' | 'clock'>;

  constructor({ url, token }: HttpOptions, environment: Pick<Environment, 'fetch' | 'timers' | 'clock'>) {
    this.#base = `${url.endsWith('/') ? url.slice(0, -1) : url}/api/v1`;
    this.#token = token;
    this.#environment = environment;
  }

  /** `ws:` or `wss:`. */
  get socketUrl(): string {
    return `${this.#base.replace(/^http/, 'ws')}/ws`;
  }

  /** With these a WebSocket is opened. */
  get headers(): Record<string, string> {
    return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
  }

  /** Ends the calls that are under way; each fails with this error. */
  abort(error: RollcallError): void {
    for (const one of this.#underWay) one.abort(error);
  }

  /** The body of the answer, of the type that the server promises; undefined: it has none. */
  async call<Answer = unknown>(path: string, call: Call = {}): Promise<Answer> {
    try {
      return await this.#once(path, call);
    } catch (error) {
      if (!(error instanceof RollcallError) || error.code !== 'csrf') throw error;
      const session = await this.#once<{ csrf?: string | null }>('/session', {});
      if (typeof session.csrf !== 'string' || session.csrf === this.#csrf) throw error;
      this.#csrf = session.csrf;
      return this.#once(path, call);
    }
  }

  async #once<Answer>(path: string, { method = 'GET', query = {}, body }: Call): Promise<Answer> {
    const answer = await this.#send(`${this.#base}${path}${queryText(query)}`, method, body);
    const isGood = answer.status >= 200 && answer.status <= 299;
    if (!isGood) throw this.#refusal(answer, parseJson(answer.text));
    return parseAnswer(answer);
  }

  async #send(url: string, method: string, body: unknown): Promise<Answered> {
    const { fetch, timers } = this.#environment;
    const abort = new AbortController();
    const late = failure('timeout', `No answer within ${TIMEOUT_MS / 1000} s`);
    const timer = timers.setTimeout(() => abort.abort(late), TIMEOUT_MS);
    this.#underWay.add(abort);
    try {
      const answer = await fetch(url, {
        method,
        headers: {
          accept: 'application/json',
          ...this.headers,
          ...(this.#csrf !== null && method !== 'GET' && { 'x-rollcall-csrf': this.#csrf }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: abort.signal,
        credentials: 'same-origin',
      });
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    } catch {
      // What fetch throws differs from place to place, and may repeat the request with its headers.
      abort.signal.throwIfAborted();
      throw failure('network', 'The server cannot be reached');
    } finally {
      timers.clearTimeout(timer);
      this.#underWay.delete(abort);
    }
  }

  #refusal({ status, headers }: Answered, value: unknown): RollcallError {
    const retryAfterMs = this.#retryAfterMs(headers.get('retry-after'));
    const wait = retryAfterMs !== undefined && { retryAfterMs };
    if (!isProblem(value)) {
      return new RollcallError({ status, code: `http-${status}`, title: `The server answered ${status}`, ...wait });
    }
    const { type, title, detail, hint, code } = value;
    return new RollcallError({
      status,
      code,
      title,
      type,
      isAnswered: true,
      ...(detail !== undefined && { detail }),
      ...(hint !== undefined && { hint }),
      ...wait,
    });
  }

  #retryAfterMs(header: string | null): number | undefined {
    if (header === null) return undefined;
    const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - this.#environment.clock();
    return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
  }
}

interface Answered {
  status: number;
  headers: FetchAnswer['headers'];
  text: string;
}

function parseAnswer<Answer>({ status, text }: Answered): Answer {
  if (text === '') return JSON.parse('null') ?? undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw notRollcall(status);
  }
}

function failure(code: string, title: string): RollcallError {
  return new RollcallError({ status: null, code, title });
}

/** A page of a proxy in the place of an answer, for instance a login. */
export function notRollcall(status: number): RollcallError {
  return new RollcallError({
    status,
    code: 'not-rollcall',
    title: 'The answer is not from Rollcall',
    hint: 'Check the address, and whether a proxy answers in place of the server.',
  });
}

function queryText(query: Readonly<Record<string, QueryValue>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)]),
  );
  return pairs.length === 0 ? '' : `?${pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')}`;
}
