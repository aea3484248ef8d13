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
const HINT =
  'write 2h, 7d, 2w, "3 days ago", today, yesterday, monday, "monday 14:30", 2026-11-01, "2026-11-01 14:30" (your time zone) or 2026-11-01T14:30:00Z';
/** `3 days ago`, `an hour ago`, `3 days`. */
const AGO = /^(an?|one|\d+(?:\.\d+)?)\s*(s|sec|second|m|min|minute|h|hour|d|day|w|week|month|year)s?(?:\s+ago)?$/;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
/** `monday`, `last monday`, `mon 14:30`, `14:30`. */
const DAY = /^(?:(last\s+)?([a-z]+))?(?:\s*(?:at\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;

/** `90s`, `5m`, `2h`, `7d`, `2w` in milliseconds; null for any other text. */
export function durationMs(text: string): number | null {
  const [, amount, unit] = DURATION.exec(text.trim()) ?? [];
  const unitMs = unit && UNIT_MS[unit.toLowerCase()];
  return amount === undefined || !unitMs ? null : Math.round(Number(amount) * unitMs);
}

/** As {@link durationMs}. Throws AppError('usage'). */
export function parseDurationMs(text: string): number {
  const duration = durationMs(text);
  if (duration !== null) return duration;
  throw new AppError('usage', `'${text}' is not a duration`, { hint: 'write 90s, 5m, 2h, 7d or 2w' });
}

/**
 * A point in time: a duration before now, `3 days ago`, `now`, a day (`today`, `yesterday`, `monday`: its midnight, the last one
 * that has been) with or without a time of day, or a date. Without a zone it is local time, as on the user's clock. Throws
 * AppError('usage').
 */
export function parseTime(text: string, now: Date): Date {
  const word = text.trim().toLowerCase();
  if (word === 'now') return now;
  const date = parseDuration(word, now) ?? parseAgo(word, now) ?? parseDay(word, now) ?? parseDate(text.trim());
  // Of what lies too long ago there is no Date, or none with a year that a database takes.
  if (date === null || !(date.getFullYear() >= 1))
    throw new AppError('usage', `'${text}' is not a time`, { hint: HINT });
  return date;
}

function parseDuration(word: string, now: Date): Date | null {
  return DURATION.test(word) ? new Date(now.getTime() - parseDurationMs(word)) : null;
}

function parseAgo(word: string, now: Date): Date | null {
  const [, amount, unit = ''] = AGO.exec(word) ?? [];
  if (amount === undefined) return null;
  const count = /^\d/.test(amount) ? Number(amount) : 1;
  if (unit === 'month') return monthsBefore(now, count);
  if (unit === 'year') return monthsBefore(now, 12 * count);
  return new Date(now.getTime() - parseDurationMs(`${count}${unit.charAt(0)}`));
}

/** The same day of an earlier month, or its last one. null for a part of a month. */
function monthsBefore(now: Date, months: number): Date | null {
  if (!Number.isInteger(months)) return null;
  const date = new Date(now);
  date.setDate(1);
  date.setMonth(date.getMonth() - months);
  const lastDay = new Date(date.getFullYear(), date.getMonth() + 1, 0).getDate();
  date.setDate(Math.min(now.getDate(), lastDay));
  return date;
}

function parseDay(word: string, now: Date): Date | null {
  const [, last, day, hours, minutes = '', seconds = '00'] = DAY.exec(word) ?? [];
  if (day === undefined && hours === undefined) return null;
  const days = daysAgo(day ?? 'today', now);
  const ago = days === 0 && last !== undefined ? 7 : days;
  const [hour, minute, second] = [hours ?? '00', minutes || '00', seconds].map(Number);
  if (ago === null || hour === undefined || minute === undefined || second === undefined) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const on = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() - days, hour, minute, second);
  if (ago > 0 || day === 'today' || on(0) <= now) return on(ago);
  // Later today: it was yesterday, or a week ago, that it has been.
  return on(day === undefined ? 1 : 7);
}

/** null for what is no day. A weekday is today or one of the six days before. */
function daysAgo(day: string, now: Date): number | null {
  if (day === 'today') return 0;
  if (day === 'yesterday') return 1;
  const weekday = WEEKDAYS.findIndex((name) => name === day || name.slice(0, 3) === day);
  return weekday < 0 ? null : (now.getDay() - weekday + 7) % 7;
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
