import type * as z from 'zod';
import type { EndpointTls } from '../../net/connection.ts';
import { Redactor } from '../../net/redact.ts';
import { RestWire } from '../../net/rest-wire.ts';
import { RunSignal } from '../../net/run-signal.ts';
import type { ShownCertificate } from '../../types/endpoint.ts';
import { AppError } from '../../types/errors.ts';
import {
  type Activity,
  activity,
  type Machine,
  type MachineSize,
  type MachineStatus,
  type ManagedDisk,
  machine,
  machineSize,
  machineStatus,
  managedDisk,
  type NetworkInterface,
  networkInterface,
  type PublicAddress,
  pageOf,
  publicAddress,
  type ScaleSet,
  type Subscription,
  scaleSet,
  subscription,
} from './answers.ts';
import { type Login, TokenKeeper } from './login/access-token.ts';
import { readLinks } from './read-links.ts';
import { AZURE } from './server-words.ts';
import { readRefusal, Throttle } from './throttle.ts';

/** Stable versions of each part of the API. */
const API = {
  subscriptions: '2022-12-01',
  compute: '2024-07-01',
  disks: '2023-10-02',
  network: '2024-05-01',
  /** Of networks of scale sets. */
  instances: '2018-10-01',
  activity: '2015-04-01',
} as const;
/** Of the activity log in one run. */
const MOST_EVENTS = 20_000;
/** What the activity log is asked for: claims tell much about people, properties may hold what was sent. */
const EVENT_FIELDS = 'eventDataId,correlationId,eventTimestamp,caller,operationName,resourceId,status,subStatus';
const MAX_ANSWER_BYTES = 64 * 2 ** 20;
const MAX_BYTES_UNDER_WAY = 128 * 2 ** 20;

export interface ArmOptions {
  /** `https://management.azure.com`. */
  origin: string;
  tls: EndpointTls;
  login: Login;
  /** How the login is renewed, for a hint. */
  loginHint: string;
  /** Requests at a time (4). */
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

/** The read calls of Azure Resource Manager, decoded. All throw only AppError, in which no secret appears. */
export class ArmClient {
  readonly origin: string;
  readonly #wire: RestWire;
  readonly #signals: RunSignal;
  readonly #tokens: TokenKeeper;
  readonly #redactor = new Redactor();
  readonly #throttle = new Throttle();

  constructor(options: ArmOptions) {
    this.origin = options.origin;
    this.#signals = new RunSignal(options.signal);
    this.#tokens = new TokenKeeper(options.login, (token) => this.#redactor.add(token));
    this.#wire = new RestWire({
      endpoint: options.origin,
      tls: options.tls,
      headers: async ({ signal }) => ({ Authorization: `Bearer ${await this.#tokens.text(signal)}` }),
      onAnswer: (answer, call) => this.#throttle.note(answer, call),
      readRefusal,
      concurrency: options.concurrency ?? 4,
      timeoutMs: options.timeoutMs ?? 60_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
      retries: options.retries ?? 3,
      retryBaseMs: options.retryBaseMs ?? 500,
      maxBytes: MAX_ANSWER_BYTES,
      maxBytesUnderWay: MAX_BYTES_UNDER_WAY,
      clock: options.clock ?? Date.now,
      words: AZURE,
      hints: {
        unauthenticated: options.loginHint,
        forbidden: 'Give the login the role Reader on the subscription',
        notFound: 'It is not there',
      },
      trustCommand: options.trustCommand,
    });
  }

  /** A secret of the login: it appears in no error. */
  hide(secret: string): void {
    this.#redactor.add(secret);
  }

  /** Without those of the login. */
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

  /** Whether the login gives a token. */
  async connect(signal?: AbortSignal): Promise<void> {
    await this.#clean('login', signal, async (combined) => void (await this.#tokens.text(combined)));
  }

  /** All that the login sees, whatever their state. */
  subscriptions(signal?: AbortSignal): Promise<readonly Subscription[]> {
    return this.#list(`/subscriptions?api-version=${API.subscriptions}`, subscription, signal);
  }

  machines(id: string, signal?: AbortSignal): Promise<readonly Machine[]> {
    return this.#list(compute(id, 'virtualMachines', API.compute), machine, signal);
  }

  /** Whether each of them runs, which the other list does not tell. */
  statuses(id: string, signal?: AbortSignal): Promise<readonly MachineStatus[]> {
    return this.#list(`${compute(id, 'virtualMachines', API.compute)}&statusOnly=true`, machineStatus, signal);
  }

  scaleSets(id: string, signal?: AbortSignal): Promise<readonly ScaleSet[]> {
    return this.#list(compute(id, 'virtualMachineScaleSets', API.compute), scaleSet, signal);
  }

  /** Of a scale set whose machines are all alike, with whether they run. */
  instances({ id }: ScaleSet, signal?: AbortSignal): Promise<readonly Machine[]> {
    const path = `${pathText(id)}/virtualMachines?$expand=instanceView&api-version=${API.compute}`;
    return this.#list(path, machine, signal);
  }

  instanceInterfaces({ id }: ScaleSet, signal?: AbortSignal): Promise<readonly NetworkInterface[]> {
    return this.#list(`${pathText(id)}/networkInterfaces?api-version=${API.instances}`, networkInterface, signal);
  }

  instanceAddresses({ id }: ScaleSet, signal?: AbortSignal): Promise<readonly PublicAddress[]> {
    return this.#list(`${pathText(id)}/publicIPAddresses?api-version=${API.instances}`, publicAddress, signal);
  }

  disks(id: string, signal?: AbortSignal): Promise<readonly ManagedDisk[]> {
    return this.#list(compute(id, 'disks', API.disks), managedDisk, signal);
  }

  networkInterfaces(id: string, signal?: AbortSignal): Promise<readonly NetworkInterface[]> {
    return this.#list(network(id, 'networkInterfaces'), networkInterface, signal);
  }

  publicAddresses(id: string, signal?: AbortSignal): Promise<readonly PublicAddress[]> {
    return this.#list(network(id, 'publicIPAddresses'), publicAddress, signal);
  }

  /** What the sizes of a location have. */
  sizes(id: string, location: string, signal?: AbortSignal): Promise<readonly MachineSize[]> {
    const path = compute(id, `locations/${encodeURIComponent(location)}/vmSizes`, API.compute);
    return this.#list(path, machineSize, signal);
  }

  /** By its id. null: there is none. */
  async machine(id: string, signal?: AbortSignal): Promise<Machine | null> {
    try {
      return await this.#get(`${pathText(id)}?api-version=${API.compute}`, machine, signal);
    } catch (error) {
      if (error instanceof AppError && error.code === 'no-endpoint') return null;
      throw error;
    }
  }

  /** What was done to resources of Compute since a time by the server's clock. Throws AppError('limit') for more than is read. */
  activities(id: string, since: Date, signal?: AbortSignal): Promise<readonly Activity[]> {
    const filter = `eventTimestamp ge '${since.toISOString()}' and resourceProvider eq 'Microsoft.Compute'`;
    const query = `$filter=${encodeURIComponent(filter)}&$select=${EVENT_FIELDS}&api-version=${API.activity}`;
    const path = `/subscriptions/${id}/providers/Microsoft.Insights/eventtypes/management/values?${query}`;
    return this.#list(path, activity, signal, MOST_EVENTS);
  }

  close(): void {
    this.#signals.close();
    this.#wire.close();
  }

  #list<T>(path: string, row: z.ZodType<T>, signal: AbortSignal | undefined, maxRows?: number): Promise<readonly T[]> {
    const schema = pageOf(row);
    const limits = { origin: this.origin, ...(maxRows !== undefined && { maxRows }) };
    return readLinks(path, (page) => this.#get(page, schema, signal), limits).catch((error: unknown) => {
      throw located(error, `GET ${path.split('?')[0]}`);
    });
  }

  #get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal | undefined): Promise<T> {
    const what = `GET ${path.split('?')[0]}`;
    return this.#clean(what, signal, async (combined) => {
      const parsed = schema.safeParse(await this.#read(path, combined));
      if (parsed.success) return parsed.data;
      throw new AppError('malformed', `${what} on ${this.origin}: the answer is not what Azure answers`, {
        hint: 'Something else may answer at this address, or a proxy in between',
      });
    });
  }

  /** A token may end before its time: the login is asked for another one, once. */
  async #read(path: string, signal: AbortSignal): Promise<unknown> {
    const before = this.#tokens.generation;
    try {
      return await this.#wire.read(path, { signal, pace: () => this.#throttle.pace(path, signal) });
    } catch (error) {
      const isRefused = error instanceof AppError && error.code === 'unauthenticated' && before > 0;
      if (!isRefused) throw error;
      this.#tokens.renew(before);
      return this.#wire.read(path, { signal, pace: () => this.#throttle.pace(path, signal) });
    }
  }

  /** The only way out: no secret passes. */
  async #clean<T>(
    what: string,
    signal: AbortSignal | undefined,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const combined = this.#signals.with(signal);
    this.#signals.check(combined, what);
    try {
      return await call(combined);
    } catch (error) {
      this.#signals.check(combined, what);
      throw this.#redactor.clean(error);
    }
  }
}

function compute(id: string, what: string, version: string): string {
  return `/subscriptions/${id}/providers/Microsoft.Compute/${what}?api-version=${version}`;
}

function network(id: string, what: string): string {
  return `/subscriptions/${id}/providers/Microsoft.Network/${what}?api-version=${API.network}`;
}

/** An id came from an answer: nothing in it may become a query or another path. */
function pathText(id: string): string {
  return id.split('/').map(encodeURIComponent).join('/');
}

/** Says which list it was, where the error does not. */
function located(error: unknown, what: string): unknown {
  if (!(error instanceof AppError) || !error.message.startsWith('the list ')) return error;
  return new AppError(error.code, `${what}: ${error.message}`, error.hint === undefined ? {} : { hint: error.hint });
}
