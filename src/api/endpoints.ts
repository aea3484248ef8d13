import type { Agent } from 'node:http';
import type { ByteLease } from '../net/byte-budget.ts';
import type { CallLabel } from '../net/call-label.ts';
import type { ClockSkew } from '../net/clock-skew.ts';
import { type EndpointTls, openAgent, readFingerprint, shakeHands } from '../net/connection.ts';
import type { WireAnswer, WireRequest } from '../net/wire.ts';
import { isCertificateFailure, isConnectionFailure, type WireLimits, wireError } from '../net/wire-error.ts';
import { toWireFailure, WireFailure } from '../net/wire-failure.ts';
import { toOrigin, type WireOrigin } from '../net/wire-origin.ts';
import type { EndpointReport } from '../types/endpoint.ts';
import { AppError } from '../types/errors.ts';
import { lacksPmxcfs } from './answer-error.ts';
import type { EndpointTable } from './endpoint-table.ts';
import { RenewedCertificates } from './renewed-certificates.ts';
import { PROXMOX } from './server-words.ts';

const FINGERPRINT_TIMEOUT_MS = 3_000;
/** So long a call about a node waits at most to find out whether the node can be reached directly. */
const TRIAL_TIMEOUT_MS = 2_000;

export interface EndpointRequest {
  verb: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Changes something: sent to addresses that have proven themselves alone. A login does not. */
  isWrite?: true;
  /** Without /api2/json. */
  path: string;
  /** The node that it is about. */
  node?: string | undefined;
  headers: Readonly<Record<string, string>>;
  body?: string;
  timeoutMs: number;
  signal: AbortSignal;
  lease?: ByteLease;
}

/** How requests get to one address. */
interface Way {
  origin: WireOrigin;
  agent: Agent;
}

export interface EndpointAnswer {
  answer: WireAnswer;
  label: CallLabel;
}

export interface EndpointsOptions {
  table: EndpointTable;
  maxSockets: number;
  connectTimeoutMs: number;
  maxBytes: number;
  skew: ClockSkew;
  /** Sends one request; throws WireFailure. */
  send: (request: WireRequest) => Promise<WireAnswer>;
  onWarning?: ((message: string) => void) | undefined;
  trustCommand?: string | undefined;
}

/**
 * Sends requests to one cluster. A call about a node goes to that node's own address; one whose connection fails goes on to
 * the next address, and the one that failed is left alone for a while. An answer is an answer, whatever it says.
 * A login goes on only while no byte of it was sent: it may have been counted already, and some accounts lock.
 */
export class Endpoints {
  readonly #options: EndpointsOptions;
  readonly #ways = new Map<string, Way>();
  /** By what the table said last, so that no key has to be put together for each request. */
  readonly #waysByTrust = new WeakMap<EndpointTls, Way>();
  readonly #seen = new Map<string, Promise<string | undefined>>();
  readonly #trials = new Map<string, Promise<void>>();
  readonly #told = new Set<string>();
  readonly #renewed: RenewedCertificates;
  readonly #certificates = new Map<string, Buffer>();
  #requestCount = 0;
  #certificate: string | null = null;

  constructor(options: EndpointsOptions) {
    this.#options = options;
    const { table, onWarning, trustCommand } = options;
    const exchange = (request: EndpointRequest, endpoint: EndpointReport): Promise<WireAnswer> =>
      this.#exchange(request, endpoint);
    this.#renewed = new RenewedCertificates({ table, exchange, onWarning, trustCommand });
  }

  get requestCount(): number {
    return this.#requestCount;
  }

  /** SHA-256 of the certificate of the connection that answered last; null before, and over plain HTTP. */
  get certificate(): string | null {
    return this.#certificate;
  }

  /** In DER, by its fingerprint: one that an address has shown since the start. */
  findCertificate(fingerprint: string): Buffer | undefined {
    return this.#certificates.get(fingerprint);
  }

  /** Throws AppError: of the first address that was tried. */
  async send(request: EndpointRequest): Promise<EndpointAnswer> {
    const { table } = this.#options;
    const tried = new Set<string>();
    let first: AppError | undefined;
    if (request.node !== undefined) await this.#tryNode(request.node, request);
    for (;;) {
      const endpoint = table.choose(request.node, tried, request.isWrite === true);
      if (endpoint === null) throw allFailed(first, tried.size - 1);
      tried.add(endpoint.url);
      const label = { verb: request.verb, path: request.path, endpoint: endpoint.url };
      try {
        const answer = await this.#exchange(request, endpoint);
        const other = this.#elsewhere(request, endpoint, answer, tried);
        if (!other) return { answer, label };
      } catch (error) {
        const failure = toWireFailure(error);
        if (await this.#renewed.accepts(endpoint, failure, request)) {
          tried.delete(endpoint.url);
          continue;
        }
        const explained = await this.#explain(failure, label, request.timeoutMs);
        if (!isConnectionFailure(failure)) throw finalUnlessRead(request, explained, failure);
        await this.#recordFailure(endpoint, failure);
        if (!failure.isUnsent && request.verb !== 'GET') throw finalUnlessRead(request, explained, failure);
        if (isCertificateFailure(failure) && table.choose(request.node, tried) !== null)
          this.#warn(endpoint, explained);
        first ??= explained;
      }
    }
  }

  /** Whether another address is asked instead, since this server lacks what it needs to answer anything. */
  #elsewhere(
    { node }: EndpointRequest,
    endpoint: EndpointReport,
    answer: WireAnswer,
    tried: ReadonlySet<string>,
  ): boolean {
    // A call about a node may be answered by the node behind, which may be the one in trouble.
    if (node !== undefined || !lacksPmxcfs(answer)) return false;
    this.#options.table.failed(endpoint, 'pmxcfs does not run there', answer.certificate);
    return this.#options.table.choose(node, tried) !== null;
  }

  close(): void {
    for (const { agent } of this.#ways.values()) agent.destroy();
  }

  /** Finds out, once for all calls, whether a node that the cluster told of can be reached and trusted. Sends nothing. */
  async #tryNode(node: string, request: EndpointRequest): Promise<void> {
    const endpoint = this.#options.table.findUnproven(node);
    if (endpoint === undefined) return;
    const trial = this.#trials.get(endpoint.url) ?? this.#shakeHands(endpoint, request);
    this.#trials.set(endpoint.url, trial);
    await trial;
    this.#trials.delete(endpoint.url);
  }

  async #shakeHands(endpoint: EndpointReport, request: EndpointRequest): Promise<void> {
    const { signal } = request;
    const { table, connectTimeoutMs } = this.#options;
    const tls = table.trustOf(endpoint);
    if (tls === null) return;
    try {
      const timeoutMs = Math.min(TRIAL_TIMEOUT_MS, connectTimeoutMs);
      const fingerprint = await shakeHands(endpoint.url, tls, { timeoutMs, signal });
      table.answered(endpoint, { fingerprint, endsAt: null });
    } catch (error) {
      const failure = toWireFailure(error);
      if (await this.#renewed.accepts(endpoint, failure, request)) return this.#shakeHands(endpoint, request);
      if (failure.kind !== 'aborted') await this.#recordFailure(endpoint, failure);
    }
  }

  async #exchange(request: EndpointRequest, endpoint: EndpointReport): Promise<WireAnswer> {
    const { table, skew, connectTimeoutMs, maxBytes, send } = this.#options;
    const sentAtMs = skew.nowMs();
    this.#requestCount += 1;
    const way = this.#wayTo(endpoint);
    const answer = await send({
      method: request.verb,
      ...way,
      path: `${way.origin.prefix}/api2/json${request.path}`,
      headers: { Accept: 'application/json', 'Accept-Encoding': 'gzip', 'User-Agent': 'rollcall', ...request.headers },
      body: request.body,
      connectTimeoutMs: endpoint.isConfigured ? connectTimeoutMs : Math.min(TRIAL_TIMEOUT_MS, connectTimeoutMs),
      timeoutMs: request.timeoutMs,
      maxBytes,
      lease: request.lease,
      signal: request.signal,
    });
    const { certificate } = answer;
    table.answered(endpoint, certificate);
    if (certificate !== null) this.#certificates.set(certificate.fingerprint, certificate.der);
    this.#certificate = certificate?.fingerprint ?? table.get(endpoint.url)?.fingerprint ?? null;
    // Each node has a clock of its own; the one that counts is that of the node which speaks for the cluster.
    if (request.node === undefined) skew.measure(answer.headers['date'], sentAtMs);
    return answer;
  }

  /** Another one when it became known how the address is to be trusted. */
  #wayTo({ url }: EndpointReport): Way {
    const { table, maxSockets, connectTimeoutMs } = this.#options;
    const tls = table.trustOf({ url });
    if (tls === null) {
      throw new WireFailure('network', { detail: 'there is no way to verify its certificate', isUnsent: true });
    }
    const known = this.#waysByTrust.get(tls);
    if (known) return known;
    const key = JSON.stringify([url, tls.fingerprint, tls.names]);
    let way = this.#ways.get(key);
    if (!way) {
      const origin = toOrigin(url);
      way = { origin, agent: openAgent(origin.protocol, tls, { maxSockets, connectTimeoutMs }) };
      this.#ways.set(key, way);
    }
    this.#waysByTrust.set(tls, way);
    return way;
  }

  async #recordFailure(endpoint: EndpointReport, failure: WireFailure): Promise<void> {
    const explained = await this.#explain(failure, { verb: 'GET', path: '', endpoint: endpoint.url }, 0);
    const seen = failure.kind === 'fingerprint' ? failure.detail : await this.#seen.get(endpoint.url);
    const shown = seen === undefined ? null : { fingerprint: seen, endsAt: null };
    this.#options.table.failed(endpoint, explained.message.slice(`${endpoint.url}: `.length), shown);
  }

  async #explain(failure: WireFailure, label: CallLabel, timeoutMs: number): Promise<AppError> {
    const { connectTimeoutMs, maxBytes, trustCommand } = this.#options;
    const limits: WireLimits = { connectTimeoutMs, maxBytes, timeoutMs, trustCommand, words: PROXMOX };
    const isUntrusted = isCertificateFailure(failure) && failure.kind === 'network';
    return wireError(failure, label, limits, isUntrusted ? await this.#fingerprint(label.endpoint) : undefined);
  }

  /** Asked for once, however many calls fail. */
  #fingerprint(origin: string): Promise<string | undefined> {
    let seen = this.#seen.get(origin);
    if (!seen) this.#seen.set(origin, (seen = readFingerprint(origin, FINGERPRINT_TIMEOUT_MS)));
    return seen;
  }

  /** A configured address that shows a wrong certificate is worth a word even though another one answers. */
  #warn({ url, isConfigured }: EndpointReport, { message, hint = '' }: AppError): void {
    if (!isConfigured || this.#told.has(url)) return;
    this.#told.add(url);
    this.#options.onWarning?.(`${message}; another address is used. ${hint}`);
  }
}

/** What may have been received is not repeated, whatever went wrong. */
function finalUnlessRead({ verb, isWrite }: EndpointRequest, error: AppError, { isUnsent }: WireFailure): AppError {
  if (verb === 'GET') return error;
  return isWrite === true && !isUnsent ? asUncertain(error) : asFinal(error);
}

/** The same of a write that the server may have received. */
export function asUncertain({ message }: AppError): AppError {
  return new AppError('uncertain', message, { hint: 'it is not sent again; look what became of it' });
}

/** The same error, after which nothing is repeated. */
export function asFinal({ code, message, hint }: AppError): AppError {
  return new AppError(code, message, { ...(hint !== undefined && { hint }) });
}

function allFailed(first: AppError | undefined, others: number): AppError {
  if (first === undefined) return new AppError('unreachable', 'No address can be tried');
  if (others < 1) return first;
  return new AppError(first.code, `${first.message}; ${others} other address${others > 1 ? 'es' : ''} failed too`, {
    retryable: first.retryable,
    ...(first.hint !== undefined && { hint: first.hint }),
  });
}
