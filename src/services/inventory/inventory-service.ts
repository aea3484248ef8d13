import { isIP } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { ProviderRules } from '../../providers/rules.ts';
import type { HistoryRepository } from '../../repositories/history/history-repository.ts';
import type {
  FilterableGuest,
  GuestName,
  GuestSelection,
  InventoryRepository,
  ResourceSelection,
} from '../../repositories/inventory/inventory-repository.ts';
import { documentAddresses } from '../../types/addresses.ts';
import type { EndpointHealth } from '../../types/endpoint.ts';
import { AppError } from '../../types/errors.ts';
import type {
  EndedSpan,
  Filter,
  GuestLife,
  GuestLookup,
  GuestQuery,
  GuestRow,
  NodeQuery,
  NodeRow,
  PresenceFilter,
  ProviderRow,
  ProviderStatus,
  Resource,
  StorageQuery,
  StorageRow,
  StoredRun,
  TaskQuery,
  TaskRow,
} from '../../types/inventory.ts';
import type { ClusterIdentity } from '../../types/observation.ts';
import type { Presence } from '../../types/presence.ts';
import type { Selector } from '../../types/selector.ts';
import { compileFilter } from '../../types/wildcard.ts';
import { onlyGuest, resolveGuest } from './guest-reference.ts';
import { documentsAt, toPastGuest, toPastNode, toPastStorage } from './past-rows.ts';
import { filterProviders, isWatched } from './provider-filter.ts';
import { readProviderStatus } from './provider-status.ts';
import { findTasks } from './task-query.ts';

/** A statement takes no more than 999 parameters on SQLite. */
const MOST_IDS = 500;
const TURN_MS = 10;
const FILTERS = ['node', 'status', 'tag', 'pool', 'name', 'template'] as const;
const DEFAULT_PRESENCE: readonly Presence[] = ['present', 'unobservable'];

/** The values of a filter that some guest has; a value may occur several times. */
export type GuestNames = Readonly<Record<'name' | 'node' | 'tag' | 'pool', readonly string[]>>;

/** Answers from the database. Makes no request and writes nothing. */
export class InventoryService {
  readonly #inventory: InventoryRepository;
  readonly #history: HistoryRepository;

  constructor(deps: { inventory: InventoryRepository; history: HistoryRepository }) {
    this.#inventory = deps.inventory;
    this.#history = deps.history;
  }

  /** Sorted by provider, vmid and age. AppError('not-found') for a time whose details retention has dropped. */
  async listGuests(query: GuestQuery = {}): Promise<GuestRow[]> {
    const { selector, at } = query;
    if (selector === undefined) return this.#listGuests(query);
    // Who asks for the presence of guests means those that are gone, too.
    const presence = query.presence ?? (selector.fields.has('presence') ? 'all' : DEFAULT_PRESENCE);
    const guests = await this.#listGuests({ ...query, presence });
    const changes = selector.fields.has('changed') ? await this.#history.lastChanges(at) : new Map<string, Date>();
    return filterInTurns(guests, (guest) => selector.matches({ guest, changedAt: changes.get(guest.id) ?? null }));
  }

  /** Whatever the selector says. */
  async #listGuests(query: GuestQuery): Promise<GuestRow[]> {
    const { ids: chosen, kinds, at } = query;
    const selection = { ...(await this.#selection(query)), ...(kinds && { kinds }), ...(chosen && { ids: chosen }) };
    const isWanted = guestFilter(query);
    if (at) return (await this.#pastGuests(selection, at)).filter(isWanted);
    if (!FILTERS.some((filter) => query[filter] !== undefined)) return this.#inventory.listGuests(selection);
    const ids = (await this.#inventory.listFilterableGuests(selection)).filter(isWanted).map(({ id }) => id);
    const candidates = await this.#inventory.listGuests(ids.length <= MOST_IDS ? { ids } : selection);
    return candidates.filter(isWanted);
  }

  async #pastGuests(selection: GuestSelection, at: Date): Promise<GuestRow[]> {
    const spans = await this.#inventory.unobservableAt(at);
    const toPast: typeof toPastGuest = (row, document, time) =>
      withAddresses(toPastGuest(row, document, time, spans.get(row.id)));
    return this.#past(await this.#inventory.listGuests({ ...selection, innerAt: at }), at, toPast);
  }

  /** Gone or not. null: no guest has this id, or had it at that time. */
  async guestById(id: string, at?: Date): Promise<GuestRow | null> {
    const found = at ? this.#pastGuests({ ids: [id] }, at) : this.#inventory.listGuests({ ids: [id] });
    return (await found)[0] ?? null;
  }

  /** The names that filters of guests can match, of guests of every kind, gone or not. */
  async guestNames(query: { at?: Date; provider?: Filter } = {}): Promise<GuestNames> {
    const guests: readonly FilterableGuest[] = query.at
      ? await this.listGuests(query)
      : await this.#inventory.listFilterableGuests(await this.#selection({ ...query, presence: 'all' }));
    const nodes = await this.listNodes({ ...query, presence: 'all' });
    return {
      name: guests.flatMap(({ name }) => name ?? []),
      node: [...guests.map(({ node }) => node), ...nodes.map(({ name }) => name)],
      tag: guests.flatMap(({ tags }) => tags),
      pool: guests.flatMap(({ pool }) => pool ?? []),
    };
  }

  /**
   * REF is `NAME`, `VMID`, `PROVIDER/VMID`, `PROVIDER/NAME`, `qemu/100` or an id. A guest that is not gone is preferred.
   * AppError('not-found') with near names, AppError('ambiguous') with the candidates.
   */
  async findGuest(ref: string, lookup: GuestLookup = {}): Promise<GuestRow> {
    const { kinds, at, includeGone } = lookup;
    if (at) return this.#findPastGuest(ref, at, lookup);
    const providerIds = await this.#providerIds({ ...(lookup.provider && { provider: lookup.provider }) }, includeGone);
    const names = await this.#inventory.listGuestNames();
    const isVisible = ({ providerId }: GuestName): boolean => !providerIds || providerIds.includes(providerId);
    const ofKind = names.filter((name) => (!kinds || kinds.includes(name.kind)) && isVisible(name));
    const options = { ...(includeGone !== undefined && { includeGone }) };
    const { id } = resolveGuest(ref, ofKind, { ...options, ...(kinds && { others: names.filter(isVisible) }) });
    const [row] = await this.#inventory.listGuests({ ids: [id] });
    if (row === undefined) throw new AppError('not-found', `Guest \`${ref}\` was removed from the inventory just now`);
    return row;
  }

  /** The one guest that a selector chooses; `text` is how it was written. AppError('not-found') and 'ambiguous'. */
  async findSelected(text: string, selector: Selector, lookup: GuestLookup = {}): Promise<GuestRow> {
    const { includeGone, ...query } = lookup;
    return onlyGuest(text, await this.listGuests({ ...query, selector, ...(includeGone && { presence: 'all' }) }));
  }

  /** When a guest could not be observed, oldest first. */
  async unobservableSpans(id: string): Promise<EndedSpan[]> {
    return this.#inventory.listUnobservableSpans(id);
  }

  /** When it could not be observed, and what had its id before. */
  async guestLife({ id, providerId, nativeId, firstSeenAt }: GuestRow): Promise<GuestLife> {
    const names = await this.#inventory.listGuestNames();
    const same = names.filter((one) => one.providerId === providerId && one.nativeId === nativeId && one.id !== id);
    const others = same.length === 0 ? [] : await this.#inventory.listGuests({ ids: same.map((one) => one.id) });
    return {
      unobservable: await this.unobservableSpans(id),
      previous: others.filter((one) => one.firstSeenAt <= firstSeenAt).toSorted(byAge),
    };
  }

  /** By the name that it had then, else by the one that it has now. */
  async #findPastGuest(ref: string, at: Date, { kinds, provider }: GuestLookup): Promise<GuestRow> {
    const then = await this.listGuests({ at, ...(kinds && { kinds }), ...(provider && { provider }) });
    const names = await this.#inventory.listGuestNames();
    const nowNames = new Map(names.map(({ id, name }) => [id, name]));
    try {
      return resolveGuest(ref, then);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
      const renamed = then.map((row) => ({ ...row, name: nowNames.get(row.id) ?? row.name }));
      const { id } = resolveGuest(ref, renamed);
      return then.find((row) => row.id === id) ?? Promise.reject(error);
    }
  }

  /**
   * A guest, as {@link findGuest} has it, or a node or storage: NAME, KIND/NAME or PROVIDER/KIND/NAME. AppError('not-found'), and
   * 'ambiguous' with references that mean one of them only.
   */
  async findAny(ref: string, lookup: GuestLookup = {}): Promise<{ kind: 'guest'; row: GuestRow } | Resource> {
    const { findAny } = await import('./find-any.ts');
    return findAny(this, ref, lookup);
  }

  async listNodes(query: NodeQuery = {}): Promise<NodeRow[]> {
    const rows = await this.#inventory.listNodes(await this.#selection(query));
    const status = compileFilter(query.status);
    const name = compileFilter(query.name);
    return (query.at ? await this.#past(rows, query.at, toPastNode) : rows).filter(
      (row) => (status(row.status) || (row.isInMaintenance && status('maintenance'))) && name(row.name),
    );
  }

  async listStorages(query: StorageQuery = {}): Promise<StorageRow[]> {
    const rows = await this.#inventory.listStorages(await this.#selection(query));
    const type = compileFilter(query.type);
    const name = compileFilter(query.name);
    const node = compileFilter(query.node);
    const reporters = new Map(rows.map((row) => [row.id, row.onNodes]));
    return (query.at ? await this.#past(rows, query.at, toPastStorage) : rows).filter(
      (row) =>
        type(row.type) &&
        name(row.name) &&
        (query.node === undefined || (reporters.get(row.id) ?? []).some((seenBy) => node(seenBy.node))),
    );
  }

  /** The newest first. */
  async listTasks(query: TaskQuery = {}): Promise<TaskRow[]> {
    return findTasks(this.#inventory, query, await this.#providerIds(query));
  }

  /** Those that are watched; `includeRemoved`: those too that were. AppError('not-found') for a name that none has. */
  async listProviders(query: { provider?: Filter; includeRemoved?: boolean } = {}): Promise<ProviderRow[]> {
    const all = await this.#inventory.listProviders();
    const providers = query.includeRemoved ? all : all.filter((one) => isWatched(one));
    return filterProviders(query.provider, providers, all).map(
      ({ incompleteSince: _, lease: _lease, watch: _watch, ...provider }) => provider,
    );
  }

  /** Of all nodes and of the servers of all providers, gone or not: lower case, without a domain. */
  async serverNames(): Promise<ReadonlySet<string>> {
    const nodes = await this.listNodes({ presence: 'all' });
    const providers = await this.listProviders({ includeRemoved: true });
    const urls = providers.flatMap(({ endpoints }) => endpoints.filter((text) => URL.canParse(text)));
    const names = [...nodes.map(({ name }) => name), ...urls.map((text) => new URL(text).hostname)];
    return new Set(names.filter((name) => isIP(name) === 0).map((name) => name.toLowerCase().replace(/\..*$/s, '')));
  }

  /** The provider that stands for a cluster already: it is the same one, or nothing is known of it and it has the same address. */
  async findCluster(
    { type, endpoints }: Pick<ProviderRow, 'type' | 'endpoints'>,
    identity: ClusterIdentity | null,
    { compareIdentity }: Pick<ProviderRules, 'compareIdentity'>,
  ): Promise<ProviderRow | null> {
    const isTwin = (row: ProviderRow): boolean => {
      if (row.type !== type) return false;
      const match = identity === null || row.identity === null ? 'unknown' : compareIdentity(row.identity, identity);
      const isAtAddress = row.endpoints.some((endpoint) => endpoints.includes(endpoint));
      return match === 'same' || (match === 'unknown' && isAtAddress);
    };
    return (await this.listProviders()).find(isTwin) ?? null;
  }

  /** The addresses of a provider, configured and learnt, and how they do. */
  async listEndpoints(providerId: string): Promise<EndpointHealth[]> {
    return this.#inventory.listEndpoints(providerId);
  }

  /** AppError('not-found') for a name that no provider has. */
  async syncStatus(query: { provider?: Filter } = {}): Promise<ProviderStatus[]> {
    return readProviderStatus(this.#inventory, query.provider);
  }

  /** The runs of a provider, newest first. */
  async listRuns(providerId: string, take: number): Promise<StoredRun[]> {
    return this.#inventory.listRuns(providerId, take);
  }

  /** Whether a guest that people connect to is gone. */
  async hasGoneImports(): Promise<boolean> {
    return this.#inventory.hasGoneImports();
  }

  async #past<T extends GuestRow | NodeRow | StorageRow>(
    rows: readonly T[],
    at: Date,
    toPast: (row: T, document: T['document'], at: Date) => T,
  ): Promise<T[]> {
    const documents = await documentsAt(this.#history, rows, at);
    return rows.flatMap((row) => {
      const document = documents.get(row.id);
      return document === undefined ? [] : [toPast(row, document, at)];
    });
  }

  /** At a past time, what is gone now may have been there. */
  async #selection(query: { at?: Date; provider?: Filter; presence?: PresenceFilter }): Promise<ResourceSelection> {
    const providerIds = await this.#providerIds(query);
    const presence = query.presence ?? DEFAULT_PRESENCE;
    return {
      ...(providerIds && { providerIds }),
      ...(query.at === undefined && presence !== 'all' && { presence }),
    };
  }

  /** undefined: of every provider. What was removed since `at` was there then. AppError('not-found') when none is called so. */
  async #providerIds(
    { provider, at }: { provider?: Filter; at?: Date },
    includeRemoved = false,
  ): Promise<string[] | undefined> {
    const all = await this.#inventory.listProviders();
    const watched = includeRemoved ? all : all.filter((one) => isWatched(one, at));
    if (provider === undefined && watched.length === all.length) return undefined;
    return filterProviders(provider, watched, all).map(({ id }) => id);
  }
}

/** Whatever else the program has to do is not held up by a selector that takes long. */
async function filterInTurns<T>(rows: readonly T[], isWanted: (row: T) => boolean): Promise<T[]> {
  const wanted: T[] = [];
  let turnMs = performance.now();
  for (const row of rows) {
    if (isWanted(row)) wanted.push(row);
    if (performance.now() - turnMs < TURN_MS) continue;
    await setImmediate();
    turnMs = performance.now();
  }
  return wanted;
}

function byAge(a: GuestRow, b: GuestRow): number {
  return a.firstSeenAt.getTime() - b.firstSeenAt.getTime();
}

function guestFilter({
  node,
  status,
  tag,
  allTags,
  pool,
  name,
  template,
}: GuestQuery): (row: FilterableGuest) => boolean {
  const matches = {
    node: compileFilter(node),
    status: compileFilter(status),
    tags: tagTest(tag, allTags),
    pool: compileFilter(pool),
    name: compileFilter(name),
  };
  return (row) =>
    matches.node(row.node) &&
    hasStatus(row, matches.status) &&
    matches.tags(row.tags) &&
    matches.pool(row.pool) &&
    matches.name(row.name) &&
    (template === undefined || row.isTemplate === template);
}

/** Whether any pattern has a tag, or all of them have. */
function tagTest(filter: Filter | undefined, needsAll = false): (tags: readonly string[]) => boolean {
  if (filter === undefined) return () => true;
  const tests = [filter].flat().map((pattern) => compileFilter(pattern));
  return needsAll ? (tags) => tests.every((test) => tags.some(test)) : (tags) => tests.some((test) => tags.some(test));
}

/** Also by the reason of a suspension, `paused`. Only whole rows have it: without one, the guest stays a candidate. */
function hasStatus({ status, qmpstatus }: FilterableGuest, matches: (text: string | null) => boolean): boolean {
  return matches(status) || (status === 'suspended' && (qmpstatus === undefined || matches(qmpstatus)));
}

/** Those of its document, and those that it told: the row has them of that time. */
function withAddresses(row: GuestRow): GuestRow {
  const told = row.addresses.filter(({ source }) => source === 'guest');
  return { ...row, addresses: [...documentAddresses(row.document), ...told] };
}
