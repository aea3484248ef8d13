import type { Agent } from 'node:http';
import pLimit, { type LimitFunction } from 'p-limit';
import type { ShownCertificate } from '../types/endpoint.ts';
import { AppError, type ErrorCode } from '../types/errors.ts';
import { ByteBudget, ByteLease } from './byte-budget.ts';
import type { CallLabel } from './call-label.ts';
import { ClockSkew } from './clock-skew.ts';
import { type EndpointTls, openAgent, readFingerprint } from './connection.ts';
import { Repeatable, repeatRead, retryAfterMs } from './retry.ts';
import { sendByAxios } from './send-by-axios.ts';
import type { WireAnswer } from './wire.ts';
import { isCertificateFailure, type ServerWords, wireError } from './wire-error.ts';
import { toWireFailure } from './wire-failure.ts';
import { toOrigin, type WireOrigin } from './wire-origin.ts';

/** What a client may wait for and hold, each with what counts where nobody says. */
export interface RestLimits {
  /** Requests at a time (4). */
  concurrency?: number;
  /** 60,000. */
  timeoutMs?: number;
  /** 5,000. */
  connectTimeoutMs?: number;
  /** How often a read is repeated at most (3). */
  retries?: number;
  /** The first wait before that (300). */
  retryBaseMs?: number;
  /** Of one answer (64 MiB), and of all under way (128 MiB). */
  maxBytes?: number;
  maxBytesUnderWay?: number;
  /** Epoch milliseconds. */
  clock?: () => number;
  /** Named where a certificate is not trusted. */
  trustCommand?: string | undefined;
}

const LIMITS = {
  concurrency: 4,
  timeoutMs: 60_000,
  connectTimeoutMs: 5_000,
  retries: 3,
  retryBaseMs: 300,
  maxBytes: 64 * 2 ** 20,
  maxBytesUnderWay: 128 * 2 ** 20,
  clock: Date.now,
  trustCommand: undefined,
} as const;

export interface RestWireOptions extends RestLimits {
  /** `https://host`, with the path below which everything is: `https://host/api/v1`. */
  endpoint: string;
  tls: EndpointTls;
  /** With each try of a request. A token that ends is asked for each time, and a signature made. Throws AppError. */
  headers?: (call: RestCall) => Promise<Readonly<Record<string, string>>>;
  /** With each answer, refusals included: its headers may tell how many calls are left. */
  onAnswer?: (answer: HeadersAnswer, call: RestCall) => void;
  /** What the text of a refusal says of it, where that is more than its status does. */
  readRefusal?: (answer: RefusedAnswer, call: RestCall) => Partial<Refusal>;
  words: ServerWords;
  /** What to do about a credential that is refused, and about a right that is missing. */
  hints: { unauthenticated: string; forbidden: string; notFound: string };
}

interface HeadersAnswer extends Pick<WireAnswer, 'status' | 'headers'> {
  /** What its Retry-After asks for, by the server's clock; undefined: it has none. */
  retryAfterMs: number | undefined;
}

export interface RefusedAnswer extends HeadersAnswer {
  text: string;
}

/** A request as it is sent. */
export interface RestCall {
  verb: 'GET' | 'POST';
  /** With the prefix of the endpoint, and the query. */
  path: string;
  /** Empty where there is none. */
  body: string;
  signal: AbortSignal;
}

export interface Refusal {
  code: ErrorCode;
  /** In one line, without secrets. */
  message: string;
  hint: string;
  /** Whether it may be taken later: the call is repeated. */
  isPassing: boolean;
}

/** What is posted. */
export interface RestBody {
  text: string;
  /** `application/json`. */
  type: string;
}

export interface RestRequest {
  body?: RestBody | undefined;
  /** `application/json` where nothing is said. */
  accept?: string;
  /** In place of those of the wire: of a call that is signed by a credential of its own. */
  headers?: RestWireOptions['headers'];
  readRefusal?: RestWireOptions['readRefusal'];
  /** Before each try: waits until the server takes the call. Others go first meanwhile. */
  pace?: () => Promise<void>;
  signal: AbortSignal;
}

const FINGERPRINT_TIMEOUT_MS = 3_000;
const MOST_REASON = 200;

/** Reads from one server, over verified TLS. Throws AppError; its text has nothing of the answer but the reason. */
export class RestWire {
  readonly #options: RestWireOptions & Required<RestLimits>;
  readonly #origin: WireOrigin;
  readonly #agent: Agent;
  readonly #limit: LimitFunction;
  readonly #underWay: ByteBudget;
  readonly #skew: ClockSkew;
  #seen: Promise<string | undefined> | undefined;
  #requestCount = 0;
  #certificate: ShownCertificate | null = null;

  /** Throws AppError('configuration') for a fingerprint that is none. */
  constructor(options: RestWireOptions) {
    this.#options = { ...LIMITS, ...options };
    const { endpoint, tls, concurrency, connectTimeoutMs, maxBytesUnderWay, clock } = this.#options;
    this.#origin = toOrigin(endpoint);
    this.#agent = openAgent(this.#origin.protocol, tls, { maxSockets: concurrency, connectTimeoutMs });
    this.#limit = pLimit(concurrency);
    this.#underWay = new ByteBudget(maxBytesUnderWay);
    this.#skew = new ClockSkew(clock);
  }

  /** Requests sent so far, repeated ones included. */
  get requestCount(): number {
    return this.#requestCount;
  }

  /** What the server showed last; null before the first answer. */
  get certificate(): ShownCertificate | null {
    return this.#certificate;
  }

  /** The server's clock minus ours; null before the first answer. Good to about a second. */
  clockSkewMs(): number | null {
    return this.#skew.ms();
  }

  /**
   * The JSON of an answer with a status of 2xx. `path` begins with `/` or `?`, and has its query. With a body the question is posted;
   * it reads as well, and may reach the server twice.
   */
  async read(path: string, request: RestRequest): Promise<unknown> {
    return this.#repeat(path, request, parsed);
  }

  /** The text of an answer with a status of 2xx, as {@link RestWire.read}. */
  async readText(path: string, request: RestRequest): Promise<string> {
    return this.#repeat(path, request, ({ text }) => text);
  }

  close(): void {
    this.#agent.destroy();
  }

  #repeat<T>(path: string, request: RestRequest, toResult: (answer: WireAnswer, label: CallLabel) => T): Promise<T> {
    const { retries, retryBaseMs: baseMs } = this.#options;
    const read = async (begun: () => void): Promise<T> => {
      await request.pace?.();
      return this.#limit(() => {
        begun();
        return this.#readOnce(path, request, toResult);
      });
    };
    return repeatRead(read, { retries, baseMs, signal: request.signal });
  }

  async #readOnce<T>(
    path: string,
    request: RestRequest,
    toResult: (answer: WireAnswer, label: CallLabel) => T,
  ): Promise<T> {
    const { body, signal } = request;
    const verb = body === undefined ? 'GET' : 'POST';
    const call: RestCall = { verb, path: `${this.#origin.prefix}${path}`, body: body?.text ?? '', signal };
    const label: CallLabel = { verb, path: path.split('?')[0] ?? '', endpoint: this.#options.endpoint };
    const lease = new ByteLease(this.#underWay);
    try {
      const answer = await this.#exchange(call, label, { lease, request });
      const told = { ...answer, retryAfterMs: retryAfterMs(answer.headers['retry-after'], this.#skew.serverNowMs()) };
      this.#options.onAnswer?.(told, call);
      if (answer.status < 200 || answer.status > 299) {
        const { readRefusal = this.#options.readRefusal } = request;
        throw this.#refusal(told, { label, said: readRefusal?.(told, call) ?? {} });
      }
      return toResult(answer, label);
    } finally {
      lease.close();
    }
  }

  async #exchange(
    call: RestCall,
    label: CallLabel,
    { lease, request }: { lease: ByteLease; request: RestRequest },
  ): Promise<WireAnswer> {
    const { connectTimeoutMs, timeoutMs, maxBytes } = this.#options;
    const { body, accept = 'application/json', signal, headers: ownHeaders = this.#options.headers } = request;
    const headers = await ownHeaders?.(call);
    const sentAtMs = this.#skew.nowMs();
    this.#requestCount += 1;
    try {
      const answer = await sendByAxios({
        ...(body === undefined ? GET : posted(body)),
        origin: this.#origin,
        agent: this.#agent,
        path: call.path,
        headers: {
          Accept: accept,
          'Accept-Encoding': 'gzip',
          'User-Agent': 'rollcall',
          ...(body !== undefined && { 'Content-Type': body.type }),
          ...headers,
        },
        connectTimeoutMs,
        timeoutMs,
        maxBytes,
        lease,
        signal,
      });
      this.#certificate = answer.certificate ?? this.#certificate;
      this.#skew.measure(answer.headers['date'], sentAtMs);
      return answer;
    } catch (error) {
      throw await this.#explain(error, label);
    }
  }

  async #explain(error: unknown, label: CallLabel): Promise<unknown> {
    if (error instanceof AppError) return error;
    const { connectTimeoutMs, timeoutMs, maxBytes, trustCommand, endpoint, words } = this.#options;
    const failure = toWireFailure(error);
    const isUntrusted = isCertificateFailure(failure) && failure.kind === 'network';
    if (isUntrusted) this.#seen ??= readFingerprint(endpoint, FINGERPRINT_TIMEOUT_MS);
    const limits = { connectTimeoutMs, timeoutMs, maxBytes, trustCommand, words };
    return wireError(failure, label, limits, isUntrusted ? await this.#seen : undefined);
  }

  #refusal(
    { status, reason, retryAfterMs: waitMs }: WireAnswer & HeadersAnswer,
    { label, said }: { label: CallLabel; said: Partial<Refusal> },
  ): AppError | Repeatable {
    const { code, hint } = { ...this.#meaning(status), ...said };
    const why = (said.message ?? reason).slice(0, MOST_REASON) || 'no reason given';
    const message = `${whereOf(label)}: ${why} (${status})`;
    const isPassing = said.isPassing ?? (status === 429 || status >= 500);
    const error = new AppError(code, message, { hint, retryable: isPassing });
    if (!isPassing) return error;
    return new Repeatable(error, Number.POSITIVE_INFINITY, waitMs);
  }

  #meaning(status: number): { code: ErrorCode; hint: string } {
    const { hints, words } = this.#options;
    if (status === 401) return { code: 'unauthenticated', hint: hints.unauthenticated };
    if (status === 403) return { code: 'forbidden', hint: hints.forbidden };
    if (status === 404) return { code: 'no-endpoint', hint: hints.notFound };
    if (status === 429) return { code: 'server', hint: `${words.title} limits requests: try again later` };
    return { code: 'server', hint: `Look at the log of ${words.title}, and try again` };
  }
}

/** As JSON; undefined: nothing. */
export function jsonBody(value: unknown): RestBody | undefined {
  return value === undefined ? undefined : { text: JSON.stringify(value), type: 'application/json' };
}

const GET = { method: 'GET' } as const;

function posted({ text }: RestBody) {
  return { method: 'POST', isRepeatable: true, body: text } as const;
}

function parsed({ text }: WireAnswer, label: CallLabel): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('malformed', `${whereOf(label)}: the answer is no JSON`, {
      hint: 'Something else may answer at this address, or a proxy in between',
      retryable: true,
    });
  }
}

function whereOf({ verb, path, endpoint }: CallLabel): string {
  return `${verb} ${path || '/'} on ${endpoint}`;
}
