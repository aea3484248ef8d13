import type { Presence } from '../../types/presence.ts';
import type { Reader } from '../db/reader.ts';
import { PRESENCES } from './seen-rows.ts';

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
