import { documentAddresses } from '../../types/addresses.ts';
import type { BackupJob } from '../../types/backup-job.ts';
import type { EndpointHealth } from '../../types/endpoint.ts';
import { GUEST_KINDS, type Guest, type GuestKind } from '../../types/guest.ts';
import type {
  EndedSpan,
  GuestRow,
  HeldGuest,
  NodeRow,
  StorageRow,
  StoredRun,
  TaskRow,
  UnobservableSpan,
} from '../../types/inventory.ts';
import { PRESENCES, type Presence } from '../../types/presence.ts';
import type { Section } from '../../types/section.ts';
import type { Connection } from '../db/connection.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { isTexts } from '../db/stored-shape.ts';
import { selected, Where } from '../db/where.ts';
import { listTasks, listUnreadBackups, type TaskSelection } from './audit-record-rows.ts';
import { listEndpoints } from './endpoint-rows.ts';
import {
  GUEST_COLUMNS,
  hasFigures,
  isGuestIdentity,
  leftBehind,
  listReadSections,
  listUnobservableAt,
  listUnobservableSpans,
  TELEMETRY_COLUMNS,
  toGuest,
  toGuestTelemetry,
} from './guest-rows.ts';
import { isBackupJobs, jobsIncluding, listInner, SYSTEM_COLUMNS, toInnerOs } from './inner-rows.ts';
import { countGuestsByNode, NODE_COLUMNS, toNode, toNodeTelemetry } from './node-rows.ts';
import { byProvider, providerLabels } from './provider-labels.ts';
import { PROVIDER_COLUMNS, type ProviderState, toProvider } from './provider-rows.ts';
import { lastCompleteRunAt, listClockSkews, listFullRuns, listRuns } from './run-rows.ts';
import { type GuestSummary, summariseGuests } from './seen-rows.ts';
import {
  listOnNodes,
  listUnavailableStorages,
  STORAGE_COLUMNS,
  toStorage,
  type UnavailableStorage,
} from './storage-rows.ts';

/** The conditions that the database can check. An absent field matches any row. */
export interface GuestSelection {
  ids?: readonly string[];
  kinds?: readonly GuestKind[];
  providerIds?: readonly string[];
  presence?: readonly Presence[];
  /** What systems told until then, and their backups until then; absent: until now. */
  innerAt?: Date;
}

/** The fields by which guests are filtered. `qmpstatus` is absent if the document was not read. */
export type FilterableGuest = Pick<Guest, 'name' | 'node' | 'isTemplate' | 'tags' | 'pool'> & {
  status: string;
  qmpstatus?: string | null;
};

export interface ResourceSelection {
  providerIds?: readonly string[];
  presence?: readonly Presence[];
}

/** The fields that identify a guest. */
export type GuestName = Pick<
  GuestRow,
  'id' | 'providerId' | 'providerName' | 'kind' | 'nativeId' | 'vmid' | 'name' | 'node' | 'presence'
> & {
  /** As {@link GuestIdentity.handle}; absent where records name the guest by its id. */
  handle?: string;
};

/** The provider's fields in its rows. */
interface Owner {
  label: string;
  lastCompleteAt: Date | null;
  removedAt: Date | null;
  /** null: they were never read. */
  backupJobs: readonly BackupJob[] | null;
}

/** vmids as numbers, then other ids; both databases place nulls elsewhere by themselves. */
const BY_ID = '(g."vmid" IS NULL), g."vmid", g."nativeId", g."firstSeenAt"';

/** The stored present state: guests, nodes, storages, tasks, providers and runs. Reads only. */
export class InventoryRepository {
  readonly #reader: Reader;

  constructor({ reader }: Pick<Connection, 'reader'>) {
    this.#reader = reader;
  }

  /** Sorted by provider, id and age. */
  async listGuests({ innerAt, ...selection }: GuestSelection = {}): Promise<GuestRow[]> {
    const where = this.#guestWhere(selection);
    const owners = await this.#owners();
    const inner = await listInner(this.#reader, { ids: selection.ids, at: innerAt });
    const sql = `SELECT ${selected(GUEST_COLUMNS, 'g')}, ${selected(TELEMETRY_COLUMNS, 't')},
      ${selected(SYSTEM_COLUMNS, 'f')} FROM "guests" g
      LEFT JOIN "guest_telemetry" t ON t."guestId" = g."id"
      LEFT JOIN "guest_facts" f ON f."guestId" = g."id" ${where.sql} ORDER BY ${BY_ID}`;
    const guests = await this.#reader.list({ sql, values: where.values, noun: 'guest' }, (row): GuestRow => {
      const owner = owners.get(row.text('providerId'));
      const guest = toGuest(row, owner?.lastCompleteAt ?? null);
      const known = owner?.removedAt ? leftBehind(guest, owner.removedAt) : guest;
      const told = inner.addresses.get(known.id);
      const lastReportAt = innerAt ? null : row.timeOrNull('lastReportAt');
      // No spread: for 10,000 guests that takes longer than reading them.
      return Object.assign(known, {
        providerName: owner?.label ?? known.providerId,
        addresses: told ? documentAddresses(known.document).concat(told) : documentAddresses(known.document),
        // When it was asked last before an earlier time, nobody knows.
        addressesAt: innerAt ? null : row.timeOrNull('addressesAt'),
        addressesIssue: innerAt ? null : row.textOrNull('issue'),
        os: toInnerOs(row, innerAt),
        lastBackup: inner.backups.get(known.id) ?? null,
        backupJobs: innerAt ? null : jobsIncluding(owner?.backupJobs ?? null, known),
        telemetry: hasFigures(known) ? toGuestTelemetry(row) : null,
        isStale: known.presence === 'unobservable',
        // Only machines that report have one.
        ...(lastReportAt !== null && { lastReportAt }),
      });
    });
    return byProvider(guests);
  }

  /** The guests that were unobservable at a time, by id. */
  unobservableAt(at: Date): Promise<Map<string, UnobservableSpan>> {
    return listUnobservableAt(this.#reader, at);
  }

  /** When a guest could not be observed, oldest first. */
  listUnobservableSpans(guestId: string): Promise<EndedSpan[]> {
    return listUnobservableSpans(this.#reader, guestId);
  }

  /** Without documents: cheaper than reading whole guests to keep a few. */
  async listFilterableGuests(selection: GuestSelection): Promise<(FilterableGuest & { id: string })[]> {
    const where = this.#guestWhere(selection);
    const columns = ['id', 'name', 'node', 'status', 'isTemplate', 'tags', 'pool'];
    const sql = `SELECT ${selected(columns, 'g')} FROM "guests" g ${where.sql}`;
    return this.#reader.list({ sql, values: where.values, noun: 'guest' }, (row) => ({
      id: row.text('id'),
      name: row.textOrNull('name'),
      node: row.text('node'),
      status: row.text('status'),
      isTemplate: row.boolean('isTemplate'),
      tags: row.json('tags', isTexts),
      pool: row.textOrNull('pool'),
    }));
  }

  /** Sorted by provider and name. Counts the guests of a node by their present node, even for a past time. */
  async listNodes(selection: ResourceSelection = {}): Promise<NodeRow[]> {
    const where = this.#resourceWhere(selection, 'n');
    const owners = await this.#owners();
    const counts = await countGuestsByNode(this.#reader);
    const sql = `SELECT ${selected(NODE_COLUMNS, 'n')} FROM "nodes" n ${where.sql} ORDER BY n."name"`;
    const nodes = await this.#reader.list({ sql, values: where.values, noun: 'node' }, (row): NodeRow => {
      const owner = owners.get(row.text('providerId'));
      const node = toNode(row, owner?.lastCompleteAt ?? null);
      return {
        ...node,
        providerName: owner?.label ?? node.providerId,
        telemetry: node.status === 'online' && node.presence === 'present' ? toNodeTelemetry(row) : null,
        isStale: node.presence === 'unobservable',
        guests: counts.get(`${node.providerId}/${node.name}`) ?? { total: 0, running: 0, templates: 0 },
      };
    });
    return byProvider(nodes);
  }

  /** Sorted by provider and name. */
  async listStorages(selection: ResourceSelection = {}): Promise<StorageRow[]> {
    const where = this.#resourceWhere(selection, 's');
    const owners = await this.#owners();
    const onNodes = await listOnNodes(this.#reader, where);
    const sql = `SELECT ${selected(STORAGE_COLUMNS, 's')} FROM "storages" s ${where.sql} ORDER BY s."name"`;
    const storages = await this.#reader.list({ sql, values: where.values, noun: 'storage' }, (row): StorageRow => {
      const owner = owners.get(row.text('providerId'));
      const storage = toStorage(row, {
        lastCompleteAt: owner?.lastCompleteAt ?? null,
        onNodes: onNodes.get(row.text('id')) ?? [],
      });
      return {
        ...storage,
        providerName: owner?.label ?? storage.providerId,
        isStale: storage.presence === 'unobservable',
      };
    });
    return byProvider(storages);
  }

  /** Storages that some node could not reach, as recorded, by name. */
  listUnavailableStorages(): Promise<UnavailableStorage[]> {
    return listUnavailableStorages(this.#reader);
  }

  /** One page, newest first. `guestName` is what the records say. */
  listTasks(selection: TaskSelection): Promise<TaskRow[]> {
    return listTasks(this.#reader, selection);
  }

  /**
   * The identifying fields of all guests, present and former; sorted by provider, id and age. Guests of a removed
   * provider count as gone. Without documents, so that a search through all guests is cheap.
   */
  async listGuestNames(): Promise<GuestName[]> {
    const owners = await this.#owners();
    const columns = ['id', 'providerId', 'kind', 'nativeId', 'vmid', 'name', 'node', 'presence'];
    const sql = `SELECT ${selected(columns, 'g')}, CASE WHEN g."vmid" IS NULL THEN g."identity" END AS "identity"
      FROM "guests" g ORDER BY ${BY_ID}`;
    const names = await this.#reader.list({ sql, noun: 'guest' }, (row): GuestName => {
      const providerId = row.text('providerId');
      const owner = owners.get(providerId);
      const handle = row.jsonOrNull('identity', isGuestIdentity)?.handle;
      return {
        id: row.text('id'),
        providerId,
        kind: row.word('kind', GUEST_KINDS),
        nativeId: row.text('nativeId'),
        vmid: row.numberOrNull('vmid'),
        name: row.textOrNull('name'),
        node: row.text('node'),
        presence: owner?.removedAt ? 'gone' : row.word('presence', PRESENCES),
        providerName: owner?.label ?? providerId,
        ...(handle !== undefined && { handle }),
      };
    });
    return byProvider(names);
  }

  /** Sorted by name. */
  async listProviders(): Promise<ProviderState[]> {
    const sql = `SELECT ${selected(PROVIDER_COLUMNS, 'p')} FROM "providers" p ORDER BY p."name"`;
    return this.#reader.list({ sql, noun: 'provider', key: ['name'] }, toProvider);
  }

  /** The runs of a provider, newest first. */
  listRuns(providerId: string, take: number): Promise<StoredRun[]> {
    return listRuns(this.#reader, providerId, take);
  }

  /** The last runs that ended up to a time, newest first, without those that read only what had changed. */
  listFullRuns(providerId: string, until: Date): Promise<StoredRun[]> {
    return listFullRuns(this.#reader, providerId, until);
  }

  /** The end of the last run that read all it requested. Partial reads do not count. */
  lastCompleteRunAt(providerId: string): Promise<Date | null> {
    return lastCompleteRunAt(this.#reader, providerId);
  }

  /** When the last backup task began whose log was not read, by the id of its provider; those without one are left out. */
  listUnreadBackups(): Promise<Map<string, Date>> {
    return listUnreadBackups(this.#reader);
  }

  /** What was ever read of each guest, by its id. */
  listReadSections(): Promise<Map<string, readonly Section[]>> {
    return listReadSections(this.#reader);
  }

  /** How far a provider's clock was ahead of ours in its last run, by provider; only deviations that were reported. */
  listClockSkews(): Promise<Map<string, number>> {
    return listClockSkews(this.#reader);
  }

  /** Whether a guest that people connect to is gone: see import-mark-repository.ts. */
  async hasGoneImports(): Promise<boolean> {
    const sql = `SELECT m."guestId" FROM "import_marks" m JOIN "guests" g ON g."id" = m."guestId"
      WHERE m."archivedAt" IS NULL AND g."presence" = 'gone' LIMIT 1`;
    return (await this.#reader.find({ sql, noun: 'import mark' }, () => true)) ?? false;
  }

  /** The number of guests that are present, unobservable (with the reasons), and gone. */
  summariseGuests(): Promise<GuestSummary[]> {
    return summariseGuests(this.#reader);
  }

  async listHeld(providerId: string): Promise<HeldGuest[]> {
    const where = this.#where().is('h."providerId"', '=', providerId);
    const sql = `SELECT h."guestId", h."firstHeldAt", h."runs", h."reason", g."kind", g."nativeId", g."vmid", g."name"
      FROM "held_removals" h JOIN "guests" g ON g."id" = h."guestId" ${where.sql} ORDER BY ${BY_ID}`;
    return this.#reader.list({ sql, values: where.values, noun: 'held guest', key: ['guestId'] }, (row) => ({
      guestId: row.text('guestId'),
      kind: row.word('kind', GUEST_KINDS),
      nativeId: row.text('nativeId'),
      vmid: row.numberOrNull('vmid'),
      name: row.textOrNull('name'),
      firstHeldAt: row.time('firstHeldAt'),
      runs: row.number('runs'),
      reason: row.text('reason'),
    }));
  }

  /** The addresses of a provider that is not removed, configured ones first. */
  async listEndpoints(providerId: string): Promise<EndpointHealth[]> {
    return listEndpoints(this.#reader, { id: providerId });
  }

  async #owners(): Promise<Map<string, Owner>> {
    const sql = 'SELECT "id", "name", "lastCompleteAt", "removedAt", "backupJobs" FROM "providers"';
    const providers = await this.#reader.list({ sql, noun: 'provider' }, toOwner);
    const labels = providerLabels(providers);
    return new Map(providers.map((one) => [one.id, { ...one, label: labels.get(one.id) ?? one.name }]));
  }

  #where(): Where {
    return new Where(this.#reader.provider);
  }

  #guestWhere({ ids, kinds, ...selection }: GuestSelection): Where {
    return this.#resourceWhere(selection, 'g').among('g."id"', ids).among('g."kind"', kinds);
  }

  #resourceWhere({ providerIds, presence }: ResourceSelection, alias: string): Where {
    return this.#where().among(`${alias}."providerId"`, providerIds).among(`${alias}."presence"`, presence);
  }
}

function toOwner(row: Row) {
  return {
    id: row.text('id'),
    name: row.text('name'),
    lastCompleteAt: row.timeOrNull('lastCompleteAt'),
    removedAt: row.timeOrNull('removedAt'),
    backupJobs: row.jsonOrNull('backupJobs', isBackupJobs),
  };
}
