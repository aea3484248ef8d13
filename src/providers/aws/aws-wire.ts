import { Redactor } from '../../net/redact.ts';
import { type RestBody, type RestCall, RestWire, type RestWireOptions } from '../../net/rest-wire.ts';
import { RunSignal } from '../../net/run-signal.ts';
import { TokenBuckets } from '../../net/token-bucket.ts';
import type { ServerWords } from '../../net/wire-error.ts';
import type { ShownCertificate } from '../../types/endpoint.ts';
import type { ResolvedTls } from '../../types/provider.ts';
import type { KeySource } from './credentials.ts';
import { rateOf, type Service } from './rates.ts';
import { isExpired, isThrottled, saidBy, toRefusal } from './refusal.ts';
import { type Keys, signCall } from './sign-call.ts';

const MAX_ANSWER_BYTES = 64 * 2 ** 20;
const MAX_BYTES_UNDER_WAY = 128 * 2 ** 20;
/** Requests at a time to each host of AWS; to one that stands for all of them, four times as many. */
const AT_A_TIME = 4;

export interface AwsWireOptions {
  /** `https://host` that stands for all services; null: each has its own. */
  host: string | null;
  tls: ResolvedTls;
  words: ServerWords;
  /** Requests at a time to one host of AWS (4). */
  concurrency?: number;
  timeoutMs?: number;
  retries?: number;
  retryBaseMs?: number;
  clock: () => Date;
  signal?: AbortSignal;
  trustCommand?: string | undefined;
}

/** A call as AWS counts it: by account, region and action. */
export interface ServiceCall {
  service: Service;
  region: string;
  action: string;
  /** That it is counted to; empty: that of the credential. */
  account: string;
  keys: KeySource;
  signal: AbortSignal | undefined;
}

/** One call, with all its tries. */
interface CallUnderWay {
  call: ServiceCall;
  bucket: string;
  keys: Keys | undefined;
  isExpired: boolean;
  tries: number;
}

/** Sends signed calls to the services of AWS, each at its rate. Throws only AppError, in which no secret appears. */
export class AwsWire {
  readonly #options: AwsWireOptions;
  readonly #wires = new Map<string, RestWire>();
  readonly #buckets = new TokenBuckets();
  readonly #signals: RunSignal;
  readonly #redactor = new Redactor();
  readonly #underWay = new WeakMap<RestCall, CallUnderWay>();
  /** Refused as ended. */
  readonly #ended = new WeakSet<Keys>();

  constructor(options: AwsWireOptions) {
    this.#options = options;
    this.#signals = new RunSignal(options.signal);
  }

  get requestCount(): number {
    return [...this.#wires.values()].reduce((sum, { requestCount }) => sum + requestCount, 0);
  }

  /** The server's clock minus ours; null before the first answer. */
  clockSkewMs(): number | null {
    for (const wire of this.#wires.values()) {
      const skewMs = wire.clockSkewMs();
      if (skewMs !== null) return skewMs;
    }
    return null;
  }

  /** What the first server showed; null before the first answer. */
  certificate(): ShownCertificate | null {
    const [first] = this.#wires.values();
    return first?.certificate ?? null;
  }

  /** Posts a body, and gives the text of the answer. `target`: of the JSON protocol. */
  async post(call: ServiceCall, body: RestBody, target?: string): Promise<string> {
    const signal = this.#signals.with(call.signal);
    const { service, region, account, action } = call;
    this.#signals.check(signal, action);
    const underWay: CallUnderWay = {
      call,
      bucket: `${account}/${region}/${action}`,
      keys: undefined,
      isExpired: false,
      tries: 0,
    };
    const wire = this.#wireOf(service, region);
    const headers = (rest: RestCall) => this.#headers(rest, { underWay, body, target });
    const send = () => wire.readText('/', { body, headers, signal });
    try {
      // Where no slot is taken: calls of another account go first meanwhile.
      await this.#buckets.wait(underWay.bucket, rateOf(service), signal);
      return await send().catch((error: unknown) => {
        if (!underWay.isExpired) throw error;
        underWay.isExpired = false;
        return send();
      });
    } catch (error) {
      this.#signals.check(signal, action);
      throw this.#redactor.clean(error);
    }
  }

  close(): void {
    this.#signals.close();
    for (const wire of this.#wires.values()) wire.close();
  }

  async #headers(
    rest: RestCall,
    { underWay, body, target }: { underWay: CallUnderWay; body: RestBody; target: string | undefined },
  ): Promise<Readonly<Record<string, string>>> {
    const { call, bucket, keys: before, tries } = underWay;
    this.#underWay.set(rest, underWay);
    underWay.tries += 1;
    if (tries > 0) await this.#buckets.wait(bucket, rateOf(call.service), rest.signal);
    const keys = await call.keys(before !== undefined && this.#ended.has(before) ? before : undefined);
    underWay.keys = keys;
    this.#redactor.add(keys.secretAccessKey);
    if (keys.sessionToken !== undefined) this.#redactor.add(keys.sessionToken);
    const { host, clock } = this.#options;
    return signCall({
      keys,
      region: call.region,
      service: call.service,
      url: new URL(`${host ?? hostOf(call.service, call.region)}/`),
      body: body.text,
      headers: { 'content-type': body.type, ...(target !== undefined && { 'x-amz-target': target }) },
      date: new Date(clock().getTime() + (this.clockSkewMs() ?? 0)),
    });
  }

  #wireOf(service: Service, region: string): RestWire {
    const { host } = this.#options;
    const endpoint = host ?? hostOf(service, region);
    const key = host === null ? endpoint : service;
    const known = this.#wires.get(key);
    if (known !== undefined) return known;
    const wire = new RestWire(this.#settings(endpoint));
    this.#wires.set(key, wire);
    return wire;
  }

  #settings(endpoint: string): RestWireOptions {
    const { host, tls, concurrency = AT_A_TIME, clock, trustCommand } = this.#options;
    const { pins = {}, ...trust } = tls;
    const pin = Object.entries(pins).find(([url]) => url.startsWith(`${endpoint}/`) || url === endpoint)?.[1];
    return {
      endpoint,
      tls: { ...trust, fingerprint: pin ?? (trust.fingerprint || undefined) },
      headers: async () => ({}),
      readRefusal: ({ text }, rest) => this.#readRefusal(text, rest),
      concurrency: host === null ? concurrency : concurrency * AT_A_TIME,
      timeoutMs: this.#options.timeoutMs ?? 60_000,
      connectTimeoutMs: 5_000,
      retries: this.#options.retries ?? 4,
      retryBaseMs: this.#options.retryBaseMs ?? 300,
      maxBytes: MAX_ANSWER_BYTES,
      maxBytesUnderWay: MAX_BYTES_UNDER_WAY,
      clock: () => clock().getTime(),
      words: this.#options.words,
      hints: {
        unauthenticated: 'Check the credential: `aws sts get-caller-identity` with the same --login',
        forbidden: 'Give the role or user the policy of `rollcall help privileges`',
        notFound: 'Check that AWS, or what stands for it, answers at this address',
      },
      trustCommand,
    };
  }

  #readRefusal(text: string, rest: RestCall): ReturnType<typeof toRefusal> {
    const said = saidBy(text);
    const underWay = this.#underWay.get(rest);
    if (underWay !== undefined) {
      if (isThrottled(said.code)) this.#buckets.drain(underWay.bucket);
      underWay.isExpired = isExpired(said.code);
      if (underWay.isExpired && underWay.keys !== undefined) this.#ended.add(underWay.keys);
    }
    const refusal = toRefusal(said, underWay?.call.action ?? 'call');
    return refusal.message === undefined ? refusal : { ...refusal, message: this.#redactor.redact(refusal.message) };
  }
}

function hostOf(service: Service, region: string): string {
  return `https://${service}.${region}.amazonaws.com`;
}
