import * as z from 'zod';
import { Redactor } from '../../net/redact.ts';
import { RestWire } from '../../net/rest-wire.ts';
import { RunSignal } from '../../net/run-signal.ts';
import { type Rate, TokenBuckets } from '../../net/token-bucket.ts';
import type { ShownCertificate } from '../../types/endpoint.ts';
import { AppError } from '../../types/errors.ts';
import type { ResolvedTls } from '../../types/provider.ts';
import { type Service, serviceHost } from './address.ts';
import { readRefusal } from './refusal.ts';
import { GCP } from './server-words.ts';
import { READ_ONLY, type TokenSource, Tokens } from './tokens.ts';

const MAX_ANSWER_BYTES = 64 * 2 ** 20;
const MAX_BYTES_UNDER_WAY = 128 * 2 ** 20;
/** Reads of a project: 1,500 a minute, and of its log 60 (https://cloud.google.com/compute/api-quota, …/logging/quotas). */
const RATES: Readonly<Record<Service, Rate>> = {
  compute: { burst: 100, perSecond: 20 },
  logging: { burst: 20, perSecond: 1 },
  cloudresourcemanager: { burst: 20, perSecond: 5 },
  iamcredentials: { burst: 5, perSecond: 1 },
};
const FORBIDDEN: Readonly<Record<Service, string>> = {
  compute: 'Give whose token it is the role Compute Viewer (roles/compute.viewer) on the project',
  logging: 'Give whose token it is the role Logs Viewer (roles/logging.viewer) on the project',
  cloudresourcemanager: 'Give whose token it is the roles Folder Viewer and Browser (roles/browser) on the folder',
  iamcredentials: 'Give who logs in the role Service Account Token Creator on the account to impersonate',
};
const NOT_FOUND: Readonly<Record<Service, string>> = {
  compute: 'Check the id of the project, and that the Compute Engine API is enabled there',
  logging: 'Check that the Cloud Logging API is enabled in the project',
  cloudresourcemanager: 'Check the number of the folder',
  iamcredentials: 'Check the name of the service account',
};

export interface GcpOptions {
  /** `https://compute.googleapis.com`, or what answers for all services. */
  host: string;
  tls: ResolvedTls;
  source: TokenSource;
  /** A service account to stand in for; null: whoever has the token. */
  impersonated: string | null;
  /** Requests at a time to each service (8). */
  concurrency?: number;
  timeoutMs?: number;
  connectTimeoutMs?: number;
  retries?: number;
  retryBaseMs?: number;
  /** Epoch milliseconds. */
  clock?: () => number;
  signal?: AbortSignal;
  trustCommand?: string | undefined;
}

interface Question<T> {
  schema: z.ZodType<T>;
  /** Of which project: what is allowed is counted for each. */
  project: string;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

const impersonation = z.object({ accessToken: z.string(), expireTime: z.iso.datetime({ offset: true }) });

/** Asks the services of Google Cloud, and reads only. All throw only AppError, in which no secret appears. */
export class GcpApi {
  readonly #options: GcpOptions;
  readonly #wires = new Map<Service, RestWire>();
  readonly #signals: RunSignal;
  readonly #redactor = new Redactor();
  readonly #buckets = new TokenBuckets();
  readonly #login: Tokens;
  readonly #tokens: Tokens;

  constructor(options: GcpOptions) {
    this.#options = options;
    this.#signals = new RunSignal(options.signal);
    this.#login = new Tokens(this.#kept(options.source));
    const { impersonated } = options;
    this.#tokens = impersonated === null ? this.#login : new Tokens(() => this.#impersonate(impersonated));
  }

  get requestCount(): number {
    return [...this.#wires.values()].reduce((sum, wire) => sum + wire.requestCount, 0);
  }

  /** The server's clock minus ours; null before the first answer. */
  clockSkewMs(): number | null {
    return this.#wires.get('compute')?.clockSkewMs() ?? null;
  }

  /** What the server showed last; null before the first answer. */
  serverCertificate(): ShownCertificate | null {
    return this.#wires.get('compute')?.certificate ?? null;
  }

  /** The only way out: no secret passes. `path` has its query; with a body the question is posted. */
  async ask<T>(service: Service, path: string, { schema, project, body, signal }: Question<T>): Promise<T> {
    const combined = this.#signals.with(signal);
    const what = `${body === undefined ? 'GET' : 'POST'} ${path.split('?')[0] || '/'}`;
    this.#signals.check(combined, what);
    try {
      await this.#buckets.wait(`${service} ${project}`, RATES[service], combined);
      this.#signals.check(combined, what);
      const parsed = schema.safeParse(await this.#wire(service).read(path, { body, signal: combined }));
      if (parsed.success) return parsed.data;
      throw new AppError('malformed', `${what}: the answer is not what Google Cloud answers`, {
        hint: 'Something else may answer at this address, or a proxy in between',
      });
    } catch (error) {
      this.#signals.check(combined, what);
      throw this.#redactor.clean(error);
    }
  }

  close(): void {
    this.#signals.close();
    for (const wire of this.#wires.values()) wire.close();
  }

  #wire(service: Service): RestWire {
    const known = this.#wires.get(service);
    if (known !== undefined) return known;
    const { host, tls, ...options } = this.#options;
    const { pins: _, ...trust } = tls;
    const tokens = service === 'iamcredentials' ? this.#login : this.#tokens;
    const wire = new RestWire({
      endpoint: serviceHost(host, service),
      tls: { ...trust, fingerprint: trust.fingerprint || undefined },
      headers: () => headersOf(tokens),
      readRefusal: ({ status, text }) => {
        const said = readRefusal(status, text);
        // One that ended while the run was under way.
        return status === 401 ? { ...said, isPassing: tokens.renew() } : said;
      },
      concurrency: options.concurrency ?? 8,
      timeoutMs: options.timeoutMs ?? 60_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
      retries: options.retries ?? 3,
      retryBaseMs: options.retryBaseMs ?? 250,
      maxBytes: MAX_ANSWER_BYTES,
      maxBytesUnderWay: MAX_BYTES_UNDER_WAY,
      clock: options.clock ?? Date.now,
      words: GCP,
      hints: {
        unauthenticated: 'The login has ended, or is none: `gcloud auth application-default login`',
        forbidden: FORBIDDEN[service],
        notFound: NOT_FOUND[service],
      },
      trustCommand: options.trustCommand,
    });
    this.#wires.set(service, wire);
    return wire;
  }

  #kept(source: TokenSource): TokenSource {
    return async () => {
      const token = await source();
      this.#redactor.add(token.value);
      return token;
    };
  }

  async #impersonate(account: string) {
    const path = `/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`;
    const body = { scope: [READ_ONLY], lifetime: '3600s' };
    const { accessToken, expireTime } = await this.ask('iamcredentials', path, {
      schema: impersonation,
      project: account,
      body,
    });
    this.#redactor.add(accessToken);
    return { value: accessToken, endsAtMs: Date.parse(expireTime) };
  }
}

async function headersOf(tokens: Tokens): ReturnType<ConstructorParameters<typeof RestWire>[0]['headers']> {
  const { value, quotaProject } = await tokens.current();
  return {
    Authorization: `Bearer ${value}`,
    ...(quotaProject !== undefined && { 'X-Goog-User-Project': quotaProject }),
  };
}
