import { type GuestAddress, isPrivateAddress } from '../../types/addresses.ts';
import type { BackupJob, BackupSelection } from '../../types/backup-job.ts';
import type { Guest } from '../../types/guest.ts';
import type { InnerOs, LastBackup } from '../../types/inner-facts.ts';
import type { AddressSpan } from '../../types/inner-plan.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { isArrayOf, isBoolean, isNullOr, isShape, isText, isTexts } from '../db/stored-shape.ts';
import { Where } from '../db/where.ts';

export const SPAN_COLUMNS = 'a."guestId", a."interfaceName", a."address", a."since", a."prefix", a."mac", a."until"';

export function toSpan(row: Row): AddressSpan {
  return {
    guestId: row.text('guestId'),
    interfaceName: row.text('interfaceName'),
    address: row.text('address'),
    since: row.time('since'),
    prefix: row.numberOrNull('prefix'),
    mac: row.textOrNull('mac'),
    until: row.timeOrNull('until'),
  };
}

/** Of `guest_facts`. */
export const SYSTEM_COLUMNS = ['addressesAt', 'issue', 'osAt', 'osName', 'osVersion'] as const;

/** What the system inside called itself; null: it never told, or not until `at`. */
export function toInnerOs(row: Row, at: Date | undefined): InnerOs | null {
  const [name, osAt] = [row.textOrNull('osName'), row.timeOrNull('osAt')];
  if (name === null || osAt === null || (at !== undefined && osAt > at)) return null;
  return { name, version: row.textOrNull('osVersion') };
}

/** Which guests are meant, and until when; without: all, until now. */
interface Wanted {
  ids?: readonly string[] | undefined;
  at?: Date | undefined;
}

/** The addresses that guests told, and their last backups, by guest. */
export async function listInner(
  reader: Reader,
  wanted: Wanted,
): Promise<{ addresses: ReadonlyMap<string, GuestAddress[]>; backups: ReadonlyMap<string, LastBackup> }> {
  return { addresses: await listAddresses(reader, wanted), backups: await listLastBackups(reader, wanted) };
}

/** What guests told last, or had told by a time, by guest. */
export async function listAddresses(reader: Reader, { ids, at }: Wanted): Promise<Map<string, GuestAddress[]>> {
  const found = new Map<string, GuestAddress[]>();
  const where = new Where(reader.provider).among('a."guestId"', ids).is('a."since"', '<=', at);
  where.also(at ? `(a."until" IS NULL OR a."until" > ${where.parameter(at)})` : 'a."until" IS NULL');
  const sql = `SELECT ${SPAN_COLUMNS} FROM "guest_addresses" a ${where.sql}
    ORDER BY a."guestId", a."interfaceName", a."since", a."address"`;
  const query = { sql, values: where.values, noun: 'address of guest', key: ['guestId'] };
  await reader.list(query, (row) => {
    const [guestId, address] = [row.text('guestId'), row.text('address')];
    const known = found.get(guestId) ?? [];
    known.push({
      address,
      prefix: row.numberOrNull('prefix'),
      isPrivate: isPrivateAddress(address),
      source: 'guest',
      interface: row.text('interfaceName'),
      mac: row.textOrNull('mac'),
    });
    found.set(guestId, known);
  });
  return found;
}

/** The newest one that succeeded, of each guest. */
async function listLastBackups(reader: Reader, { ids, at }: Wanted): Promise<Map<string, LastBackup>> {
  const where = new Where(reader.provider);
  const isThen = at ? `AND "at" <= ${where.parameter(at)}` : '';
  where.among('g."id"', ids);
  const destroyed = `SELECT MAX(d."at") FROM "audit_records" d WHERE d."providerId" = b."providerId"
    AND d."target" = b."nativeId" AND d."verb" = 'destroy' AND d."outcome" IN ('ok', 'warning')`;
  const sql = `SELECT g."id", g."providerId", g."nativeId", g."firstSeenAt", g."lastSeenAt", g."goneAt",
      b."at", b."bytes", b."volume", (${destroyed} AND d."at" < b."at") AS "before", (${destroyed} AND d."at" >= b."at") AS "after"
    FROM (SELECT "providerId", "nativeId", MAX("at") AS "at" FROM "guest_backups" WHERE "isOk" ${isThen}
      GROUP BY "providerId", "nativeId") m
    JOIN "guest_backups" b ON b."providerId" = m."providerId" AND b."nativeId" = m."nativeId" AND b."at" = m."at" AND b."isOk"
    JOIN "guests" g ON g."providerId" = b."providerId" AND g."nativeId" = b."nativeId" AND (b."kind" IS NULL OR b."kind" = g."kind")
    ${where.sql} ORDER BY g."firstSeenAt", b."ref"`;
  const rows = await reader.list({ sql, values: where.values, noun: 'backup of guest' }, toBackedUp);
  const lives = new Map<string, BackedUp[]>();
  for (const row of rows) {
    const key = `${row.providerId} ${row.nativeId}`;
    const known = lives.get(key);
    if (known) known.push(row);
    else lives.set(key, [row]);
  }
  const owners = [...lives.values()].flatMap((guests) => ownerOf(guests) ?? []);
  return new Map(owners.map(({ id, at: time, bytes, volume }) => [id, { at: time, bytes, volume }]));
}

/** A guest whose id a backup names, and what is known of those that had it before and after. */
interface BackedUp extends LastBackup {
  id: string;
  providerId: string;
  nativeId: string;
  lastSeenAt: Date;
  goneAt: Date | null;
  /** When a guest of this id was destroyed last before the backup, and after it. */
  before: Date | null;
  after: Date | null;
}

function toBackedUp(row: Row): BackedUp {
  return {
    id: row.text('id'),
    providerId: row.text('providerId'),
    nativeId: row.text('nativeId'),
    lastSeenAt: row.time('lastSeenAt'),
    goneAt: row.timeOrNull('goneAt'),
    at: row.time('at'),
    bytes: row.numberOrNull('bytes'),
    volume: row.textOrNull('volume'),
    before: row.timeOrNull('before'),
    after: row.timeOrNull('after'),
  };
}

/**
 * Whose backup it is, of the guests that had the id one after the other, the oldest first. That one was gone is noticed later than it
 * happened: records of its end say when. null: a guest that was never seen.
 */
function ownerOf(guests: readonly BackedUp[]): BackedUp | null {
  const goneLater = guests.find(({ goneAt, at }) => goneAt !== null && goneAt >= at) ?? null;
  const [any] = guests;
  if (any === undefined || any.after !== null) return goneLater;
  const wasGone = goneLater !== null && any.before !== null && any.before >= goneLater.lastSeenAt;
  return goneLater !== null && !wasGone ? goneLater : (guests.findLast(({ goneAt }) => goneAt === null) ?? goneLater);
}

export const isBackupJobs = isArrayOf(
  isShape<BackupJob>({
    id: isText,
    isEnabled: isBoolean,
    selection: isShape<BackupSelection>({
      isAll: isBoolean,
      guests: isTexts,
      exclude: isTexts,
      pool: isNullOr(isText),
      node: isNullOr(isText),
    }),
  }),
);

type Place = Pick<Guest, 'nativeId' | 'pool' | 'node' | 'presence'>;

/** Ids of the enabled jobs that mean a guest, where it is now; null: not known. */
export function jobsIncluding(jobs: readonly BackupJob[] | null, guest: Place): readonly string[] | null {
  if (jobs === null || guest.presence === 'gone') return null;
  return jobs.filter(({ isEnabled, selection }) => isEnabled && includes(selection, guest)).map(({ id }) => id);
}

/** Source: pve-manager PVE/VZDump.pm get_included_guests: a pool comes before a list of guests, which comes before all. */
function includes({ isAll, guests, exclude, pool, node }: BackupSelection, guest: Place): boolean {
  if (node !== null && node !== guest.node) return false;
  if (pool !== null) return guest.pool === pool;
  if (guests.length > 0) return guests.includes(guest.nativeId);
  return isAll && !exclude.includes(guest.nativeId);
}
