import { describe, expect, it } from '@jest/globals';
import { parseQuietHours } from '../../src/services/notify/parse-quiet-hours.ts';
import { quietUntil } from '../../src/services/notify/quiet-hours.ts';

function until(ranges: readonly string[], timeZone: string, now: string): string | null {
  const quiet = parseQuietHours(ranges, { timeZone, isDropped: false });
  return quietUntil(quiet, new Date(now))?.toISOString() ?? null;
}

describe('quiet hours', () => {
  it.each([
    ['at night', ['22:00-07:00'], 'UTC', '2026-11-21T23:30:00Z', '2026-11-22T07:00:00.000Z'],
    ['in the morning', ['22:00-07:00'], 'UTC', '2026-11-22T06:59:59Z', '2026-11-22T07:00:00.000Z'],
    ['not at their end', ['22:00-07:00'], 'UTC', '2026-11-22T07:00:00Z', null],
    ['from their beginning', ['22:00-07:00'], 'UTC', '2026-11-21T22:00:00Z', '2026-11-22T07:00:00.000Z'],
    ['not by day', ['22:00-07:00'], 'UTC', '2026-11-21T12:00:00Z', null],
    ['of one day', ['12:00-13:30'], 'UTC', '2026-11-21T12:15:20Z', '2026-11-21T13:30:00.000Z'],
    ['up to midnight', ['20:00-24:00'], 'UTC', '2026-11-21T23:00:00Z', '2026-11-22T00:00:00.000Z'],
    ['that touch', ['20:00-24:00', '00:00-06:00'], 'UTC', '2026-11-21T23:00:00Z', '2026-11-22T06:00:00.000Z'],
    ['in their zone', ['22:00-07:00'], 'Europe/Berlin', '2026-11-21T21:30:00Z', '2026-11-22T06:00:00.000Z'],
    ['of half an hour zones', ['22:00-07:00'], 'Asia/Kolkata', '2026-11-21T17:00:00Z', '2026-11-22T01:30:00.000Z'],
    ['when clocks go back', ['22:00-07:00'], 'Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T06:00:00.000Z'],
    [
      'when clocks go forward within them',
      ['00:45-03:00'],
      'Europe/Berlin',
      '2026-03-29T00:30:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    ['when clocks go forward', ['22:00-07:00'], 'Europe/Berlin', '2026-03-28T22:00:00Z', '2026-03-29T05:00:00.000Z'],
  ] as const)('%s', (_name, ranges, zone, now, end) => {
    expect(until(ranges, zone, now)).toBe(end);
  });

  it('are none without a range', () => {
    expect(quietUntil(null, new Date())).toBeNull();
    expect(parseQuietHours([], { timeZone: undefined, isDropped: false })).toBeNull();
  });

  it.each([
    [['22-7'], undefined, "'22-7' is no time of day"],
    [['25:00-07:00'], undefined, "'25:00-07:00' is no time of day"],
    [['22:60-07:00'], undefined, "'22:60-07:00' is no time of day"],
    [['07:00-07:00'], undefined, "'07:00-07:00' is no time of day"],
    [['00:00-24:00'], undefined, "'00:00-24:00' is no time of day"],
    [['07:00-22:00', '22:00-07:00'], undefined, 'the quiet hours cover the whole day'],
    [['22:00-07:00'], 'Mars/Base', "'Mars/Base' is no time zone"],
    [[], 'UTC', '--time-zone is given without --quiet-hours'],
  ] as const)('%j in %s: %s', (ranges, timeZone, message) => {
    expect(() => parseQuietHours(ranges, { timeZone, isDropped: false })).toThrow(message);
  });
});
