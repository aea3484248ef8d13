import type { ChangeRecord, GuestRow, HostAvailability, HostDiff, ProviderAvailability } from '../protocol/lists.ts';
import type { Session } from '../protocol/people.ts';
import type { FinishedOperation, Operation, Provider, Run } from '../protocol/resources.ts';
import type { Http } from './http.ts';

/** Rows, and the cursor of the next page; null: these are the last ones. */
export interface Page<Row> {
  items: Row[];
  next: string | null;
}

/** A row as the command of its name prints it with `-o json`. */
export type CommandRow = Readonly<Record<string, unknown>>;

/** Times are what commands take: `24h`, `yesterday`, `2026-11-01`. */
export interface RangeQuery {
  since?: string;
  until?: string;
}

export interface PageQuery {
  /** As it was then. */
  at?: string;
  cursor?: string;
  /** 1 to 1000; 200. */
  limit?: number;
}

export interface HostQuery extends PageQuery {
  selector?: string;
  /** With those that are gone. */
  gone?: boolean;
}

export interface ChangeQuery extends RangeQuery {
  selector?: string;
  by?: readonly string[];
  path?: readonly string[];
  kind?: readonly string[];
  /** Names. */
  provider?: readonly string[];
  afterRev?: number;
  limit?: number;
}

export interface TaskQuery extends RangeQuery {
  user?: readonly string[];
  type?: readonly string[];
  failed?: boolean;
  limit?: number;
}

export interface OperationQuery {
  /** An id. */
  provider?: string;
  state?: Operation['state'];
  limit?: number;
}

export interface SyncParameters {
  /** Absent: everything. */
  scopes?: readonly ('nodes' | 'vms' | 'containers' | 'storage' | 'tasks')[];
  /** Records removals that the guard would hold back. */
  acceptRemovals?: boolean;
}

interface Items<Row> {
  items: Row[];
}

/** The calls of the API. Each throws `RollcallError`. */
export class RollcallApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async listProviders(): Promise<Provider[]> {
    return (await this.#http.call<Items<Provider>>('/providers')).items;
  }

  getProvider(id: string): Promise<Provider> {
    return this.#http.call(`/providers/${segment(id)}`);
  }

  providerAvailability(id: string): Promise<ProviderAvailability> {
    return this.#http.call(`/providers/${segment(id)}/availability`);
  }

  listHosts(query: HostQuery = {}): Promise<Page<GuestRow>> {
    return this.#http.call('/hosts', { query: { ...query } });
  }

  getHost(id: string, { at }: { at?: string } = {}): Promise<GuestRow> {
    return this.#http.call(`/hosts/${segment(id)}`, { query: { at } });
  }

  /** Newest first. */
  async hostHistory(id: string, query: RangeQuery & { limit?: number } = {}): Promise<ChangeRecord[]> {
    return (await this.#http.call<Items<ChangeRecord>>(`/hosts/${segment(id)}/history`, { query: { ...query } })).items;
  }

  hostDiff(id: string, query: { from: string; to?: string }): Promise<HostDiff> {
    return this.#http.call(`/hosts/${segment(id)}/diff`, { query });
  }

  hostAvailability(id: string): Promise<HostAvailability> {
    return this.#http.call(`/hosts/${segment(id)}/availability`);
  }

  /** Newest first. */
  async listChanges(query: ChangeQuery = {}): Promise<ChangeRecord[]> {
    return (await this.#http.call<Items<ChangeRecord>>('/changes', { query: { ...query } })).items;
  }

  /** Newest first. `provider`: an id. */
  async listRuns(query: { provider?: string; limit?: number } = {}): Promise<(Run & { providerId: string })[]> {
    return (await this.#http.call<Items<Run & { providerId: string }>>('/runs', { query })).items;
  }

  async listTasks(query: TaskQuery = {}): Promise<CommandRow[]> {
    return (await this.#http.call<Items<CommandRow>>('/tasks', { query: { ...query } })).items;
  }

  listNodes(query: PageQuery = {}): Promise<Page<CommandRow>> {
    return this.#http.call('/nodes', { query: { ...query } });
  }

  listStorages(query: PageQuery = {}): Promise<Page<CommandRow>> {
    return this.#http.call('/storages', { query: { ...query } });
  }

  /** Newest first. */
  async listOperations(query: OperationQuery = {}): Promise<Operation[]> {
    return (await this.#http.call<Items<Operation>>('/operations', { query: { ...query } })).items;
  }

  getOperation(id: string): Promise<FinishedOperation> {
    return this.#http.call(`/operations/${segment(id)}`);
  }

  /** The operation that does it: the same one for whoever asks for the same while it is open. */
  requestSync(providerId: string, parameters: SyncParameters = {}): Promise<Operation> {
    return this.#http.call(`/providers/${segment(providerId)}/sync`, { method: 'POST', body: parameters });
  }

  requestTest(providerId: string): Promise<Operation> {
    return this.#http.call(`/providers/${segment(providerId)}/test`, { method: 'POST', body: {} });
  }

  cancelOperation(id: string): Promise<Operation> {
    return this.#http.call(`/operations/${segment(id)}/cancel`, { method: 'POST', body: {} });
  }

  /** Who asks, and how somebody can log in. */
  session(): Promise<Session> {
    return this.#http.call('/session');
  }

  /** By a password; the browser keeps the cookie. */
  login(body: { name: string; password: string }): Promise<Session> {
    return this.#http.call('/session', { method: 'POST', body });
  }

  async logout(): Promise<void> {
    await this.#http.call('/session', { method: 'DELETE' });
  }
}

function segment(id: string): string {
  return encodeURIComponent(id);
}
