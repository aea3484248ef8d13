import * as z from 'zod';
import { CallGuard } from '../../net/call-guard.ts';
import { decodeAnswer } from '../../net/decode-answer.ts';
import { tlsAt } from '../../net/endpoint-tls.ts';
import { KeptCredential } from '../../net/kept-credential.ts';
import { jsonBody, type RestLimits, type RestRequest, RestWire } from '../../net/rest-wire.ts';
import { type Rate, TokenBuckets } from '../../net/token-bucket.ts';
import type { ShownCertificate } from '../../types/endpoint.ts';
import type { ResolvedTls } from '../../types/provider.ts';
import { type Service, serviceHost } from './address.ts';
import { readRefusal } from './refusal.ts';
import { GCP } from './server-words.ts';
import { type AccessToken, READ_ONLY, type TokenSource } from './tokens.ts';

/** Requests at a time to each service. */
const AT_A_TIME = 8;
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

export interface GcpOptions extends RestLimits {
  /** `https://compute.googleapis.com`, or what answers for all services. */
  host: string;
  tls: ResolvedTls;
  source: TokenSource;
  /** What the source has its tokens by, where that is a secret: it appears in no error. */
  secret: string | undefined;
  /** A service account to stand in for; null: whoever has the token. */
  impersonated: string | null;
  signal?: AbortSignal;
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
  readonly #server: Pick<GcpOptions, 'host' | 'tls'>;
  readonly #limits: RestLimits;
  readonly #wires = new Map<Service, RestWire>();
  readonly #guard: CallGuard;
  readonly #buckets = new TokenBuckets();
  readonly #login: KeptCredential<AccessToken>;
  readonly #tokens: KeptCredential<AccessToken>;

  constructor({ host, tls, source, secret, impersonated, signal, ...limits }: GcpOptions) {
    this.#server = { host, tls };
    this.#limits = limits;
    this.#guard = new CallGuard(signal);
    if (secret !== undefined) this.#guard.redactor.add(secret);
    this.#login = this.#kept('login', source);
    this.#tokens =
      impersonated === null ? this.#login : this.#kept('impersonated', () => this.#impersonate(impersonated));
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

  /** `path` has its query; with a body the question is posted. */
  ask<T>(service: Service, path: string, { schema, project, body, signal }: Question<T>): Promise<T> {
    const what = `${body === undefined ? 'GET' : 'POST'} ${path.split('?')[0] || '/'}`;
    const where = { what, endpoint: serviceHost(this.#server.host, service), title: GCP.title };
    return this.#guard.run(what, signal, async (combined) => {
      const pace = (): Promise<void> => this.#buckets.wait(`${service} ${project}`, RATES[service], combined);
      const request = { body: jsonBody(body), pace, ...this.#loggedIn(service, combined), signal: combined };
      return decodeAnswer(await this.#wire(service).read(path, request), schema, where);
    });
  }

  close(): void {
    this.#guard.close();
    for (const wire of this.#wires.values()) wire.close();
  }

  #wire(service: Service): RestWire {
    const known = this.#wires.get(service);
    if (known !== undefined) return known;
    const endpoint = serviceHost(this.#server.host, service);
    const wire = new RestWire({
      concurrency: AT_A_TIME,
      ...this.#limits,
      endpoint,
      tls: tlsAt(endpoint, this.#server.tls),
      words: GCP,
      hints: {
        unauthenticated: 'The login has ended, or is none: `gcloud auth application-default login`',
        forbidden: FORBIDDEN[service],
        notFound: NOT_FOUND[service],
      },
    });
    this.#wires.set(service, wire);
    return wire;
  }

  /** Each try has the token of its moment; one that the service refused is asked for again, once. */
  #loggedIn(service: Service, signal: AbortSignal): Required<Pick<RestRequest, 'headers' | 'readRefusal'>> {
    const tokens = service === 'iamcredentials' ? this.#login : this.#tokens;
    let used: AccessToken | undefined;
    return {
      headers: async () => {
        used = await tokens.current(signal);
        return headersOf(used);
      },
      readRefusal: ({ status, text }) => {
        const said = readRefusal(status, text);
        return status === 401 && used !== undefined ? { ...said, isPassing: tokens.renew(used) } : said;
      },
    };
  }

  #kept(name: string, ask: TokenSource): KeptCredential<AccessToken> {
    return new KeptCredential({
      ask,
      endsAtMs: (token) => token.endsAtMs,
      onCredential: ({ value }) => this.#guard.redactor.renew(name, [value]),
    });
  }

  async #impersonate(account: string): Promise<AccessToken> {
    const path = `/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`;
    const body = { scope: [READ_ONLY], lifetime: '3600s' };
    const { accessToken, expireTime } = await this.ask('iamcredentials', path, {
      schema: impersonation,
      project: account,
      body,
    });
    return { value: accessToken, endsAtMs: Date.parse(expireTime) };
  }
}

function headersOf({ value, quotaProject }: AccessToken): Readonly<Record<string, string>> {
  return {
    Authorization: `Bearer ${value}`,
    ...(quotaProject !== undefined && { 'X-Goog-User-Project': quotaProject }),
  };
}
