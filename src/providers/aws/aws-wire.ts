import type * as z from 'zod';
import { CallGuard } from '../../net/call-guard.ts';
import { decodeAnswer } from '../../net/decode-answer.ts';
import { tlsAt } from '../../net/endpoint-tls.ts';
import { UnreadableXml } from '../../net/feed-xml.ts';
import { type AskCredential, KeptCredential } from '../../net/kept-credential.ts';
import { type RestBody, type RestLimits, type RestRequest, RestWire } from '../../net/rest-wire.ts';
import { TokenBuckets } from '../../net/token-bucket.ts';
import type { ServerWords } from '../../net/wire-error.ts';
import type { ShownCertificate } from '../../types/endpoint.ts';
import { AppError } from '../../types/errors.ts';
import type { ResolvedTls } from '../../types/provider.ts';
import { rateOf, type Service } from './rates.ts';
import { readXml, type XmlValue } from './read-xml.ts';
import { isExpired, isThrottled, saidBy, toRefusal } from './refusal.ts';
import { type Keys, signCall } from './sign-call.ts';

/** Requests at a time to each host of AWS; to one that stands for all of them, four times as many. */
const AT_A_TIME = 4;
/** One more than usual: a session may have to be renewed in between. */
const RETRIES = 4;
/** Services that take forms and answer in XML, by their versions. */
const VERSIONS = { ec2: '2016-11-15', sts: '2011-06-15' } as const;
/** Services that take and answer JSON, by what their calls are named after. */
const TARGETS = {
  organizations: 'AWSOrganizationsV20161128',
  cloudtrail: 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101',
} as const;

export interface AwsWireOptions extends Omit<RestLimits, 'clock'> {
  /** `https://host` that stands for all services; null: each has its own. */
  host: string | null;
  tls: ResolvedTls;
  words: ServerWords;
  clock: () => Date;
  signal?: AbortSignal;
}

export type Parameters = Readonly<Record<string, string | number>>;

/** A call as AWS counts it: by account, region and action. */
export interface ServiceCall<S extends Service = Service> {
  service: S;
  region: string;
  action: string;
  /** That it is counted to; empty: that of the credential. */
  account: string;
  keys: KeptCredential<Keys>;
  signal: AbortSignal | undefined;
}

/** Sends signed calls to the services of AWS, each at its rate. Throws only AppError, in which no secret appears. */
export class AwsWire {
  readonly #options: AwsWireOptions;
  readonly #wires = new Map<string, RestWire>();
  readonly #buckets = new TokenBuckets();
  readonly #guard: CallGuard;

  constructor(options: AwsWireOptions) {
    this.#options = options;
    this.#guard = new CallGuard(options.signal);
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

  /** Keys that are kept until they end, and hidden. `name`: whose they are, among those of the wire. */
  kept(name: string, ask: AskCredential<Keys>): KeptCredential<Keys> {
    return new KeptCredential({
      ask,
      endsAtMs: ({ expiration }) => expiration?.getTime() ?? null,
      onCredential: ({ secretAccessKey, sessionToken = '' }) =>
        this.#guard.redactor.renew(name, [secretAccessKey, sessionToken]),
      clock: () => this.#options.clock().getTime(),
    });
  }

  query<T>(call: ServiceCall<keyof typeof VERSIONS>, parameters: Parameters, schema: z.ZodType<T>): Promise<T> {
    const form = new URLSearchParams({ Action: call.action, Version: VERSIONS[call.service] });
    for (const [name, value] of Object.entries(parameters)) form.set(name, String(value));
    const body = { text: form.toString(), type: 'application/x-www-form-urlencoded' };
    return this.#guard.run(call.action, call.signal, async (signal) => {
      const text = await this.#wireOf(call).readText('/', this.#signed(call, { body, headers: {} }, signal));
      return decodeAnswer(await this.#readXml(text, call), schema, this.#where(call));
    });
  }

  json<T>(call: ServiceCall<keyof typeof TARGETS>, asked: object, schema: z.ZodType<T>): Promise<T> {
    const body = { text: JSON.stringify(asked), type: 'application/x-amz-json-1.1' };
    const headers = { 'x-amz-target': `${TARGETS[call.service]}.${call.action}` };
    return this.#guard.run(call.action, call.signal, async (signal) => {
      const answer = await this.#wireOf(call).read('/', this.#signed(call, { body, headers }, signal));
      return decodeAnswer(answer, schema, this.#where(call));
    });
  }

  close(): void {
    this.#guard.close();
    for (const wire of this.#wires.values()) wire.close();
  }

  /** Each try has the keys and the time of its moment; keys that AWS says have ended are asked for again, once. */
  #signed(
    { service, region, action, account, keys }: ServiceCall,
    { body, headers }: { body: RestBody; headers: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): RestRequest {
    const bucket = `${account}/${region}/${action}`;
    let used: Keys | undefined;
    return {
      body,
      signal,
      pace: async () => {
        await keys.current(signal);
        await this.#buckets.wait(bucket, rateOf(service), signal);
      },
      headers: async () => {
        used = await keys.current(signal);
        return signCall({
          keys: used,
          region,
          service,
          url: new URL(`${this.#hostOf(service, region)}/`),
          body: body.text,
          headers: { 'content-type': body.type, ...headers },
          date: new Date(this.#options.clock().getTime() + (this.clockSkewMs() ?? 0)),
        });
      },
      readRefusal: ({ text }) => {
        const said = saidBy(text);
        if (isThrottled(said.code)) this.#buckets.drain(bucket);
        const { message, ...meaning } = toRefusal(said, action);
        return {
          ...meaning,
          ...(isExpired(said.code) && used !== undefined && { isPassing: keys.renew(used) }),
          // Before it is cut, which could leave half of a secret.
          ...(message !== undefined && { message: this.#guard.redactor.redact(message) }),
        };
      },
    };
  }

  #hostOf(service: Service, region: string): string {
    return this.#options.host ?? `https://${service}.${region}.amazonaws.com`;
  }

  #wireOf({ service, region }: ServiceCall): RestWire {
    const { host, tls, words, clock, concurrency = AT_A_TIME, signal: _run, ...limits } = this.#options;
    const endpoint = this.#hostOf(service, region);
    const key = host === null ? endpoint : service;
    const known = this.#wires.get(key);
    if (known !== undefined) return known;
    const wire = new RestWire({
      retries: RETRIES,
      ...limits,
      endpoint,
      tls: tlsAt(endpoint, tls),
      concurrency: host === null ? concurrency : concurrency * AT_A_TIME,
      clock: () => clock().getTime(),
      words,
      hints: {
        unauthenticated: 'Check the credential: `aws sts get-caller-identity` with the same --login',
        forbidden: 'Give the role or user the policy of `rollcall help privileges`',
        notFound: 'Check that AWS, or what stands for it, answers at this address',
      },
    });
    this.#wires.set(key, wire);
    return wire;
  }

  async #readXml(text: string, call: ServiceCall): Promise<XmlValue> {
    try {
      return await readXml(text);
    } catch (error) {
      if (!(error instanceof UnreadableXml)) throw error;
      const { what, endpoint } = this.#where(call);
      throw new AppError('malformed', `${what} on ${endpoint}: ${error.message}`, {
        hint: 'Something else may answer at this address, or a proxy in between',
      });
    }
  }

  #where({ action, account, service, region }: ServiceCall): { what: string; endpoint: string; title: string } {
    const what = account === '' ? action : `${action} of account ${account}, ${region}`;
    return { what, endpoint: this.#hostOf(service, region), title: this.#options.words.title };
  }
}
