import { AppError } from '../types/errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
const DURATION = /^(\d+(?:\.\d+)?)\s*([smhdw])$/i;
const DATE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,3})\d*)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
const HINT = 'write 2h, 7d, 2w, yesterday, 2026-11-01, "2026-11-01 14:30" (your time zone) or 2026-11-01T14:30:00Z';

/** `90s`, `5m`, `2h`, `7d`, `2w` in milliseconds. Throws AppError('usage'). */
export function parseDurationMs(text: string): number {
  const [, amount, unit] = DURATION.exec(text.trim()) ?? [];
  const unitMs = unit && UNIT_MS[unit.toLowerCase()];
  if (amount === undefined || !unitMs) {
    throw new AppError('usage', `'${text}' is not a duration`, { hint: 'write 90s, 5m, 2h, 7d or 2w' });
  }
  return Math.round(Number(amount) * unitMs);
}

/**
 * A point in time: a duration before now, `now`, `today` and `yesterday` (their midnight), or a date. Without a zone it is
 * local time, as on the user's clock. Throws AppError('usage').
 */
export function parseTime(text: string, now: Date): Date {
  const word = text.trim().toLowerCase();
  if (word === 'now') return now;
  if (word === 'today') return new Date(now.getFullYear(), now.getMonth(), now.getDate());
  if (word === 'yesterday') return new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (DURATION.test(word)) return new Date(now.getTime() - parseDurationMs(word));
  const date = parseDate(text.trim());
  if (date === null) throw new AppError('usage', `'${text}' is not a time`, { hint: HINT });
  return date;
}

function parseDate(text: string): Date | null {
  const match = DATE.exec(text);
  if (!match) return null;
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00', fraction = '0', zone] = match;
  // A day that does not exist (30 February) would silently become another one.
  const noon = new Date(`${year}-${month}-${day}T12:00:00Z`);
  if (Number.isNaN(noon.getTime()) || noon.getUTCDate() !== Number(day)) return null;
  const date = new Date(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0')}${isoZone(zone)}`,
  );
  return Number.isNaN(date.getTime()) ? null : date;
}

function isoZone(zone: string | undefined): string {
  if (zone === undefined) return '';
  if (zone.toUpperCase() === 'Z') return 'Z';
  return zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
}
