import type { CheckReport, CheckResult, Finding } from '../../types/check.ts';
import type { Column, Tone } from '../output/column.ts';
import { formatLocalIso } from '../output/format.ts';
import type { View } from '../output/output.ts';
import { authorText, checkedRef, sinceText, summaryText } from './finding-words.ts';

const TONES: Readonly<Record<CheckResult, Tone>> = { passed: 'good', deviates: 'bad', unknown: 'warn', waived: 'dim' };

const COLUMNS: readonly Column<Finding>[] = [
  { key: 'result', raw: ({ result }) => result, tone: ({ result }) => TONES[result] },
  { key: 'guest', raw: checkedRef },
  { key: 'name', raw: ({ name }) => name, spare: 4 },
  { key: 'rule', raw: ({ rule }) => rule },
  { key: 'expectation', raw: ({ expectation }) => expectation, detail: 'wide' },
  { key: 'field', raw: ({ path, expectation }) => path ?? expectation },
  { key: 'expected', raw: ({ expected }) => expected },
  { key: 'found', raw: ({ found, reason }) => found ?? reason },
  {
    key: 'since',
    raw: ({ origin }) => origin?.since ?? null,
    text: ({ origin }, { isWide }) => {
      if (origin === null) return '';
      return isWide ? sinceText(origin, formatLocalIso) : sinceText(origin);
    },
  },
  { key: 'origin', raw: ({ origin }) => origin?.origin, detail: 'wide' },
  { key: 'by', raw: ({ origin }) => (origin === null ? null : authorText(origin)) },
  { key: 'how', raw: ({ origin }) => origin?.via, detail: 'wide' },
  { key: 'confidence', raw: ({ origin }) => origin?.confidence, detail: 'wide' },
  {
    key: 'waiver',
    raw: ({ waiver }) => (waiver === null ? null : `until ${waiver.until}: ${waiver.reason}`),
    detail: (rows) => rows.some(({ waiver }) => waiver !== null),
  },
  { key: 'line', raw: ({ place }) => place.line, align: 'right', detail: 'wide' },
];

/** `footer`: how old the data is. */
export function checkView(footer: () => Promise<string[]>): View<CheckReport, Finding> {
  return {
    columns: COLUMNS,
    rows: ({ findings }) => findings,
    ref: checkedRef,
    layout: (value, draw) => [
      ...(value.findings.length === 0 ? [] : [draw.table(value.findings), draw.line('')]),
      draw.line(summaryText(value)),
    ],
    footer,
  };
}
