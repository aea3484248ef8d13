import type * as z from 'zod';
import { nearest } from '../../text/near-names.ts';
import type { Place } from '../../types/check.ts';
import { parseSelectors } from '../selectors/parse-selector.ts';
import { sizeBytes } from '../selectors/selector-values.ts';
import type { CompiledFile, CompiledRule, CompiledWaiver } from './evaluate.ts';
import { EXPECTATION_FILE, EXPECTATION_KEYS, type RuleText, type WaiverText } from './expectation-schema.ts';
import { compileExpectations } from './expectations.ts';
import { fileError, toProblems, twiceNamed } from './file-problems.ts';
import { type PlacedYaml, readYaml, type YamlProblem } from './yaml-places.ts';

const HINT = '`rollcall expect --help` shows an example; docs/expectations.md explains every expectation.';

/**
 * The rules and waivers of a file. Ages in selectors are counted back from `now`. Throws AppError('configuration') that lists every
 * problem with its line and column.
 */
export function parseExpectations(text: string, { file, now }: { file: string; now: Date }): CompiledFile {
  const yaml = readYaml(text);
  const problems: YamlProblem[] = [...yaml.problems];
  const parsed = problems.length === 0 ? EXPECTATION_FILE.safeParse(yaml.value) : null;
  problems.push(...withoutEchoes(parsed?.error?.issues ?? []).flatMap((issue) => problemsOf(issue, yaml)));
  if (parsed?.success !== true) throw fileError(file, problems, HINT);
  const compiling = { yaml, problems, now };
  const { rules, waivers = [] } = parsed.data;
  problems.push(...twiceNamed(rules, { list: 'rules', noun: 'rule', yaml }));
  const compiled = {
    rules: rules.map((rule, index) => compileRule(rule, ['rules', index], compiling)),
    waivers: waivers.map((waiver, index) => compileWaiver(waiver, ['waivers', index], { ...compiling, rules })),
  };
  if (problems.length > 0) throw fileError(file, problems, HINT);
  return compiled;
}

interface Compiling {
  yaml: PlacedYaml;
  /** Collects what is wrong. */
  problems: YamlProblem[];
  now: Date;
}

type Path = readonly (string | number)[];

function compileRule({ name, select, expect }: RuleText, path: Path, compiling: Compiling): CompiledRule {
  const { yaml, problems } = compiling;
  const expectations = compileExpectations(expect).map((expectation) => {
    const key = expectation.key.startsWith('config.')
      ? ['config', expectation.key.slice('config.'.length)]
      : [expectation.key];
    return { expectation, place: yaml.placeOf([...path, 'expect', ...key]) };
  });
  if (isEmptyRange(expect)) {
    problems.push({ place: yaml.placeOf([...path, 'expect', 'memory']), message: 'min is more than max' });
  }
  const selector = parseSelectors([select], compiling.now);
  return { name, select, selector, place: yaml.placeOf([...path, 'name']), expectations, expect };
}

function isEmptyRange({ memory }: RuleText['expect']): boolean {
  const { min, max } = typeof memory === 'object' ? memory : {};
  return min !== undefined && max !== undefined && (sizeBytes(min) ?? 0) > (sizeBytes(max) ?? 0);
}

function compileWaiver(
  { select, rules, expect, reason, until }: WaiverText,
  path: Path,
  compiling: Compiling & { rules: readonly RuleText[] },
): CompiledWaiver {
  const { yaml, problems } = compiling;
  const names = compiling.rules.map(({ name }) => name);
  for (const [index, name] of (rules ?? []).entries()) {
    if (names.includes(name)) continue;
    problems.push({ place: yaml.placeOf([...path, 'rules', index]), message: unknownWord(name, 'rule', names) });
  }
  const keys = compiling.rules.flatMap((rule) => compileExpectations(rule.expect).map(({ key }) => key));
  for (const [index, key] of (expect ?? []).entries()) {
    if (keys.includes(key)) continue;
    const message = unknownWord(key, 'expectation of this file', [...new Set(keys)]);
    problems.push({ place: yaml.placeOf([...path, 'expect', index]), message });
  }
  const endsAt = dayAfter(until);
  if (endsAt === null) problems.push({ place: yaml.placeOf([...path, 'until']), message: `'${until}' is not a day` });
  const selector = parseSelectors([select], compiling.now);
  return {
    select,
    selector,
    rules: rules ?? null,
    expect: expect ?? null,
    reason,
    until,
    endsAt: endsAt ?? new Date(0),
  };
}

/** Midnight after a day of the user's calendar; null for a day that does not exist. */
function dayAfter(day: string): Date | null {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  const begin = new Date(year, month - 1, date);
  const isThatDay = begin.getFullYear() === year && begin.getMonth() === month - 1 && begin.getDate() === date;
  return isThatDay ? new Date(year, month - 1, date + 1) : null;
}

/** The place of a character of a text, where the text is written in one piece; else where it begins. */
function placeInText(path: readonly PropertyKey[], at: number, yaml: PlacedYaml): Place {
  const begin = yaml.valuePlaceOf(path) ?? yaml.placeOf(path);
  return yaml.isPlainAt(path) ? { line: begin.line, column: begin.column + at } : begin;
}

/** A misspelt expectation is no expectation, which needs no word of its own. */
function withoutEchoes(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const misspelt = issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => path.join());
  return issues.filter(({ code, path }) => code !== 'custom' || !misspelt.includes(path.join()));
}

function problemsOf(issue: z.core.$ZodIssue, yaml: PlacedYaml): YamlProblem[] {
  const isExpectation = issue.path.at(-1) === 'expect' && issue.path.length === 3;
  if (issue.code === 'unrecognized_keys' && isExpectation) {
    return issue.keys.map((key) => ({
      place: yaml.placeOf([...issue.path, key]),
      message: unknownWord(key, 'expectation', EXPECTATION_KEYS),
    }));
  }
  const at = issue.code === 'custom' ? issue.params?.['at'] : undefined;
  if (typeof at === 'number') return [{ place: placeInText(issue.path, at, yaml), message: issue.message }];
  return toProblems(issue, yaml);
}

function unknownWord(word: string, noun: string, words: readonly string[]): string {
  const near = nearest(word, words);
  return `there is no ${noun} '${word}'${near === undefined ? `; there are: ${words.join(', ')}` : `; did you mean ${near}?`}`;
}
