import type { GuestAddress } from '../../types/addresses.ts';
import { isPrivateAddress } from '../../types/addresses.ts';
import type { InnerOs, LastBackup } from '../../types/inner-facts.ts';
import type { AddressSpan } from '../../types/inner-plan.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
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

/** What the system inside a guest told last, and its last backup. */
export interface Inner {
  addresses: GuestAddress[];
  addressesAt: Date | null;
  addressesIssue: string | null;
  os: InnerOs | null;
  lastBackup: LastBackup | null;
}

/** Of all guests that told something, or of some, by guest; `at`: as it was known then. */
export async function listInner(
  reader: Reader,
  { ids, at }: { ids?: readonly string[] | undefined; at?: Date | undefined },
): Promise<ReadonlyMap<string, Inner>> {
  const found = new Map<string, Inner>();
  const of = (guestId: string): Inner => {
    let inner = found.get(guestId);
    if (inner === undefined) {
      inner = { addresses: [], addressesAt: null, addressesIssue: null, os: null, lastBackup: null };
      found.set(guestId, inner);
    }
    return inner;
  };
  await readSystems(reader, { ids, at }, of);
  await readAddresses(reader, { ids, at }, of);
  await readLastBackups(reader, { ids, at }, of);
  return found;
}

type Wanted = Parameters<typeof listInner>[1];
type InnerOf = (guestId: string) => Inner;

async function readSystems(reader: Reader, { ids, at }: Wanted, of: InnerOf): Promise<void> {
  const where = new Where(reader.provider).among('"guestId"', ids);
  const sql = `SELECT "guestId", "addressesAt", "issue", "osAt", "osName", "osVersion" FROM "guest_facts" ${where.sql}`;
  const query = { sql, values: where.values, noun: 'facts of guest', key: ['guestId'] };
  await reader.list(query, (row) => {
    const inner = of(row.text('guestId'));
    const name = row.textOrNull('osName');
    const osAt = row.timeOrNull('osAt');
    if (name !== null && osAt !== null && (at === undefined || osAt <= at)) {
      inner.os = { name, version: row.textOrNull('osVersion') };
    }
    // Of an earlier time nobody knows when it was read last.
    if (at !== undefined) return;
    inner.addressesAt = row.timeOrNull('addressesAt');
    inner.addressesIssue = row.textOrNull('issue');
  });
}

async function readAddresses(reader: Reader, { ids, at }: Wanted, of: InnerOf): Promise<void> {
  const where = new Where(reader.provider).among('a."guestId"', ids).is('a."since"', '<=', at);
  where.also(at ? `(a."until" IS NULL OR a."until" > ${where.parameter(at)})` : 'a."until" IS NULL');
  const sql = `SELECT ${SPAN_COLUMNS} FROM "guest_addresses" a ${where.sql}
    ORDER BY a."guestId", a."interfaceName", a."since", a."address"`;
  const query = { sql, values: where.values, noun: 'address of guest', key: ['guestId'] };
  await reader.list(query, (row) => {
    const address = row.text('address');
    of(row.text('guestId')).addresses.push({
      address,
      prefix: row.numberOrNull('prefix'),
      isPrivate: isPrivateAddress(address),
      source: 'guest',
      interface: row.text('interfaceName'),
      mac: row.textOrNull('mac'),
    });
  });
}

/** The newest one that succeeded, of each guest. */
async function readLastBackups(reader: Reader, { ids, at }: Wanted, of: InnerOf): Promise<void> {
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
  for (const guests of lives.values()) {
    const owner = ownerOf(guests);
    if (owner !== null) of(owner.id).lastBackup = { at: owner.at, bytes: owner.bytes, volume: owner.volume };
  }
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
