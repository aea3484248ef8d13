import type { CheckedGuest, CheckReport, Finding, Origin, OriginKind } from '../../types/check.ts';
import { formatAge, formatLocalIso, plural } from '../output/format.ts';

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

/** `2026-11-21T10:00:00+01:00`, and how that is known where no change tells. */
export function sinceText({ origin, since }: Origin): string {
  if (origin === 'dropped') return 'not known: details were pruned';
  if (since === null) return 'not known';
  return `${formatLocalIso(since)}${HOW[origin] === undefined ? '' : `, when ${HOW[origin]}`}`;
}

/** `3 h ago`, `first seen`. */
export function sinceAge({ origin, since }: Origin, now: Date): string {
  const how = HOW[origin];
  if (how !== undefined) return how;
  return since === null ? 'not known' : formatAge(since, now);
}

const HOW: Readonly<Partial<Record<OriginKind, string>>> = { 'first-seen': 'first seen', 'first-read': 'first read' };

/** `onboot: expected yes, found no, since 2026-11-21T10:00:00+01:00, by admin@pve`: for files that others read. */
export function findingText(finding: Finding): string {
  const { expectation, path, expected, found, reason, origin, waiver, expiredWaiver } = finding;
  if (finding.result === 'unknown') return `${expectation}: unknown, ${reason ?? ''}`;
  const author = origin === null ? '' : authorText(origin);
  const parts = [
    `${path ?? expectation}: expected ${expected ?? ''}, found ${found ?? ''}`,
    ...(origin === null ? [] : [`since ${sinceText(origin)}`]),
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
    ...(inventory.length === 0 ? ['nothing has been recorded yet: run `rollcall discover-all`'] : []),
    ...inventory.flatMap(({ provider, problem }) => (problem === null ? [] : [`${provider}: ${problem}`])),
    ...waivers
      .filter(({ isExpired }) => isExpired)
      .map(({ select, until, reason }) => {
        return `the waiver of ${select} ended on ${until} and no longer counts: ${reason}`;
      }),
    ...rules.filter(({ guests }) => guests === 0).map(({ name }) => `rule ${name} selects no guest`),
  ];
}

/** One line for each reason: of guests that are unknown there may be thousands. */
export function unknownLines(findings: readonly Finding[]): string[] {
  const unknown = findings.filter(({ result }) => result === 'unknown');
  return grouped(unknown, ({ reason }) => reason ?? '').map(([reason, group]) => {
    const keys = [...new Set(group.map(({ expectation }) => expectation))].join(', ');
    return `unknown: ${keys} of ${whoText(group)}: ${reason}`;
  });
}

/** One line for each waiver. */
export function waivedLines(findings: readonly Finding[]): string[] {
  const waived = findings.filter(({ result }) => result === 'waived');
  return grouped(waived, ({ waiver }) => `until ${waiver?.until ?? ''}: ${waiver?.reason ?? ''}`).map(
    ([why, group]) => {
      const keys = [...new Set(group.map(({ path, expectation }) => path ?? expectation))].join(', ');
      return `waived: ${keys} of ${whoText(group)} ${why}`;
    },
  );
}

const MOST_NAMED = 3;

/** `lab/100, lab/101`, `6 guests`. */
function whoText(group: readonly Finding[]): string {
  const guests = [...new Set(group.map(checkedRef))];
  return guests.length <= MOST_NAMED ? guests.join(', ') : plural(guests.length, 'guest');
}

function grouped(findings: readonly Finding[], by: (finding: Finding) => string): [string, Finding[]][] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) groups.set(by(finding), [...(groups.get(by(finding)) ?? []), finding]);
  return [...groups];
}
