import { AppError } from '../../types/errors.ts';
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
import type { GcpApi } from './gcp-api.ts';
import { type Aggregated, readAggregated } from './read-aggregated.ts';

/** The most that the API gives in one page. */
const PER_PAGE = 500;
const ENTRIES_PER_PAGE = 1_000;
const MOST_ENTRIES = 20_000;

/** The read calls about one project. All throw AppError. */
export class Project {
  /** `my-project`. */
  readonly name: string;
  readonly #api: GcpApi;

  constructor(api: GcpApi, name: string) {
    this.#api = api;
    this.name = name;
  }

  get #path(): string {
    return `/compute/v1/projects/${encodeURIComponent(this.name)}`;
  }

  /** Its number, which no two have, and which is never used again. */
  async number(signal?: AbortSignal): Promise<string> {
    const asked = { schema: project, project: this.name, signal };
    return (await this.#api.ask('compute', `${this.#path}?fields=id,name`, asked)).id;
  }

  instances(signal?: AbortSignal): Promise<Aggregated<Instance>> {
    const schema = aggregatedPage('instances', instance);
    const list = `${this.#path}/aggregated/instances?maxResults=${PER_PAGE}&returnPartialSuccess=true`;
    return readAggregated((token) => {
      const page = token === null ? '' : `&pageToken=${encodeURIComponent(token)}`;
      return this.#api.ask('compute', `${list}${page}`, { schema, project: this.name, signal });
    });
  }

  /** What a type of machine has, which is the same in all zones. */
  machineType(zone: string, name: string, signal?: AbortSignal): Promise<MachineType> {
    const path = `${this.#path}/zones/${encodeURIComponent(zone)}/machineTypes/${encodeURIComponent(name)}`;
    return this.#api.ask('compute', path, { schema: machineType, project: this.name, signal });
  }

  /** By its id, which stays when another instance gets its name. null: there is none. */
  async instance(zone: string, id: string, signal?: AbortSignal): Promise<Instance | null> {
    try {
      const path = `${this.#path}/zones/${encodeURIComponent(zone)}/instances/${encodeURIComponent(id)}`;
      return await this.#api.ask('compute', path, { schema: instance, project: this.name, signal });
    } catch (error) {
      if (error instanceof AppError && error.code === 'no-endpoint') return null;
      throw error;
    }
  }

  /** Entries of the audit log about instances since a time, oldest first. Throws AppError('limit') for more than are read. */
  async entries(since: Date, signal?: AbortSignal): Promise<readonly LogEntry[]> {
    const filter = [
      `logName="projects/${this.name}/logs/cloudaudit.googleapis.com%2Factivity"`,
      'resource.type="gce_instance"',
      `timestamp>="${since.toISOString()}"`,
    ].join(' AND ');
    const asked = {
      resourceNames: [`projects/${this.name}`],
      filter,
      orderBy: 'timestamp asc',
      pageSize: ENTRIES_PER_PAGE,
    };
    const entries: LogEntry[] = [];
    const tokens = new Set<string>();
    for (let pageToken: string | undefined; ; ) {
      const body = { ...asked, ...(pageToken !== undefined && { pageToken }) };
      const page = await this.#api.ask('logging', '/v2/entries:list', {
        schema: logPage,
        project: this.name,
        body,
        signal,
      });
      entries.push(...page.entries);
      pageToken = page.nextPageToken || undefined;
      if (pageToken === undefined) return entries;
      if (entries.length >= MOST_ENTRIES || tokens.has(pageToken)) {
        throw new AppError(
          'limit',
          `the audit log of ${this.name} has more than ${MOST_ENTRIES} entries since ${since.toISOString()}`,
        );
      }
      tokens.add(pageToken);
    }
  }
}
