import pLimit, { type LimitFunction } from 'p-limit';
import type * as z from 'zod';
import { ByteBudget, ByteLease, RunBudget } from '../net/byte-budget.ts';
import type { CallLabel } from '../net/call-label.ts';
import { ClockSkew } from '../net/clock-skew.ts';
import { type Query, toQuery } from '../net/query.ts';
import { Redactor } from '../net/redact.ts';
import { Repeatable, repeatRead, retryAfterMs } from '../net/retry.ts';
import { RunSignal } from '../net/run-signal.ts';
import { sendByAxios } from '../net/send-by-axios.ts';
import type { WireAnswer } from '../net/wire.ts';
import type { EndpointReport } from '../types/endpoint.ts';
import { AppError } from '../types/errors.ts';
import { MAX_GUESTS } from '../types/limits.ts';
import type { ResolvedTls, ServerCredential } from '../types/provider.ts';
import { carriesDigest } from './answer-digest.ts';
import { answerError, type Identity } from './answer-error.ts';
import { type Authenticator, TicketAuth, TokenAuth } from './auth.ts';
import { EndpointTable } from './endpoint-table.ts';
import { asFinal, type EndpointAnswer, type EndpointRequest, Endpoints } from './endpoints.ts';
import { type Envelope, readData, readEnvelope } from './envelope.ts';
import type { Via } from './learn-endpoints.ts';
import { MAX_ANSWER_BYTES, MAX_BYTES_UNDER_WAY, MAX_RUN_CHARACTERS } from './limits.ts';
import type { PveClusterStatus } from './pve-types.ts';
import { encodeWrite, readWrite, type WriteRequest, writeRefusal } from './write.ts';

/**
 * `probe` finds out whether the server answers at all, `metadata` reads what is in memory or in a file, `content` lists a
 * storage, `inner` asks the system inside a guest, and is not repeated, `login` posts a password.
 */
export type CallKind = 'probe' | 'metadata' | 'content' | 'inner' | 'login';

export interface TransportOptions {
  /** `https://host:8006`, several of one cluster in the order to try. */
  endpoints: readonly string[];
  /** What an earlier run found out of them, and of those that it learnt. */
  knownEndpoints?: readonly EndpointReport[];
  tls: ResolvedTls;
  credential: ServerCredential;
  /** Requests at a time: in all (16), and for one node (6), whose pvedaemon has three workers. */
  concurrency?: number;
  perNodeConcurrency?: number;
  timeoutsMs?: Partial<Record<CallKind | 'connect', number>>;
  /** How often a read is repeated at most (3), and the first wait before it (300). */
  retries?: number;
  retryBaseMs?: number;
  /** Largest answer (32 MiB). */
  maxBytes?: number;
  /** Of all answers under way at a time (96 MiB), and all of a run (512 Mi characters). */
  maxBytesUnderWay?: number;
  maxRunCharacters?: number;
  /** Most guests that the cluster's listing may have (100,000). */
  maxGuests?: number;
  /** Epoch milliseconds. */
  clock?: () => number;
  signal?: AbortSignal;
  onWarning?: (message: string) => void;
  /** Named where a certificate is not trusted, with ` --fingerprint AA:…` after it. */
  trustCommand?: string | undefined;
}

export interface ReadOptions<T> {
  query?: Query | undefined;
  /** Of `data`. */
  schema: z.ZodType<T>;
  kind?: CallKind | undefined;
  /** The node that does the work. */
  node?: string | undefined;
  signal?: AbortSignal | undefined;
  /** An answer that has this digest is not decoded: its `data` is undefined. */
  knownDigest?: string | undefined;
}

type CallPlace = Pick<ReadOptions<unknown>, 'kind' | 'node' | 'knownDigest'>;

/** A server that answers neither of two probes is given up before ten seconds are over; so is one that takes no login. */
const TIMEOUTS_MS = { probe: 4_500, metadata: 15_000, content: 60_000, inner: 4_000, login: 9_000, connect: 5_000 };

/** Calls the API of one cluster. Throws only AppError, in which no secret appears. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #redactor = new Redactor();
  readonly #skew: ClockSkew;
  readonly #signals: RunSignal;
  readonly #table: EndpointTable;
  readonly #endpoints: Endpoints;
  readonly #auth: Authenticator;
  readonly #limit: LimitFunction;
  readonly #nodeLimits = new Map<string, LimitFunction>();
  readonly #timeoutsMs: Readonly<Record<CallKind | 'connect', number>>;
  readonly #underWay: ByteBudget;
  readonly #received: RunBudget;

  /** Throws AppError('configuration') for an address or fingerprint that is none. */
  constructor(options: TransportOptions) {
    const { credential, tls, concurrency = 16 } = options;
    this.#options = options;
    const timeoutsMs = { ...TIMEOUTS_MS, ...options.timeoutsMs };
    this.#timeoutsMs = { ...timeoutsMs, probe: Math.min(timeoutsMs.probe, timeoutsMs.metadata) };
    this.#limit = pLimit(concurrency);
    this.#skew = new ClockSkew(options.clock ?? Date.now);
    const { endpoints, knownEndpoints: known } = options;
    this.#table = new EndpointTable({ endpoints, known, tls, now: () => new Date(this.#skew.nowMs()) });
    this.#endpoints = new Endpoints({
      table: this.#table,
      maxSockets: concurrency,
      connectTimeoutMs: this.#timeoutsMs.connect,
      maxBytes: options.maxBytes ?? MAX_ANSWER_BYTES,
      skew: this.#skew,
      send: sendByAxios,
      onWarning: options.onWarning,
      trustCommand: options.trustCommand,
    });
    this.#underWay = new ByteBudget(options.maxBytesUnderWay ?? MAX_BYTES_UNDER_WAY);
    this.#received = new RunBudget(options.maxRunCharacters ?? MAX_RUN_CHARACTERS);
    this.#signals = new RunSignal(options.signal);
    this.#auth = this.#authenticate(credential);
    if (tls.insecure && tls.fingerprint === undefined) {
      const where = this.#table.origins.join(', ');
      options.onWarning?.(
        `The certificate of ${where} is not verified: whoever is in between can read the ${credential.kind}`,
      );
    }
  }

  /** Requests sent so far, repeated ones and logins included. */
  get requestCount(): number {
    return this.#endpoints.requestCount;
  }

  /** Who asks. */
  get identity(): Identity {
    return identityOf(this.#options.credential);
  }

  /** More guests are refused before anything else is asked about them. */
  get maxGuests(): number {
    return this.#options.maxGuests ?? MAX_GUESTS;
  }

  /** The server's clock minus ours; null before the first answer. Good to about a second. */
  clockSkewMs(): number | null {
    return this.#skew.ms();
  }

  /** By the server's clock; by ours before the first answer. Epoch milliseconds. */
  serverNowMs(): number {
    return this.#skew.serverNowMs();
  }

  /** SHA-256 of the certificate of the connection that answered last; null before, and over plain HTTP. */
  serverCertificate(): string | null {
    return this.#endpoints.certificate;
  }

  /** In DER, by its fingerprint: one that an address has shown since the start. */
  findCertificate(fingerprint: string): Buffer | undefined {
    return this.#endpoints.findCertificate(fingerprint);
  }

  /** The addresses of the cluster, configured and learnt, and how they do. */
  endpoints(): readonly EndpointReport[] {
    return this.#table.reports();
  }

  /** Takes in what /cluster/status tells of the nodes: calls about a node go to its own address from then on. */
  learn(nodes: PveClusterStatus['nodes'], via: Via): void {
    this.#table.learn(nodes, via);
  }

  /** What was received before does not count against the limit of a run from here on. */
  beginRun(): void {
    this.#received.begin();
  }

  /** Reads `data` of a path such as `/cluster/status`. */
  async get<T>(path: string, options: ReadOptions<T>): Promise<T> {
    return (await this.getPage(path, options)).data;
  }

  /** As {@link get}, with the `total` that lists which come in pages carry beside `data`, and where it came from. */
  async getPage<T>(path: string, options: ReadOptions<T>): Promise<{ data: T; total: number | undefined; via: Via }> {
    const full = path + toQuery(options.query);
    const signal = this.#signals.with(options.signal);
    const read = (): Promise<Envelope & { via: Via }> =>
      this.#limited(options.node, () => this.#read(full, options, signal));
    try {
      const { retryBaseMs: baseMs = 300 } = this.#options;
      // Once all addresses have failed, each further call is tried once: the waits of one phase after the other would add up.
      const isOnce = options.kind === 'inner' || this.#table.isWaiting();
      const retries = isOnce ? 0 : (this.#options.retries ?? 3);
      const { data, total, via } = await repeatRead(read, { retries, baseMs, signal });
      const decoded = readData(options.schema, data, full);
      return { data: decoded instanceof Promise ? await decoded : decoded, total, via };
    } catch (error) {
      this.#signals.check(signal, `GET ${full}`);
      throw this.#redactor.clean(error);
    }
  }

  /**
   * Sends a write, once: at another address only where no byte of it can have been received, or where it was refused for its ticket.
   * Throws AppError; its code is `uncertain` where the server may have got it, and nobody can tell from the answer.
   */
  async write<T>({ schema, signal: given, node, ...request }: WriteRequest<T>): Promise<T> {
    const signal = this.#signals.with(given);
    const label = `${request.verb} ${request.path}`;
    this.#signals.check(signal, label);
    const outgoing = {
      ...encodeWrite(request),
      isWrite: true,
      node,
      timeoutMs: this.#timeoutsMs.content,
      signal,
    } as const;
    try {
      const { answer, label: sent } = await this.#limited(node, () => this.#authorized(label, outgoing));
      if (!isSuccess(answer)) throw writeRefusal(answer, { ...sent, path: request.path }, this.identity);
      return await readWrite(answer, sent, schema);
    } catch (error) {
      throw this.#redactor.clean(error);
    }
  }

  /** Tells something that does not fail a call. */
  warn(message: string): void {
    this.#options.onWarning?.(this.#redactor.redact(message));
  }

  /** Ends the calls under way and closes all connections. */
  close(): void {
    this.#signals.close();
    this.#endpoints.close();
  }

  #authenticate(credential: ServerCredential): Authenticator {
    if (credential.kind === 'token') {
      this.#redactor.add(credential.secret);
      return new TokenAuth(credential);
    }
    this.#redactor.add(credential.password);
    if (credential.totpSecret !== undefined) this.#redactor.add(credential.totpSecret);
    return new TicketAuth(credential, {
      login: (form) => this.#login(form),
      redactor: this.#redactor,
      clock: () => this.#skew.nowMs(),
      serverClock: () => this.#skew.passwordNowMs(),
    });
  }

  /** The node's turn first: a call that waits for it takes no place from calls to other nodes. */
  #limited<T>(node: string | undefined, read: () => Promise<T>): Promise<T> {
    if (node === undefined) return this.#limit(read);
    let nodeLimit = this.#nodeLimits.get(node);
    if (!nodeLimit) this.#nodeLimits.set(node, (nodeLimit = pLimit(this.#options.perNodeConcurrency ?? 6)));
    return nodeLimit(() => this.#limit(read));
  }

  async #read(path: string, options: CallPlace, signal: AbortSignal): Promise<Envelope & { via: Via }> {
    const lease = new ByteLease(this.#underWay);
    try {
      const { answer, label } = await this.#ask(path, { ...options, lease }, signal);
      this.#received.add(answer.text.length, `GET ${path}`);
      const via = { url: label.endpoint, remoteAddress: answer.remoteAddress };
      if (options.knownDigest !== undefined && carriesDigest(answer.text, options.knownDigest))
        return { data: undefined, total: undefined, via };
      const read = readEnvelope(answer.text, label);
      const { data, total } = read instanceof Promise ? await read : read;
      return { data, total, via };
    } finally {
      lease.close();
    }
  }

  async #ask(
    path: string,
    { kind = 'metadata', node, lease }: CallPlace & { lease: ByteLease },
    signal: AbortSignal,
  ): Promise<EndpointAnswer> {
    const label = `GET ${path}`;
    this.#signals.check(signal, label);
    this.#received.check(label);
    const timeoutMs = this.#timeoutsMs[kind];
    const sent = await this.#authorized(label, { verb: 'GET', path, node, headers: {}, timeoutMs, signal, lease });
    if (!isSuccess(sent.answer)) throw this.#refusal(sent);
    return sent;
  }

  /** Once more, with other headers, where these are refused and there are others: what is refused for them was not done. */
  async #authorized(label: string, request: EndpointRequest): Promise<EndpointAnswer> {
    const attempt = async (isLast: boolean): Promise<EndpointAnswer> => {
      const given = this.#auth.headers(request.verb);
      const headers = given instanceof Promise ? await this.#signals.race(given, request.signal, label) : given;
      const sent = await this.#endpoints.send({ ...request, headers: { ...headers, ...request.headers } });
      return sent.answer.status === 401 && !isLast && this.#auth.renew(headers) ? attempt(true) : sent;
    };
    return attempt(false);
  }

  #refusal({ answer, label }: EndpointAnswer): AppError | Repeatable {
    const error = answerError(answer, label, this.identity);
    if (!error.retryable) return error;
    const waitMs = retryAfterMs(answer.headers['retry-after'], this.#skew.serverNowMs());
    return new Repeatable(error, maxRetriesOf(answer.status), waitMs);
  }

  /**
   * A login is never repeated once it may have been received: neither on another connection, nor at another address, nor along
   * with the read that needs it.
   */
  async #login(form: Readonly<Record<string, string>>): Promise<unknown> {
    const { answer, label } = await this.#endpoints.send({
      verb: 'POST',
      path: '/access/ticket',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      timeoutMs: this.#timeoutsMs.login,
      signal: this.#signals.with(undefined),
    });
    if (!isSuccess(answer)) throw asFinal(answerError(answer, label, this.identity));
    return readLogin(answer, label);
  }
}

async function readLogin({ text }: WireAnswer, label: CallLabel): Promise<unknown> {
  try {
    return (await readEnvelope(text, label)).data;
  } catch (error) {
    throw error instanceof AppError ? asFinal(error) : error;
  }
}

function isSuccess({ status }: WireAnswer): boolean {
  return status >= 200 && status < 300;
}

/** 596 comes after 30 s of waiting for the node; asking again would wait once more. */
function maxRetriesOf(status: number): number {
  if (status === 596) return 0;
  return status === 500 || status > 590 ? 1 : Number.POSITIVE_INFINITY;
}

function identityOf(credential: ServerCredential): Identity {
  return { kind: credential.kind, name: credential.kind === 'token' ? credential.tokenId : credential.user };
}
