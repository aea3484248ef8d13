import type { AuditRecord } from '../../types/audit-record.ts';
import { AppError } from '../../types/errors.ts';
import { GUEST_KINDS } from '../../types/guest.ts';
import type { ClusterIdentity, Permissions } from '../../types/observation.ts';
import type { KnownGuest, KnownState, RecentLines } from '../../types/plan.ts';
import { PRESENCES } from '../../types/presence.ts';
import { lineKey } from '../../types/record-key.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { isRecordOf } from '../db/stored-shape.ts';
import { selected, Where } from '../db/where.ts';
import { AUDIT_RECORD_COLUMNS, toAuditRecord } from '../inventory/audit-record-rows.ts';
import { isGuestIdentity, KNOWN_GUEST_COLUMNS, toKnownGuest } from '../inventory/guest-rows.ts';
import { NODE_COLUMNS, toNode } from '../inventory/node-rows.ts';
import { isSinceByScope, toIdentity } from '../inventory/provider-rows.ts';
import { listOnNodes, STORAGE_COLUMNS, toStorage } from '../inventory/storage-rows.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Backups are seldom restored later than this. */
const GONE_DAYS = 400;
const GUESTS_AT_A_TIME = 250;

const isPermissions = isRecordOf(isRecordOf((value): value is boolean => typeof value === 'boolean'));

interface KnownProvider {
  name: string;
  type: string;
  identity: ClusterIdentity | null;
  permissions: Permissions | null;
  incompleteSince: Readonly<Record<string, string>>;
  lastCompleteAt: Date | null;
  lastRunAt: Date | null;
}

/** The stored state of a provider. `recentRecords` and `elsewhere` count back from its last run, not from the clock. */
export async function loadKnown(reader: Reader, providerId: string): Promise<KnownState> {
  const providers = await loadProviders(reader, providerId);
  const provider = providers.get(providerId);
  if (!provider) throw new AppError('not-found', `There is no provider ${providerId} in the database`);
  const { name, identity, permissions, incompleteSince, lastCompleteAt, lastRunAt } = provider;
  return {
    providerId,
    providerName: name,
    identity,
    otherProviders: [...providers.values()].flatMap((other) =>
      other === provider || other.type !== provider.type || other.identity === null
        ? []
        : [{ name: other.name, identity: other.identity }],
    ),
    permissions,
    ...(await loadResources(reader, providerId, lastCompleteAt)),
    elsewhere: await loadElsewhere(reader, { id: providerId, type: provider.type }, daysBefore(lastRunAt, GONE_DAYS)),
    held: await loadHeld(reader, providerId),
    incompleteSince,
    lastCompleteAt,
    recentRecords: await loadRecentRecords(reader, providerId, daysBefore(lastRunAt, 1)),
    ...(lastRunAt !== null && { recentLines: await loadRecentLines(reader, providerId, daysBefore(lastRunAt, 1)) }),
  };
}

/** This provider and all that were not removed, by id. */
async function loadProviders(reader: Reader, providerId: string): Promise<Map<string, KnownProvider>> {
  const where = new Where(reader.provider).is('"id"', '=', providerId);
  const sql = `SELECT "id", "name", "type", "identity", "permissions", "incompleteSince", "lastCompleteAt", "lastRunAt"
    FROM "providers" ${where.sql} OR "removedAt" IS NULL`;
  const query = { sql, values: where.values, noun: 'provider', key: ['name'] };
  return new Map(await reader.list(query, (row) => [row.text('id'), toKnownProvider(row)]));
}

function toKnownProvider(row: Row): KnownProvider {
  return {
    name: row.text('name'),
    type: row.text('type'),
    identity: toIdentity(row),
    permissions: row.jsonOrNull('permissions', isPermissions),
    incompleteSince: row.json('incompleteSince', isSinceByScope),
    lastCompleteAt: row.timeOrNull('lastCompleteAt'),
    lastRunAt: row.timeOrNull('lastRunAt'),
  };
}

async function loadResources(
  reader: Reader,
  providerId: string,
  lastCompleteAt: Date | null,
): Promise<Pick<KnownState, 'guests' | 'nodes' | 'storages'>> {
  const hereAs = (alias: string) =>
    new Where(reader.provider).is(`${alias}."providerId"`, '=', providerId).is(`${alias}."presence"`, '<>', 'gone');
  const { sql: here, values } = hereAs('r');
  const guests = await loadGuests(reader, hereAs, lastCompleteAt);
  const nodes = await reader.list(
    { sql: `SELECT ${selected(NODE_COLUMNS, 'r')} FROM "nodes" r ${here} ORDER BY r."name"`, values, noun: 'node' },
    (row) => toNode(row, lastCompleteAt),
  );
  const onNodes = await listOnNodes(reader, hereAs('s'));
  const storages = await reader.list(
    {
      sql: `SELECT ${selected(STORAGE_COLUMNS, 'r')} FROM "storages" r ${here} ORDER BY r."name"`,
      values,
      noun: 'storage',
    },
    (row) => toStorage(row, { lastCompleteAt, onNodes: onNodes.get(row.text('id')) ?? [] }),
  );
  return { guests, nodes, storages };
}

/** Reads some rows at a time, so that memory does not hold all rows beside the guests made from them. */
async function loadGuests(
  reader: Reader,
  hereAs: (alias: string) => Where,
  lastCompleteAt: Date | null,
): Promise<KnownState['guests']> {
  const guests: KnownGuest[] = [];
  for (;;) {
    const last = guests.at(-1);
    const where = hereAs('r');
    const isLater = last === undefined ? '' : `AND ${laterThan(last, where)}`;
    const page = await reader.list(
      {
        sql: `SELECT ${selected(KNOWN_GUEST_COLUMNS, 'r')} FROM "guests" r ${where.sql} ${isLater}
          ORDER BY r."vmid", r."nativeId", r."id" LIMIT ${GUESTS_AT_A_TIME}`,
        values: where.values,
        noun: 'guest',
      },
      (row) => toKnownGuest(row, lastCompleteAt),
    );
    guests.push(...page);
    if (page.length < GUESTS_AT_A_TIME) return guests;
  }
}

/** Either all guests of a provider have vmids or none has. */
function laterThan({ vmid, nativeId, id }: KnownGuest, where: Where): string {
  if (vmid === null) return `(r."nativeId", r."id") > (${where.parameter(nativeId)}, ${where.parameter(id)})`;
  return `(r."vmid", r."id") > (${where.parameter(vmid)}, ${where.parameter(id)})`;
}

async function loadHeld(reader: Reader, providerId: string): Promise<KnownState['held']> {
  const { sql, values } = new Where(reader.provider).is('"providerId"', '=', providerId);
  const held = `SELECT "guestId", "firstHeldAt", "runs", "reason" FROM "held_removals" ${sql} ORDER BY "guestId"`;
  return reader.list({ sql: held, values, noun: 'held guest', key: ['guestId'] }, (row) => ({
    guestId: row.text('guestId'),
    firstHeldAt: row.time('firstHeldAt'),
    runs: row.number('runs'),
    reason: row.text('reason'),
  }));
}

/**
 * Only guests with a uuid or network cards can be recognised elsewhere. If a removed cluster is watched again, its machines are new,
 * not moved from itself.
 */
async function loadElsewhere(
  reader: Reader,
  { id: providerId, type }: { id: string; type: string },
  goneSince: Date,
): Promise<KnownState['elsewhere']> {
  const where = new Where(reader.provider);
  const columns = ['id', 'providerId', 'kind', 'nativeId', 'vmid', 'identity', 'goneAt', 'presence', 'status'];
  const sql = `SELECT ${selected(columns, 'g')}, p."type" FROM "guests" g JOIN "providers" p ON p."id" = g."providerId"
    WHERE (g."uuid" IS NOT NULL OR p."type" <> ${where.parameter(type)}) AND p."removedAt" IS NULL
    AND (g."providerId" <> ${where.parameter(providerId)} OR g."presence" = 'gone')
    AND (g."goneAt" IS NULL OR g."goneAt" >= ${where.parameter(goneSince)}) ORDER BY g."id"`;
  return reader.list({ sql, values: where.values, noun: 'guest' }, (row) => ({
    id: row.text('id'),
    providerId: row.text('providerId'),
    kind: row.word('kind', GUEST_KINDS),
    nativeId: row.text('nativeId'),
    vmid: row.numberOrNull('vmid'),
    identity: row.json('identity', isGuestIdentity),
    goneAt: row.timeOrNull('goneAt'),
    presence: row.word('presence', PRESENCES),
    ...(row.text('type') !== type && { isOfOtherPlatform: true, isRunning: row.text('status') === 'running' }),
  }));
}

async function loadRecentRecords(reader: Reader, providerId: string, since: Date): Promise<AuditRecord[]> {
  const where = new Where(reader.provider).is('a."providerId"', '=', providerId).is('a."source"', '<>', 'log');
  const sql = `SELECT ${selected(AUDIT_RECORD_COLUMNS, 'a')} FROM "audit_records" a ${where.sql}
    AND (a."endedAt" IS NULL OR a."endedAt" >= ${where.parameter(since)}) ORDER BY a."at", a."ref"`;
  return reader.list({ sql, values: where.values, noun: 'record', key: ['ref'] }, toAuditRecord);
}

async function loadRecentLines(reader: Reader, providerId: string, since: Date): Promise<RecentLines> {
  const where = new Where(reader.provider)
    .is('l."providerId"', '=', providerId)
    .is('l."source"', '=', 'log')
    .is('l."endedAt"', '>=', since);
  const sql = `SELECT ${selected(['ref', 'at'], 'l')} FROM "audit_records" l ${where.sql}`;
  const query = { sql, values: where.values, noun: 'log line', key: ['ref'] };
  const keys = await reader.list(query, (row) => lineKey({ ref: row.text('ref'), at: row.time('at') }));
  return { since, keys: new Set(keys) };
}

function daysBefore(time: Date | null, days: number): Date {
  return new Date(Math.max(0, (time?.getTime() ?? 0) - days * DAY_MS));
}
