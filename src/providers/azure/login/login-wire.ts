import type { Agent } from 'node:http';
import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { ByteBudget, ByteLease } from '../../../net/byte-budget.ts';
import type { CallLabel } from '../../../net/call-label.ts';
import { type EndpointTls, openAgent } from '../../../net/connection.ts';
import { Repeatable, repeatRead, retryAfterMs } from '../../../net/retry.ts';
import { sendByAxios } from '../../../net/send-by-axios.ts';
import type { WireAnswer } from '../../../net/wire.ts';
import { wireError } from '../../../net/wire-error.ts';
import { toWireFailure } from '../../../net/wire-failure.ts';
import { toOrigin } from '../../../net/wire-origin.ts';
import { AppError } from '../../../types/errors.ts';
import { AZURE } from '../server-words.ts';

const LIMITS = { connectTimeoutMs: 5_000, timeoutMs: 30_000, maxBytes: 2 ** 20 };
/** The service for machines says by 410 that it is being updated. */
const PASSING = new Set([410, 429]);

export interface LoginWireOptions {
  /** By the origin of an address. */
  tlsOf: (origin: string) => EndpointTls;
  signal: AbortSignal;
  retries: number;
  retryBaseMs: number;
  onRequest: () => void;
}

/**
 * Through which MSAL sends its requests: over TLS that is verified as everything else, or to a service of this machine in plain text.
 * A token request changes nothing, and is repeated where the service has no time.
 */
export class LoginWire implements INetworkModule {
  readonly #options: LoginWireOptions;
  readonly #agents = new Map<string, Agent>();
  readonly #underWay = new ByteBudget(4 * LIMITS.maxBytes);
  /** Why the last request brought no answer: MSAL throws an error of its own in its place. */
  failure: unknown = null;

  constructor(options: LoginWireOptions) {
    this.#options = options;
  }

  sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send(url, 'GET', options);
  }

  sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send(url, 'POST', options);
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  async #send<T>(url: string, method: 'GET' | 'POST', options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    const { retries, retryBaseMs: baseMs, signal } = this.#options;
    try {
      const { status, headers, text } = await repeatRead(() => this.#sendOnce(url, method, options), {
        retries,
        baseMs,
        signal,
      });
      const single = Object.entries(headers).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : [],
      );
      return { status, headers: Object.fromEntries(single), body: parsed(text) };
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  async #sendOnce(
    url: string,
    method: 'GET' | 'POST',
    { headers = {}, body }: NetworkRequestOptions = {},
  ): Promise<WireAnswer> {
    const { origin, pathname, search, protocol } = new URL(url);
    const label: CallLabel = { verb: method, path: pathname, endpoint: origin };
    const lease = new ByteLease(this.#underWay);
    this.#options.onRequest();
    try {
      const answer = await sendByAxios({
        method,
        isRepeatable: true,
        origin: toOrigin(origin),
        agent: this.#agentOf(origin, protocol),
        path: `${pathname}${search}`,
        headers: { ...headers, 'User-Agent': 'rollcall', 'Accept-Encoding': 'gzip' },
        body,
        ...LIMITS,
        lease,
        signal: this.#options.signal,
      });
      if (PASSING.has(answer.status) || answer.status >= 500) throw busy(answer, label);
      return answer;
    } catch (error) {
      if (error instanceof AppError || error instanceof Repeatable) throw error;
      throw wireError(toWireFailure(error), label, { ...LIMITS, trustCommand: undefined, words: AZURE });
    } finally {
      lease.close();
    }
  }

  #agentOf(origin: string, protocol: string): Agent {
    const known = this.#agents.get(origin);
    if (known !== undefined) return known;
    const { connectTimeoutMs } = LIMITS;
    const agent = openAgent(protocol, this.#options.tlsOf(origin), { maxSockets: 2, connectTimeoutMs });
    this.#agents.set(origin, agent);
    return agent;
  }
}

function busy({ status, headers }: WireAnswer, { verb, path, endpoint }: CallLabel): Repeatable {
  const error = new AppError('server', `${verb} ${path} on ${endpoint}: the login has no time (${status})`, {
    hint: 'Try again later',
    retryable: true,
  });
  return new Repeatable(error, Number.POSITIVE_INFINITY, retryAfterMs(headers['retry-after'], Date.now()));
}

/** MSAL reads the fields of an error from it, too. */
function parsed(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('malformed', 'what answers at the address of the login does not speak its protocol', {
      hint: 'Something else may answer there, or a proxy in between',
    });
  }
}
