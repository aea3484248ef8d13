import { AppError } from '../../types/errors.ts';
import type { QuietHours } from '../../types/notify.ts';
import { hasLoudMinute } from './quiet-hours.ts';

const RANGE = /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/;
const DAY_MINUTES = 1440;

/** `22:00-07:00`, any number of them; null for none. Throws AppError('usage'). */
export function parseQuietHours(
  texts: readonly string[],
  { timeZone, isDropped }: { timeZone: string | undefined; isDropped: boolean },
): QuietHours | null {
  if (texts.length === 0) {
    if (timeZone === undefined && !isDropped) return null;
    const flag = isDropped ? '--drop-quiet' : '--time-zone';
    throw new AppError('usage', `${flag} is given without --quiet-hours`, { hint: 'add --quiet-hours 22:00-07:00' });
  }
  const zone = timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!isTimeZone(zone)) {
    throw new AppError('usage', `'${zone}' is no time zone`, { hint: 'Europe/Berlin, America/New_York, UTC' });
  }
  const ranges = texts.map(toRange);
  if (!hasLoudMinute(ranges)) {
    throw new AppError('usage', 'the quiet hours cover the whole day', {
      hint: 'leave a part of the day out, or stop the notifier: rollcall notify pause NAME',
    });
  }
  return { ranges, timeZone: zone, isDropped };
}

function toRange(text: string): { from: number; to: number } {
  const [, fromHour, fromMinute, toHour, toMinute] = (RANGE.exec(text) ?? []).map(Number);
  const from = minutesOf(fromHour, fromMinute);
  const to = minutesOf(toHour, toMinute);
  if (from === null || to === null || from === to % DAY_MINUTES || from === DAY_MINUTES) {
    throw new AppError('usage', `'${text}' is no time of day`, { hint: '22:00-07:00, or 12:00-13:30' });
  }
  return { from, to: to % DAY_MINUTES };
}

function minutesOf(hour = Number.NaN, minute = Number.NaN): number | null {
  const minutes = hour * 60 + minute;
  return minute < 60 && minutes <= DAY_MINUTES ? minutes : null;
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
