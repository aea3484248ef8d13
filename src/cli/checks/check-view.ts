import type { CheckReport, CheckResult, Finding } from '../../types/check.ts';
import type { Column, Tone } from '../output/column.ts';
import type { View } from '../output/output.ts';
import {
  authorText,
  checkedRef,
  sinceAge,
  sinceText,
  summaryText,
  unknownLines,
  waivedLines,
} from './finding-words.ts';

const TONES: Readonly<Record<CheckResult, Tone>> = { passed: 'good', deviates: 'bad', unknown: 'warn', waived: 'dim' };

const COLUMNS: readonly Column<Finding>[] = [
  { key: 'result', raw: ({ result }) => result, tone: ({ result }) => TONES[result], detail: 'wide' },
  { key: 'guest', raw: checkedRef },
  { key: 'name', raw: ({ name }) => name, spare: 4 },
  { key: 'rule', raw: ({ rule }) => rule, spare: 3 },
  { key: 'expectation', raw: ({ expectation }) => expectation, detail: 'wide' },
  { key: 'field', raw: ({ path, expectation }) => path ?? expectation },
  { key: 'expected', raw: ({ expected }) => expected },
  { key: 'found', raw: ({ found, reason }) => found ?? reason },
  {
    key: 'since',
    isSolid: true,
    raw: ({ origin }) => origin?.since ?? null,
    text: ({ origin }, { now, isWide }) => {
      if (origin === null) return '';
      return isWide ? sinceText(origin) : sinceAge(origin, now);
    },
  },
  { key: 'origin', raw: ({ origin }) => origin?.origin, detail: 'wide' },
  { key: 'by', raw: ({ origin }) => (origin === null ? null : authorText(origin)) },
  { key: 'how', raw: ({ origin }) => origin?.via, detail: 'wide' },
  { key: 'confidence', raw: ({ origin }) => origin?.confidence, detail: 'wide' },
  {
    key: 'waiver',
    raw: ({ waiver }) => (waiver === null ? null : `until ${waiver.until}: ${waiver.reason}`),
    detail: 'wide',
  },
  { key: 'line', raw: ({ place }) => place.line, align: 'right', detail: 'wide' },
];

/** `footer`: how old the data is. */
export function checkView(footer: () => Promise<string[]>): View<CheckReport, Finding> {
  return {
    columns: COLUMNS,
    rows: ({ findings }) => findings,
    ref: checkedRef,
    layout: (value, draw) => {
      const { findings } = value;
      const shown = draw.isWide ? findings : findings.filter(({ result }) => result === 'deviates');
      const others = draw.isWide ? [] : [...waivedLines(findings), ...unknownLines(findings)];
      return [
        ...(shown.length === 0 ? [] : [draw.table(shown)]),
        ...others.map((line) => draw.line(line, 'dim')),
        ...(findings.length === 0 ? [] : [draw.line('')]),
        draw.line(summaryText(value)),
      ];
    },
    footer,
  };
}
