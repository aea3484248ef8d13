import type { LifecycleBasis, LifecycleGroup, LifecycleUrgency, LifecycleWarning } from '../../types/lifecycle.ts';
import type { Column, Tone } from '../output/column.ts';

const DAY_MS = 86_400_000;
const BASIS: Readonly<Record<LifecycleBasis, string>> = {
  node: 'node',
  agent: 'guest agent',
  certificate: 'certificate',
  credential: 'server',
  config: 'configuration',
  image: 'image name',
};
const TONES: Readonly<Record<LifecycleUrgency, Tone>> = { ended: 'bad', soon: 'warn', later: 'plain' };

type Ending = Pick<LifecycleWarning, 'what' | 'ends' | 'urgency' | 'moveTo' | 'note' | 'source'>;

/** Whole days until a last day, `2026-08-31`: 0 on that day, below 0 once it is over. */
function daysUntil(ends: string, now: Date): number {
  return Math.round((Date.parse(ends) - Math.floor(now.getTime() / DAY_MS) * DAY_MS) / DAY_MS);
}

/** `today`, `35 d`, `7 months ago`, `2 years`. */
function distanceText(days: number): string {
  if (days === 0) return 'today';
  const count = Math.abs(days);
  const text =
    count < 100
      ? `${count} d`
      : count < 730
        ? `${Math.floor(count / 30.44)} months`
        : `${Math.floor(count / 365.25)} years`;
  return days < 0 ? `${text} ago` : text;
}

/** What ends, when, and what to do: the same of one subject and of all with the same release. */
function endingColumns(now: Date): readonly Column<Ending>[] {
  return [
    { key: 'what', raw: ({ what }) => what },
    { key: 'ends', raw: ({ ends }) => ends, tone: ({ urgency }) => TONES[urgency], isSolid: true },
    {
      key: 'daysLeft',
      header: 'IN',
      raw: ({ ends }) => daysUntil(ends, now),
      text: ({ ends }) => distanceText(daysUntil(ends, now)),
      align: 'right',
      isSolid: true,
      spare: 2,
    },
    { key: 'urgency', raw: ({ urgency }) => urgency, detail: 'wide' },
    { key: 'moveTo', header: 'MOVE TO', raw: ({ moveTo }) => moveTo },
  ];
}

const BACKGROUND: readonly Column<Ending>[] = [
  { key: 'note', raw: ({ note }) => note, detail: 'wide' },
  { key: 'source', raw: ({ source }) => source, detail: 'wide' },
];

export function warningColumns(now: Date): readonly Column<LifecycleWarning>[] {
  return [
    {
      key: 'subject',
      raw: ({ subject }) => subject.ref,
      text: ({ subject: { kind, ref, name } }) => (kind === 'guest' && name !== null ? `${ref} ${name}` : ref),
    },
    { key: 'kind', raw: ({ subject }) => subject.kind, detail: 'wide' },
    ...endingColumns(now),
    { key: 'basis', header: 'HOW KNOWN', raw: ({ basis }) => basis, text: ({ basis }) => BASIS[basis], spare: 1 },
    ...BACKGROUND,
  ];
}

export function groupColumns(now: Date): readonly Column<LifecycleGroup>[] {
  return [
    ...endingColumns(now),
    { key: 'count', raw: ({ subjects }) => subjects.length, align: 'right' },
    ...BACKGROUND,
    { key: 'subjects', raw: ({ subjects }) => subjects, detail: 'wide' },
  ];
}
