import type { CheckedGuest, CheckReport, Finding, Origin } from '../../types/check.ts';
import { formatLocal, formatLocalIso, plural } from '../output/format.ts';

/** `lab/105`. */
export function checkedRef({ provider, nativeId }: CheckedGuest): string {
  return `${provider}/${nativeId}`;
}

/** `lab/105 web-01`. */
export function guestText(guest: CheckedGuest): string {
  return guest.name === null ? checkedRef(guest) : `${checkedRef(guest)} ${guest.name}`;
}

/** `admin@pve!deploy`, `unknown`; nothing where nobody made it so. */
export function authorText({ actor, token, origin }: Origin): string {
  if (actor !== null) return token === null ? actor : `${actor}!${token}`;
  return origin === 'changed' || origin === 'created' ? 'unknown' : '';
}

/** `2026-11-21 10:00:00`, and how that is known where no change tells. */
export function sinceText({ origin, since }: Origin, format: (time: Date) => string = formatLocal): string {
  const time = since === null ? '' : format(since);
  switch (origin) {
    case 'changed':
    case 'created':
    case 'age':
      return time === '' ? 'not known' : time;
    case 'first-seen':
      return `${time}, when first seen`;
    case 'first-read':
      return `${time}, when first read`;
    case 'dropped':
      return 'not known: details were pruned';
  }
}

/** `onboot: expected yes, found no, since 2026-11-21T10:00:00+01:00, by admin@pve`: for files that others read. */
export function findingText(finding: Finding): string {
  const { expectation, path, expected, found, reason, origin, waiver, expiredWaiver } = finding;
  if (finding.result === 'unknown') return `${expectation}: unknown, ${reason ?? ''}`;
  const author = origin === null ? '' : authorText(origin);
  const parts = [
    `${path ?? expectation}: expected ${expected ?? ''}, found ${found ?? ''}`,
    ...(origin === null ? [] : [`since ${sinceText(origin, formatLocalIso)}`]),
    ...(author === '' ? [] : [`by ${author}`]),
    ...(waiver === null ? [] : [`waived until ${waiver.until}: ${waiver.reason}`]),
    ...(expiredWaiver === null ? [] : [`its waiver ended on ${expiredWaiver.until}: ${expiredWaiver.reason}`]),
  ];
  return parts.join(', ');
}

/** `4 guests, 12 checks: 9 passed, 2 deviate, 1 unknown`. */
export function summaryText({ counts }: CheckReport): string {
  const { guests, checks, passed, deviating, waived, unknown } = counts;
  const parts = [
    `${passed} passed`,
    ...(deviating > 0 ? [`${deviating} deviate`] : []),
    ...(waived > 0 ? [`${waived} waived`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
  ];
  return `${plural(guests, 'guest')}, ${plural(checks, 'check')}: ${parts.join(', ')}`;
}

/** What makes a report say less than it seems to: an old inventory, waivers that ended, rules about nobody. */
export function warningsOf({ inventory, waivers, rules }: CheckReport): string[] {
  return [
    ...inventory.flatMap(({ provider, problem }) => (problem === null ? [] : [`${provider}: ${problem}`])),
    ...waivers
      .filter(({ isExpired }) => isExpired)
      .map(({ select, until, reason }) => {
        return `the waiver of ${select} ended on ${until} and no longer counts: ${reason}`;
      }),
    ...rules.filter(({ guests }) => guests === 0).map(({ name }) => `rule ${name} selects no guest`),
  ];
}
