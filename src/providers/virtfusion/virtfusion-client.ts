import * as z from 'zod';
import { CallGuard } from '../../net/call-guard.ts';
import { decodeAnswer } from '../../net/decode-answer.ts';
import { tlsAt, warnIfUnverified } from '../../net/endpoint-tls.ts';
import { httpsAddress } from '../../net/https-address.ts';
import { type RestLimits, RestWire } from '../../net/rest-wire.ts';
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

export interface VirtfusionOptions extends RestLimits {
  /** `https://cp.example.com`. */
  endpoint: string;
  tls: ResolvedTls;
  token: string;
  signal?: AbortSignal;
  onWarning?: (message: string) => void;
}

/** The read calls of the API of VirtFusion, decoded. All throw only AppError, in which no secret appears. */
export class VirtfusionClient {
  readonly endpoint: string;
  readonly #wire: RestWire;
  readonly #guard: CallGuard;

  /** Throws AppError('configuration') for an address or fingerprint that is none. */
  constructor({ endpoint, tls, token, signal, onWarning, ...limits }: VirtfusionOptions) {
    this.endpoint = httpsAddress(endpoint, { title: VIRTFUSION.title, example: 'https://HOST' });
    this.#guard = new CallGuard(signal);
    this.#guard.redactor.add(token);
    const trust = tlsAt(this.endpoint, tls);
    this.#wire = new RestWire({
      ...limits,
      endpoint: `${this.endpoint}/api/v1`,
      tls: trust,
      headers: async () => ({ Authorization: `Bearer ${token}` }),
      words: VIRTFUSION,
      hints: {
        unauthenticated: 'Check that the API token is right, enabled and not expired: System, API in the control panel',
        forbidden: 'Give the API token the right to read servers and hypervisors: System, API in the control panel',
        notFound: 'Check that this is the address of a control panel of VirtFusion: https://HOST',
      },
    });
    warnIfUnverified(this.endpoint, trust, { secret: 'token', onWarning });
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
    this.#guard.close();
    this.#wire.close();
  }

  #list<T extends { id: number }>(path: string, row: z.ZodType<T>, signal?: AbortSignal): Promise<Listing<T>> {
    const schema = pageOf(row);
    return readPages((page) => this.#get(`${path}?results=${PER_PAGE}&page=${page}`, schema, signal));
  }

  #get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal | undefined): Promise<T> {
    const what = `GET ${path}`;
    return this.#guard.run(what, signal, async (combined) =>
      decodeAnswer(await this.#wire.read(path, { signal: combined }), schema, {
        what,
        endpoint: this.endpoint,
        title: VIRTFUSION.title,
      }),
    );
  }
}
