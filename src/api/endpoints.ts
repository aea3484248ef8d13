import type { Agent } from 'node:http';
import { AppError } from '../types/errors.ts';
import type { CallLabel } from './answer-error.ts';
import type { ClockSkew } from './clock-skew.ts';
import { normalizeEndpoint, openAgent, type ResolvedTls, readFingerprint } from './connection.ts';
import type { WireAnswer, WireRequest } from './wire.ts';
import { isCertificateFailure, isUnreachable, type WireLimits, wireError } from './wire-error.ts';
import { toWireFailure, type WireFailure } from './wire-failure.ts';

const FINGERPRINT_TIMEOUT_MS = 3_000;

export interface EndpointRequest {
  verb: 'GET' | 'POST';
  /** Without /api2/json. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
  timeoutMs: number;
  signal: AbortSignal;
}

export interface EndpointAnswer {
  answer: WireAnswer;
  label: CallLabel;
}

export interface EndpointsOptions {
  endpoints: readonly string[];
  tls: ResolvedTls;
  maxSockets: number;
  connectTimeoutMs: number;
  maxBytes: number;
  skew: ClockSkew;
  /** Sends one request; throws WireFailure. */
  send: (request: WireRequest) => Promise<WireAnswer>;
}

/** The addresses of one cluster: uses the first that can be reached, and stays with it. */
export class Endpoints {
  readonly #options: EndpointsOptions;
  readonly #addresses: readonly { origin: string; agent: Agent }[];
  readonly #seen = new Map<string, Promise<string | undefined>>();
  #index = 0;
  #requestCount = 0;
  #certificate: string | null = null;

  /** Throws AppError('configuration'). */
  constructor(options: EndpointsOptions) {
    this.#options = options;
    const origins = [...new Set(options.endpoints.map(normalizeEndpoint))];
    if (origins.length === 0) {
      throw new AppError('configuration', 'No address of a Proxmox VE server is given', {
        hint: 'Set PROXMOX_VE_ENDPOINT=https://HOST:8006',
      });
    }
    this.#addresses = origins.map((origin) => {
      const { protocol } = new URL(origin);
      if (protocol === 'http:' && !options.tls.insecure) throw plainHttp(origin);
      return { origin, agent: openAgent(protocol, options.tls, options) };
    });
  }

  get requestCount(): number {
    return this.#requestCount;
  }

  /** SHA-256 of the certificate of the connection that answered last; null before, and over plain HTTP. */
  get certificate(): string | null {
    return this.#certificate;
  }

  get origins(): readonly string[] {
    return this.#addresses.map(({ origin }) => origin);
  }

  /** Throws AppError: of the first address that was tried. */
  async send(request: EndpointRequest): Promise<EndpointAnswer> {
    let first: AppError | undefined;
    for (const _ of this.#addresses) {
      const index = this.#index;
      const address = this.#addresses[index];
      if (!address) break;
      const label = { verb: request.verb, path: request.path, endpoint: address.origin };
      try {
        return { answer: await this.#exchange(request, address), label };
      } catch (error) {
        const failure = toWireFailure(error);
        const explained = await this.#explain(failure, label, request.timeoutMs);
        if (!isUnreachable(failure)) throw explained;
        first ??= explained;
        if (this.#index === index) this.#index = (index + 1) % this.#addresses.length;
      }
    }
    throw this.#allFailed(first);
  }

  close(): void {
    for (const { agent } of this.#addresses) agent.destroy();
  }

  async #exchange(request: EndpointRequest, { origin, agent }: { origin: string; agent: Agent }): Promise<WireAnswer> {
    const { skew, connectTimeoutMs, maxBytes, send } = this.#options;
    const sentAtMs = skew.nowMs();
    this.#requestCount += 1;
    const answer = await send({
      method: request.verb,
      url: new URL(`${origin}/api2/json${request.path}`),
      headers: { Accept: 'application/json', 'Accept-Encoding': 'gzip', 'User-Agent': 'rollcall', ...request.headers },
      body: request.body,
      agent,
      connectTimeoutMs,
      timeoutMs: request.timeoutMs,
      maxBytes,
      signal: request.signal,
    });
    skew.measure(answer.headers['date'], sentAtMs);
    if (answer.fingerprint !== null) this.#certificate = answer.fingerprint;
    return answer;
  }

  async #explain(failure: WireFailure, label: CallLabel, timeoutMs: number): Promise<AppError> {
    const { connectTimeoutMs, maxBytes } = this.#options;
    const limits: WireLimits = { connectTimeoutMs, maxBytes, timeoutMs };
    const isUntrusted = isCertificateFailure(failure) && failure.kind === 'network';
    return wireError(failure, label, limits, isUntrusted ? await this.#fingerprint(label.endpoint) : undefined);
  }

  /** Asked for once, however many calls fail. */
  #fingerprint(origin: string): Promise<string | undefined> {
    let seen = this.#seen.get(origin);
    if (!seen) this.#seen.set(origin, (seen = readFingerprint(origin, FINGERPRINT_TIMEOUT_MS)));
    return seen;
  }

  #allFailed(first: AppError | undefined): AppError {
    if (first === undefined || this.#addresses.length === 1) return first ?? new AppError('unreachable', 'No address');
    const others = this.#addresses.length - 1;
    return new AppError(first.code, `${first.message}; ${others} other address${others > 1 ? 'es' : ''} failed too`, {
      retryable: first.retryable,
      ...(first.hint !== undefined && { hint: first.hint }),
    });
  }
}

function plainHttp(origin: string): AppError {
  return new AppError('configuration', `${origin} is not encrypted: the credential would be readable on the way`, {
    hint: `Use ${origin.replace(/^http:/, 'https:')}; only with PROXMOX_VE_INSECURE is plain HTTP allowed`,
  });
}
