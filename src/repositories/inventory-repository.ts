import type { Guest, GuestKind } from '../types/guest.ts';
import type {
  GuestRow,
  HeldGuest,
  NodeRow,
  ProviderRow,
  StorageRow,
  StoredRun,
  TaskRow,
  UnobservableSpan,
} from '../types/inventory.ts';
import type { Presence } from '../types/presence.ts';
import type { TaskState } from '../types/task.ts';
import type { Connection } from './connection.ts';
import {
  toGuest,
  toGuestTelemetry,
  toNode,
  toNodeTelemetry,
  toProvider,
  toRun,
  toStorage,
  toTask,
} from './inventory-rows.ts';
import { providerLabels } from './provider-labels.ts';
import { decode, GUEST, PRESENCE, PROVIDER, TEXTS } from './stored-json.ts';

/** What a query can leave to the database. Absent: any. */
export interface GuestSelection {
  ids?: readonly string[];
  kind?: GuestKind;
  vmid?: number;
  providerIds?: readonly string[];
  presence?: readonly Presence[];
}

/** What guests are filtered by. */
export interface GuestFacts {
  name: string | null;
  node: string;
  status: string;
  isTemplate: boolean;
  tags: readonly string[];
  pool: string | null;
}

export interface ResourceSelection {
  providerIds?: readonly string[];
  presence?: readonly Presence[];
}

export interface TaskSelection {
  providerIds?: readonly string[];
  vmids?: readonly number[];
  since?: Date;
  until?: Date;
  states?: readonly TaskState[];
  skip: number;
  take: number;
}

/** What tells guests apart. */
export type GuestName = Pick<
  GuestRow,
  'id' | 'providerId' | 'providerName' | 'kind' | 'vmid' | 'name' | 'node' | 'presence'
>;

export interface GuestSummary {
  providerId: string;
  presence: Presence;
  /** Of unobservable guests. */
  reason: string | null;
  count: number;
  since: Date | null;
}

/** A provider with what `sync-status` tells of it. */
export interface ProviderState extends ProviderRow {
  incompleteSince: Readonly<Record<string, string>>;
  lease: { holder: string; since: Date; until: Date } | null;
}

/** What is stored of the present: guests, nodes, storages, tasks, providers and runs. Reads only. */
export class InventoryRepository {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get #db(): Connection['db'] {
    return this.#connection.db;
  }

  /** By provider, vmid and age. */
  async listGuests(selection: GuestSelection = {}): Promise<GuestRow[]> {
    const where = guestWhere(selection);
    const providers = await this.#providers();
    const rows = await this.#db.guest.findMany({ where, orderBy: [{ vmid: 'asc' }, { firstSeenAt: 'asc' }] });
    const figures = await this.#db.guestTelemetry.findMany({ where: { guest: { is: where } } });
    const telemetry = new Map(figures.map((row) => [row.guestId, toGuestTelemetry(row)]));
    const guests = rows.map((row): GuestRow => {
      const provider = providers.get(row.providerId);
      const guest = toGuest(row, provider?.lastCompleteAt ?? null);
      const known = provider?.removedAt ? leftBehind(guest, provider.removedAt) : guest;
      return {
        ...known,
        providerName: provider?.label ?? row.providerId,
        telemetry: telemetry.get(row.id) ?? null,
        isStale: known.presence === 'unobservable',
      };
    });
    return byProvider(guests);
  }

  /** The guests that could not be observed at a time, by id. */
  async unobservableAt(at: Date): Promise<Map<string, UnobservableSpan>> {
    const rows = await this.#connection.db.unobservableSpan.findMany({
      where: { since: { lte: at }, OR: [{ until: null }, { until: { gt: at } }] },
    });
    return new Map(rows.map(({ guestId, since, reason }) => [guestId, { since, reason }]));
  }

  /** Ids of the guests that `isWanted`. Without documents: cheaper than reading all to keep a few. */
  async findGuestIds(selection: GuestSelection, isWanted: (guest: GuestFacts) => boolean): Promise<string[]> {
    const rows = await this.#connection.db.guest.findMany({
      where: guestWhere(selection),
      select: { id: true, name: true, node: true, status: true, isTemplate: true, tags: true, pool: true },
    });
    return rows
      .filter((row) => isWanted({ ...row, tags: decode(TEXTS, row.tags, `guest ${row.id}`) }))
      .map(({ id }) => id);
  }

  /** By provider and name. The guests of a node are counted by their present place, not by that at a past time. */
  async listNodes(selection: ResourceSelection = {}): Promise<NodeRow[]> {
    const providers = await this.#providers();
    const rows = await this.#db.node.findMany({ where: resourceWhere(selection), orderBy: { name: 'asc' } });
    const counts = await this.#db.guest.groupBy({
      by: ['providerId', 'node', 'status'],
      where: { presence: { not: 'gone' }, isTemplate: false },
      _count: { _all: true },
    });
    const nodes = rows.map((row): NodeRow => {
      const provider = providers.get(row.providerId);
      const node = toNode(row, provider?.lastCompleteAt ?? null);
      const here = counts.filter((count) => count.providerId === row.providerId && count.node === row.name);
      return {
        ...node,
        providerName: provider?.label ?? row.providerId,
        telemetry: toNodeTelemetry(row),
        isStale: node.presence === 'unobservable',
        guests: {
          total: sum(here.map((count) => count._count._all)),
          running: sum(here.filter((count) => count.status === 'running').map((count) => count._count._all)),
        },
      };
    });
    return byProvider(nodes);
  }

  /** By provider and name. */
  async listStorages(selection: ResourceSelection = {}): Promise<StorageRow[]> {
    const providers = await this.#providers();
    const rows = await this.#db.storage.findMany({
      where: resourceWhere(selection),
      include: { onNodes: { orderBy: { node: 'asc' } } },
      orderBy: { name: 'asc' },
    });
    const storages = rows.map((row): StorageRow => {
      const provider = providers.get(row.providerId);
      const storage = toStorage(row, provider?.lastCompleteAt ?? null);
      return {
        ...storage,
        providerName: provider?.label ?? row.providerId,
        isStale: storage.presence === 'unobservable',
      };
    });
    return byProvider(storages);
  }

  /** The newest first, one page. `guestName` is left null. */
  async listTasks(selection: TaskSelection): Promise<TaskRow[]> {
    const { providerIds, vmids, since, until, states, skip, take } = selection;
    const rows = await this.#db.task.findMany({
      where: {
        ...(providerIds && { providerId: { in: [...providerIds] } }),
        ...(vmids && { vmid: { in: [...vmids] } }),
        ...((since || until) && {
          startedAt: {
            ...(since && { gte: since }),
            ...(until && { lte: until }),
          },
        }),
        ...(states && { state: { in: [...states] } }),
      },
      orderBy: [{ startedAt: 'desc' }, { upid: 'desc' }],
      include: { provider: { select: { name: true } } },
      skip,
      take,
    });
    return rows.map((row) => ({
      ...toTask(row),
      providerId: row.providerId,
      providerName: row.provider.name,
      vmid: row.vmid,
      guestName: null,
    }));
  }

  /**
   * What tells guests apart, of all that ever were; by provider, vmid and age. Those of a removed provider count as gone.
   * Without documents: cheap enough to look through.
   */
  async listGuestNames(): Promise<GuestName[]> {
    const rows = await this.#db.guest.findMany({
      select: { id: true, providerId: true, kind: true, vmid: true, name: true, node: true, presence: true },
      orderBy: [{ vmid: 'asc' }, { firstSeenAt: 'asc' }],
    });
    const providers = await this.#providers();
    const names = rows.map((row) => ({
      ...row,
      kind: decode(GUEST.shape.kind, row.kind, `guest ${row.id}`),
      presence: providers.get(row.providerId)?.removedAt
        ? ('gone' as const)
        : decode(PRESENCE, row.presence, `guest ${row.id}`),
      providerName: providers.get(row.providerId)?.label ?? row.providerId,
    }));
    return byProvider(names);
  }

  /** By name. */
  async listProviders(): Promise<ProviderState[]> {
    const rows = await this.#db.provider.findMany({ orderBy: { name: 'asc' } });
    return rows.map((row) => ({
      ...toProvider(row),
      incompleteSince: decode(PROVIDER.shape.incompleteSince, row.incompleteSince, `provider ${row.name}`),
      lease:
        row.leaseHolder !== null && row.leaseSince !== null && row.leaseUntil !== null
          ? { holder: row.leaseHolder, since: row.leaseSince, until: row.leaseUntil }
          : null,
    }));
  }

  /** The runs of a provider, newest first. */
  async listRuns(providerId: string, take: number): Promise<StoredRun[]> {
    const rows = await this.#db.syncRun.findMany({
      where: { providerId },
      orderBy: [{ finishedAt: 'desc' }, { startedAt: 'desc' }],
      take,
    });
    return rows.map(toRun);
  }

  /** How many guests are there, cannot be observed and why, and are gone. */
  async summariseGuests(): Promise<GuestSummary[]> {
    const rows = await this.#db.guest.groupBy({
      by: ['providerId', 'presence', 'presenceReason'],
      _count: { _all: true },
      _min: { unobservableSince: true },
    });
    return rows.map((row) => ({
      providerId: row.providerId,
      presence: decode(PRESENCE, row.presence, `a guest of provider ${row.providerId}`),
      reason: row.presenceReason,
      count: row._count._all,
      since: row._min.unobservableSince,
    }));
  }

  async listHeld(providerId: string): Promise<HeldGuest[]> {
    const rows = await this.#db.heldRemoval.findMany({
      where: { providerId },
      include: { guest: { select: { kind: true, vmid: true, name: true } } },
      orderBy: { guest: { vmid: 'asc' } },
    });
    return rows.map(({ guestId, guest, firstHeldAt, runs, reason }) => ({
      guestId,
      vmid: guest.vmid,
      name: guest.name,
      firstHeldAt,
      runs,
      reason,
      kind: decode(GUEST.shape.kind, guest.kind, `guest ${guestId}`),
    }));
  }

  async #providers(): Promise<Map<string, { label: string; lastCompleteAt: Date | null; removedAt: Date | null }>> {
    const rows = await this.#db.provider.findMany({
      select: { id: true, name: true, lastCompleteAt: true, removedAt: true },
    });
    const labels = providerLabels(rows);
    return new Map(rows.map((row) => [row.id, { ...row, label: labels.get(row.id) ?? row.name }]));
  }
}

/** Nobody looks at it any more: its last known values stay. */
function leftBehind<T extends Guest>(guest: T, removedAt: Date): T {
  if (guest.presence === 'gone') return guest;
  return {
    ...guest,
    presence: 'unobservable',
    presenceReason: 'its provider was removed',
    unobservableSince: removedAt,
  };
}

function guestWhere({ ids, kind, vmid, ...selection }: GuestSelection) {
  return {
    ...resourceWhere(selection),
    ...(ids && { id: { in: [...ids] } }),
    ...(kind !== undefined && { kind }),
    ...(vmid !== undefined && { vmid }),
  };
}

function resourceWhere({ providerIds, presence }: ResourceSelection) {
  return {
    ...(providerIds && { providerId: { in: [...providerIds] } }),
    ...(presence && { presence: { in: [...presence] } }),
  };
}

/** Keeps the order within a provider. */
function byProvider<T extends { providerName: string }>(rows: T[]): T[] {
  return rows.sort((a, b) => a.providerName.localeCompare(b.providerName));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
