import type * as z from 'zod';
import { Redactor } from '../../net/redact.ts';
import { RestWire } from '../../net/rest-wire.ts';
import { RunSignal } from '../../net/run-signal.ts';
import type { ShownCertificate } from '../../types/endpoint.ts';
import { AppError } from '../../types/errors.ts';
import type { ResolvedTls } from '../../types/provider.ts';
import {
  aggregatedPage,
  type Instance,
  instance,
  type LogEntry,
  logPage,
  type MachineType,
  machineType,
  project,
} from './answers.ts';
import { addressOf, type ProjectAddress, parseProjectAddress } from './project-address.ts';
import { type Aggregated, readAggregated } from './read-aggregated.ts';
import { GCP } from './server-words.ts';

/** The most that the API gives in one page. */
const PER_PAGE = 500;
/** Of the audit log: about 60 calls a minute are allowed for a project. */
const ENTRIES_PER_PAGE = 1_000;
const MOST_ENTRIES = 20_000;
const MAX_ANSWER_BYTES = 64 * 2 ** 20;
const MAX_BYTES_UNDER_WAY = 128 * 2 ** 20;

export interface GcpOptions {
  /** The id of a project, or where it answers. */
  endpoint: string;
  tls: ResolvedTls;
  /** An access token for the run. */
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
  trustCommand?: string | undefined;
}

/** The read calls of Compute Engine for one project, decoded. All throw only AppError, in which no secret appears. */
export class GcpClient {
  readonly address: ProjectAddress;
  readonly #wire: RestWire;
  readonly #logs: RestWire;
  readonly #signals: RunSignal;
  readonly #redactor = new Redactor();

  /** Throws AppError('configuration') for what is no project. */
  constructor(options: GcpOptions) {
    const { tls, token } = options;
    this.address = parseProjectAddress(options.endpoint);
    this.#redactor.add(token);
    this.#signals = new RunSignal(options.signal);
    const { pins: _, ...trust } = tls;
    const common = {
      tls: { ...trust, fingerprint: trust.fingerprint || undefined },
      headers: async () => ({ Authorization: `Bearer ${token}` }),
      concurrency: options.concurrency ?? 4,
      timeoutMs: options.timeoutMs ?? 60_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
      retries: options.retries ?? 3,
      retryBaseMs: options.retryBaseMs ?? 500,
      maxBytes: MAX_ANSWER_BYTES,
      maxBytesUnderWay: MAX_BYTES_UNDER_WAY,
      clock: options.clock ?? Date.now,
      words: GCP,
      trustCommand: options.trustCommand,
    };
    const { host, logHost, project } = this.address;
    const unauthenticated = 'The access token has ended or is none: `gcloud auth print-access-token` prints one';
    this.#wire = new RestWire({
      ...common,
      endpoint: `${host}/compute/v1/projects/${project}`,
      hints: {
        unauthenticated,
        forbidden: 'Give whose token it is the role Compute Viewer (roles/compute.viewer) on the project',
        notFound: 'Check the id of the project, and that the Compute Engine API is enabled there',
      },
    });
    this.#logs = new RestWire({
      ...common,
      endpoint: logHost,
      hints: {
        unauthenticated,
        forbidden: 'Give whose token it is the role Logs Viewer (roles/logging.viewer) on the project',
        notFound: 'Check that the Cloud Logging API is enabled in the project',
      },
    });
  }

  get endpoint(): string {
    return addressOf(this.address);
  }

  get requestCount(): number {
    return this.#wire.requestCount + this.#logs.requestCount;
  }

  /** The server's clock minus ours; null before the first answer. */
  clockSkewMs(): number | null {
    return this.#wire.clockSkewMs();
  }

  /** What the server showed last; null before the first answer. */
  serverCertificate(): ShownCertificate | null {
    return this.#wire.certificate;
  }

  /** The number of the project, which no two have, and which is never used again. */
  async project(signal?: AbortSignal): Promise<{ id: string; name: string }> {
    return this.#get('?fields=id,name', project, signal);
  }

  instances(signal?: AbortSignal): Promise<Aggregated<Instance>> {
    return this.#list('instances', instance, signal);
  }

  machineTypes(signal?: AbortSignal): Promise<Aggregated<MachineType>> {
    return this.#list('machineTypes', machineType, signal);
  }

  /** By its id, which stays when another instance gets its name. null: there is none. */
  async instance(zone: string, id: string, signal?: AbortSignal): Promise<Instance | null> {
    try {
      const path = `/zones/${encodeURIComponent(zone)}/instances/${encodeURIComponent(id)}`;
      return await this.#get(path, instance, signal);
    } catch (error) {
      if (error instanceof AppError && error.code === 'no-endpoint') return null;
      throw error;
    }
  }

  /** Entries of the audit log about instances since a time, oldest first. Throws AppError('limit') for more than are read. */
  async entries(since: Date, signal?: AbortSignal): Promise<readonly LogEntry[]> {
    const { project: id } = this.address;
    const filter = [
      `logName="projects/${id}/logs/cloudaudit.googleapis.com%2Factivity"`,
      'resource.type="gce_instance"',
      `timestamp>="${since.toISOString()}"`,
    ].join(' AND ');
    const body = { resourceNames: [`projects/${id}`], filter, orderBy: 'timestamp asc', pageSize: ENTRIES_PER_PAGE };
    const entries: LogEntry[] = [];
    for (let pageToken: string | undefined; ; ) {
      const asked = { ...body, ...(pageToken !== undefined && { pageToken }) };
      const page = await this.#ask(this.#logs, '/v2/entries:list', { schema: logPage, body: asked, signal });
      entries.push(...page.entries);
      pageToken = page.nextPageToken || undefined;
      if (pageToken === undefined) return entries;
      if (entries.length >= MOST_ENTRIES) {
        throw new AppError(
          'limit',
          `the audit log has more than ${MOST_ENTRIES} entries about instances since ${since.toISOString()}`,
        );
      }
    }
  }

  close(): void {
    this.#signals.close();
    this.#wire.close();
    this.#logs.close();
  }

  #list<T>(what: string, row: z.ZodType<T>, signal: AbortSignal | undefined): Promise<Aggregated<T>> {
    const schema = aggregatedPage(what, row);
    return readAggregated((token) => {
      const page = token === null ? '' : `&pageToken=${encodeURIComponent(token)}`;
      return this.#get(`/aggregated/${what}?maxResults=${PER_PAGE}&returnPartialSuccess=true${page}`, schema, signal);
    });
  }

  #get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#ask(this.#wire, path, { schema, signal });
  }

  /** The only way out: no secret passes. */
  async #ask<T>(
    wire: RestWire,
    path: string,
    { schema, body, signal }: { schema: z.ZodType<T>; body?: unknown; signal: AbortSignal | undefined },
  ): Promise<T> {
    const combined = this.#signals.with(signal);
    const what = `${body === undefined ? 'GET' : 'POST'} ${path.split('?')[0] || '/'}`;
    this.#signals.check(combined, what);
    try {
      const parsed = schema.safeParse(await wire.read(path, { body, signal: combined }));
      if (parsed.success) return parsed.data;
      throw new AppError('malformed', `${what} on ${this.endpoint}: the answer is not what Google Cloud answers`, {
        hint: 'Something else may answer at this address, or a proxy in between',
      });
    } catch (error) {
      this.#signals.check(combined, what);
      throw this.#redactor.clean(error);
    }
  }
}
