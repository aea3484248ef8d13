import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDurationMs, parseTime } from '../../src/text/time.ts';

const NOW = new Date(2026, 10, 21, 10, 30, 0);

describe('a time', () => {
  it.each<[string, Date]>([
    ['now', NOW],
    ['today', new Date(2026, 10, 21)],
    ['yesterday', new Date(2026, 10, 20)],
    ['24h', new Date(NOW.getTime() - 86_400_000)],
    ['7d', new Date(NOW.getTime() - 7 * 86_400_000)],
    ['2w', new Date(NOW.getTime() - 14 * 86_400_000)],
    ['90s', new Date(NOW.getTime() - 90_000)],
    ['1.5h', new Date(NOW.getTime() - 5_400_000)],
    [' 5M ', new Date(NOW.getTime() - 300_000)],
    ['3 days ago', new Date(NOW.getTime() - 3 * 86_400_000)],
    ['3 days', new Date(NOW.getTime() - 3 * 86_400_000)],
    ['an hour ago', new Date(NOW.getTime() - 3_600_000)],
    ['90 minutes ago', new Date(NOW.getTime() - 5_400_000)],
    ['2 Weeks Ago', new Date(NOW.getTime() - 14 * 86_400_000)],
    ['1 month ago', new Date(2026, 9, 21, 10, 30)],
    ['9 months ago', new Date(2026, 1, 21, 10, 30)],
    ['a year ago', new Date(2025, 10, 21, 10, 30)],
    // NOW is a Saturday.
    ['monday', new Date(2026, 10, 16)],
    ['Saturday', new Date(2026, 10, 21)],
    ['last saturday', new Date(2026, 10, 14)],
    ['sun 14:30', new Date(2026, 10, 15, 14, 30)],
    ['yesterday 08:15', new Date(2026, 10, 20, 8, 15)],
    ['today at 9:05:07', new Date(2026, 10, 21, 9, 5, 7)],
    ['14:30', new Date(2026, 10, 20, 14, 30)],
    ['08:15', new Date(2026, 10, 21, 8, 15)],
    ['saturday 14:30', new Date(2026, 10, 14, 14, 30)],
    ['today 14:30', new Date(2026, 10, 21, 14, 30)],
    ['2026-11-01', new Date(2026, 10, 1)],
    ['2026-11-01 14:30', new Date(2026, 10, 1, 14, 30)],
    ['2026-11-01T14:30:05', new Date(2026, 10, 1, 14, 30, 5)],
    ['2026-11-01T14:30:05Z', new Date('2026-11-01T14:30:05Z')],
    ['2026-11-01T14:30:05.5Z', new Date('2026-11-01T14:30:05.500Z')],
    ['2026-11-01T14:30:05.123456Z', new Date('2026-11-01T14:30:05.123Z')],
    ['2026-11-01T14:30+02:00', new Date('2026-11-01T12:30:00Z')],
    ['2026-11-01T14:30-0330', new Date('2026-11-01T18:00:00Z')],
  ])('%s', (text, expected) => {
    expect(parseTime(text, NOW)).toEqual(expected);
  });

  it.each([
    '',
    'tomorrow-ish',
    '2026-02-30',
    '2026-13-01',
    '2026-11-01T25:00',
    '5',
    '5y',
    '-3d',
    '2026-11-1',
    'moonday',
    'monday 25:00',
    '1.5 months ago',
    '14:60',
    'days ago',
    '3 moons ago',
    '999999 years ago',
    '9999999w',
    '9999999999 days ago',
  ])('%j is none', (text) => {
    expect(() => parseTime(text, NOW)).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('2h, 7d') }),
    );
  });

  it('that the program printed is read back', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), (date) => {
        expect(parseTime(date.toISOString(), NOW)).toEqual(date);
      }),
    );
  });
});

it('a duration that is none is a usage error', () => {
  expect(() => parseDurationMs('soon')).toThrow(
    expect.objectContaining({ code: 'usage', hint: 'write 90s, 5m, 2h, 7d or 2w' }),
  );
});
