import type { Document } from '../../types/document.ts';
import { PRESENCES, type Presence, type Sighting } from '../../types/presence.ts';
import { isDocument } from '../db/document-shape.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';

/** The stored columns that nodes, guests and storages share. */
export interface Seen extends Sighting {
  id: string;
  providerId: string;
  document: Document;
}

export const SEEN_COLUMNS = [
  'id',
  'providerId',
  'document',
  'presence',
  'presenceReason',
  'unobservableSince',
  'firstSeenAt',
  'lastSeenAt',
  'goneAt',
] as const;

/** `lastCompleteAt` of its provider: present resources were seen in that run, and their rows are not written each time. */
export function toSeen(row: Row, lastCompleteAt: Date | null): Seen {
  const presence = row.word('presence', PRESENCES);
  return {
    id: row.text('id'),
    providerId: row.text('providerId'),
    document: row.json('document', isDocument),
    presence,
    presenceReason: row.textOrNull('presenceReason'),
    unobservableSince: row.timeOrNull('unobservableSince'),
    firstSeenAt: row.time('firstSeenAt'),
    lastSeenAt: lastSeenAt(presence, row.time('lastSeenAt'), lastCompleteAt),
    goneAt: row.timeOrNull('goneAt'),
  };
}

export function lastSeenAt(presence: Presence, stored: Date, lastCompleteAt: Date | null): Date {
  return presence === 'present' && lastCompleteAt !== null && lastCompleteAt > stored ? lastCompleteAt : stored;
}

export interface GuestSummary {
  providerId: string;
  presence: Presence;
  /** The reasons of unobservable guests. */
  reason: string | null;
  count: number;
  since: Date | null;
}

export async function summariseGuests(reader: Reader): Promise<GuestSummary[]> {
  const sql = `SELECT "providerId", "presence", "presenceReason", COUNT(*) AS "count", MIN("unobservableSince") AS "since"
    FROM "guests" GROUP BY "providerId", "presence", "presenceReason"`;
  return reader.list({ sql, noun: 'guest of provider', key: ['providerId'] }, (row) => ({
    providerId: row.text('providerId'),
    presence: row.word('presence', PRESENCES),
    reason: row.textOrNull('presenceReason'),
    count: row.number('count'),
    since: row.timeOrNull('since'),
  }));
}
