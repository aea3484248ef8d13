import * as z from 'zod';
import { Redactor } from '../../net/redact.ts';
import { RestWire } from '../../net/rest-wire.ts';
import { RunSignal } from '../../net/run-signal.ts';
import { withoutTrailingSlashes } from '../../text/without-slashes.ts';
import type { ShownCertificate } from '../../types/endpoint.ts';
import { AppError } from '../../types/errors.ts';
import type { ResolvedTls } from '../../types/provider.ts';
import {
  type Hypervisor,
  hypervisor,
  pageOf,
  type ServerDetails,
  type ServerRow,
  serverDetails,
  serverRow,
} from './answers.ts';
import { type Listing, readPages } from './read-pages.ts';
import { VIRTFUSION } from './server-words.ts';

/** The most that the API gives in one page. */
const PER_PAGE = 200;
const MAX_ANSWER_BYTES = 32 * 2 ** 20;
const MAX_BYTES_UNDER_WAY = 96 * 2 ** 20;

export interface VirtfusionOptions {
  /** `https://cp.example.com`. */
  endpoint: string;
  tls: ResolvedTls;
  token: string;
  /** Requests at a time (4). */
  concurrency?: number;
  timeoutMs?: number;
  connectTimeoutMs?: number;
  retries?: number;
  retryBaseMs?: number;
  /** Epoch milliseconds. */
  clock?: () => number;
  signal?: AbortSignal;
  onWarning?: (message: string) => void;
  trustCommand?: string | undefined;
}

/** The read calls of the API of VirtFusion, decoded. All throw only AppError, in which no secret appears. */
export class VirtfusionClient {
  readonly endpoint: string;
  readonly #wire: RestWire;
  readonly #signals: RunSignal;
  readonly #redactor = new Redactor();

  /** Throws AppError('configuration') for an address or fingerprint that is none. */
  constructor(options: VirtfusionOptions) {
    const { tls, token } = options;
    this.endpoint = normalizeAddress(options.endpoint);
    this.#redactor.add(token);
    this.#signals = new RunSignal(options.signal);
    const { pins = {}, ...trust } = tls;
    const pin = Object.entries(pins).find(([url]) => normalizeAddress(url) === this.endpoint)?.[1];
    this.#wire = new RestWire({
      endpoint: `${this.endpoint}/api/v1`,
      tls: { ...trust, fingerprint: pin ?? (trust.fingerprint || undefined) },
      headers: async () => ({ Authorization: `Bearer ${token}` }),
      concurrency: options.concurrency ?? 4,
      timeoutMs: options.timeoutMs ?? 30_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
      retries: options.retries ?? 3,
      retryBaseMs: options.retryBaseMs ?? 300,
      maxBytes: MAX_ANSWER_BYTES,
      maxBytesUnderWay: MAX_BYTES_UNDER_WAY,
      clock: options.clock ?? Date.now,
      words: VIRTFUSION,
      hints: {
        unauthenticated: 'Check that the API token is right, enabled and not expired: System, API in the control panel',
        forbidden: 'Give the API token the right to read servers and hypervisors: System, API in the control panel',
        notFound: 'Check that this is the address of a control panel of VirtFusion: https://HOST',
      },
      trustCommand: options.trustCommand,
    });
    if (tls.insecure && tls.fingerprint === undefined) {
      options.onWarning?.(
        `The certificate of ${this.endpoint} is not verified: whoever is in between can read the token`,
      );
    }
  }

  get requestCount(): number {
    return this.#wire.requestCount;
  }

  /** The server's clock minus ours; null before the first answer. */
  clockSkewMs(): number | null {
    return this.#wire.clockSkewMs();
  }

  /** What the server showed last; null before the first answer. */
  serverCertificate(): ShownCertificate | null {
    return this.#wire.certificate;
  }

  /** Whether the token is taken. */
  async connect(signal?: AbortSignal): Promise<void> {
    await this.#get('/connect', z.unknown(), signal);
  }

  servers(signal?: AbortSignal): Promise<Listing<ServerRow>> {
    return this.#list('/servers', serverRow, signal);
  }

  hypervisors(signal?: AbortSignal): Promise<Listing<Hypervisor>> {
    return this.#list('/compute/hypervisors', hypervisor, signal);
  }

  /** null: there is none with this id. `isLive`: with its power state, for which the panel asks its hypervisor. */
  async server(
    id: number,
    { signal, isLive = false }: { signal?: AbortSignal | undefined; isLive?: boolean } = {},
  ): Promise<ServerDetails | null> {
    try {
      return (
        await this.#get(`/servers/${id}${isLive ? '?remoteState=true' : ''}`, z.object({ data: serverDetails }), signal)
      ).data;
    } catch (error) {
      if (error instanceof AppError && error.code === 'no-endpoint') return null;
      throw error;
    }
  }

  close(): void {
    this.#signals.close();
    this.#wire.close();
  }

  #list<T extends { id: number }>(path: string, row: z.ZodType<T>, signal?: AbortSignal): Promise<Listing<T>> {
    const schema = pageOf(row);
    return readPages((page) => this.#get(`${path}?results=${PER_PAGE}&page=${page}`, schema, signal));
  }

  /** The only way out: no secret passes. */
  async #get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal | undefined): Promise<T> {
    const combined = this.#signals.with(signal);
    const what = `GET ${path}`;
    this.#signals.check(combined, what);
    try {
      const parsed = schema.safeParse(await this.#wire.read(path, { signal: combined }));
      if (parsed.success) return parsed.data;
      throw new AppError('malformed', `${what} on ${this.endpoint}: the answer is not what VirtFusion answers`, {
        hint: 'Something else may answer at this address, or a release of VirtFusion that is not known yet',
      });
    } catch (error) {
      this.#signals.check(combined, what);
      throw this.#redactor.clean(error);
    }
  }
}

/** `https://host[:port]`, with the path of a reverse proxy. Throws AppError('configuration'), also for plain HTTP. */
function normalizeAddress(text: string): string {
  const trimmed = text.trim();
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || url.protocol !== 'https:' || url.hostname === '' || url.username !== '' || url.password !== '') {
    throw new AppError('configuration', `Not an address of VirtFusion: ${url ? url.origin : 'it cannot be read'}`, {
      hint: 'Give https://HOST, without a user or password',
    });
  }
  return url.origin + withoutTrailingSlashes(url.pathname).replace(/\/(?:api\/v1|admin|login)$/, '');
}
