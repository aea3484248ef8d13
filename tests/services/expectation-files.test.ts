import { describe, expect, it } from '@jest/globals';
import { parseExpectations } from '../../src/services/checks/parse-file.ts';
import { AppError } from '../../src/types/errors.ts';

const NOW = new Date('2026-11-21T10:00:00Z');

/** What the error of a file says below its first line. */
function problemsOf(text: string): string[] {
  try {
    parseExpectations(text, { file: 'f.yaml', now: NOW });
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error).toMatchObject({ code: 'configuration' });
    return error.messageLines.slice(1).map((line) => line.trim());
  }
}

const rule = (expectations: string, select = 'tag=prod'): string =>
  `version: 1\nrules:\n  - name: a\n    select: ${select}\n    expect: ${expectations}\n`;

describe('a file that is malformed gets errors with line and column', () => {
  it.each<[string, string, string[]]>([
    ['nothing', '', ['f.yaml:1:1  write version and rules']],
    ['a text', 'hello', ['f.yaml:1:1  write version and rules']],
    ['no rules', 'version: 1\n', ['f.yaml:1:1  rules: it is missing']],
    ['an empty list of rules', 'version: 1\nrules: []\n', ['f.yaml:2:1  rules: it is empty']],
    [
      'another version',
      'version: 2\nrules: [{name: a, select: x, expect: {onboot: true}}]\n',
      ['f.yaml:1:1  version: write 1'],
    ],
    [
      'a word that is none',
      rule('{ onbot: true }'),
      ["f.yaml:5:15  there is no expectation 'onbot'; did you mean onboot?"],
    ],
    [
      'a word that is none, elsewhere',
      `${rule('{ onboot: true }')}waiver: []\n`,
      ["f.yaml:6:1  there is no field 'waiver' here"],
    ],
    ['no expectation', rule('{}'), ['f.yaml:5:5  expect: nothing is expected']],
    [
      'no selector',
      'version: 1\nrules:\n  - name: a\n    expect: { onboot: true }\n',
      ['f.yaml:3:5  select: it is missing'],
    ],
    ['a flag of YAML 1.1', rule('{ onboot: yes }'), ['f.yaml:5:15  onboot: write true or false']],
    [
      'a size without a unit',
      rule('{ memory: 4096 }'),
      ['f.yaml:5:15  memory: write a size such as 4G, or { min: 1G, max: 16G }'],
    ],
    [
      'a size that is none',
      rule('\n      memory:\n        min: 8X\n'),
      ['f.yaml:7:9  min: write a size with a unit: 512M, 8G'],
    ],
    ['a range without an end', rule('{ memory: {} }'), ['f.yaml:5:15  memory: write min, max or both']],
    ['a range that is empty', rule('{ memory: { min: 8G, max: 4G } }'), ['f.yaml:5:15  min is more than max']],
    [
      'an age that is none',
      rule('{ snapshotMaxAge: 3 weeks }'),
      ['f.yaml:5:15  snapshotMaxAge: write a duration: 12h, 14d, 2w'],
    ],
    [
      'a state that is none',
      rule('{ ha: running }'),
      ['f.yaml:5:15  ha: write true, false, or one of started, stopped, disabled, ignored, error, none'],
    ],
    ['tags that are no list', rule('{ tags: prod }'), ['f.yaml:5:15  tags: write a list: [prod, web]']],
    [
      'a number as a tag',
      rule('{ tags: [1] }'),
      ['f.yaml:5:22  tags: write a text; one that looks like a number needs quotation marks'],
    ],
    [
      'fields that are none',
      rule('{ config: { a: { b: 1 } } }'),
      ['f.yaml:5:25  a: write a text, a number, true, false, null or a list of texts'],
    ],
    ['no fields', rule('{ config: {} }'), ['f.yaml:5:15  config: it is empty']],
    [
      'a wrong selector',
      rule('{ onboot: true }', 'tag=prod,memroy>8G'),
      ["f.yaml:4:22  this is no selector: there is no field 'memroy'; did you mean memory?"],
    ],
    [
      'a wrong selector in quotation marks',
      rule('{ onboot: true }', '"tag=prod,"'),
      ['f.yaml:4:13  this is no selector: a field or a name is missing here'],
    ],
    [
      'a name twice',
      `${rule('{ onboot: true }')}  - name: a\n    select: x\n    expect: { onboot: true }\n`,
      ["f.yaml:6:5  there is another rule 'a'"],
    ],
    ['a key twice', rule('{ onboot: true, onboot: false }'), ['f.yaml:5:29  Map keys must be unique']],
    [
      'a tag of JavaScript',
      rule('{ onboot: !!js/function "function () { return 1 }" }'),
      ['f.yaml:5:23  Unresolved tag: tag:yaml.org,2002:js/function'],
    ],
    ['a tag that is none', rule('{ onboot: !secret x }'), ['f.yaml:5:23  Unresolved tag: !secret']],
    ['an alias without anchor', rule('*none'), ['f.yaml:5:13  it has too many aliases, or one without an anchor']],
    [
      'a bracket that nothing closes',
      rule('{ onboot: true'),
      ['f.yaml:6:1  Flow map in block collection must be sufficiently indented and end with a }'],
    ],
    ['a tab', 'version: 1\nrules:\n\t- name: a\n', ['f.yaml:3:1  Tabs are not allowed as indentation']],
    ['two documents', `${rule('{ onboot: true }')}---\nversion: 1\n`, ['f.yaml:6:1  it has several documents']],
    ['a key of the prototype', rule('{ config: { __proto__: 1 } }'), ["f.yaml:5:25  '__proto__' is no field"]],
    [
      'waivers',
      `${rule('{ onboot: true }')}waivers:\n  - select: x\n    rules: [b]\n    expect: [agent]\n    reason: ''\n    until: 2026-02-30\n`,
      ['f.yaml:10:5  reason: it is empty'],
    ],
    [
      'a waiver without end',
      `${rule('{ onboot: true }')}waivers:\n  - { select: x, reason: y }\n`,
      ['f.yaml:7:5  until: it is missing'],
    ],
    [
      'a day that is none',
      `${rule('{ onboot: true }')}waivers:\n  - { select: x, reason: y, until: 2026-02-30, rules: [b], expect: [agnt] }\n`,
      [
        "f.yaml:7:29  '2026-02-30' is not a day",
        "f.yaml:7:56  there is no rule 'b'; did you mean a?",
        "f.yaml:7:69  there is no expectation of this file 'agnt'; there are: onboot",
      ],
    ],
    [
      'several at once',
      rule('\n      onboot: 1\n      agnt: true\n      memory: 4\n'),
      [
        'f.yaml:6:7  onboot: write true or false',
        "f.yaml:7:7  there is no expectation 'agnt'; did you mean agent?",
        'f.yaml:8:7  memory: write a size such as 4G, or { min: 1G, max: 16G }',
      ],
    ],
  ])('%s', (_name, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('a selector that is written in several lines', () => {
    expect(problemsOf(rule('{ onboot: true }', '>-\n      tag=prod,\n      memroy>8G'))).toEqual([
      "f.yaml:4:13  this is no selector: there is no field 'memroy'; did you mean memory?",
    ]);
  });

  it('not more than twenty of them', () => {
    const many = Array.from({ length: 25 }, (_, index) => `      x${index}: 1`).join('\n');
    const problems = problemsOf(rule(`\n${many}\n`));
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('and 5 more');
  });
});

describe('a file that means harm', () => {
  it('ends soon with aliases of aliases', () => {
    const levels = Array.from(
      { length: 12 },
      (_, at) => `l${at + 1}: &l${at + 1} [${Array(9).fill(`*l${at}`).join(', ')}]`,
    );
    expect(problemsOf(`l0: &l0 x\n${levels.join('\n')}\n`)).toEqual([
      expect.stringMatching(/^f\.yaml:1:1 {2}it has too many aliases/),
    ]);
  });

  it('ends soon with brackets in brackets', () => {
    expect(problemsOf('['.repeat(100_000))).not.toEqual([]);
    expect(problemsOf(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)).not.toEqual([]);
    expect(problemsOf(`rules: ${'{a: '.repeat(50_000)}`)).not.toEqual([]);
  });

  it('takes aliases for what they stand for, with the places of the rules themselves', () => {
    const text = `version: 1
rules:
  - name: a
    select: tag=a
    expect: &common { onboot: true }
  - name: b
    select: tag=b
    expect: *common
`;
    const { rules } = parseExpectations(text, { file: 'f.yaml', now: NOW });
    expect(rules.map(({ place }) => place)).toEqual([
      { line: 3, column: 5 },
      { line: 6, column: 5 },
    ]);
    expect(rules[1]?.expectations[0]).toMatchObject({ expectation: { key: 'onboot' }, place: { line: 5, column: 23 } });
  });
});
