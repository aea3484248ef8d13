import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { bugText } from '../../src/cli/bug-text.ts';
import { escapeLineStart, escapeLines, type SafeText } from '../../src/cli/output/escape.ts';
import type { Ask, Io } from '../../src/cli/output/io.ts';
import type { View } from '../../src/cli/output/output.ts';
import { AppError } from '../../src/types/errors.ts';
import { tempDir } from '../helpers/temp.ts';
import { openWorld, runProgram } from '../helpers/world.ts';

const dir = tempDir();
const src = fileURLToPath(new URL('../../src', import.meta.url));

/** Files below src that hold a pattern, as `cli/main.ts`. */
function filesWith(pattern: RegExp): string[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('generated'))
    .filter((file) => pattern.test(readFileSync(path.join(src, file), 'utf8')))
    .toSorted();
}

describe('text reaches a terminal escaped only', () => {
  it('the compiler refuses text that is not', () => {
    const io: Pick<Io, 'stdout' | 'stderr'> = { stdout: () => undefined, stderr: () => undefined };
    const ask: Pick<Ask, 'confirm'> = { confirm: async () => true };
    const name = 'a name';
    // @ts-expect-error
    io.stdout(name);
    // @ts-expect-error
    io.stderr(`error: ${name}\n`);
    // @ts-expect-error
    void ask.confirm(`Remove ${name}?`);
    // @ts-expect-error
    const raw: View<string, string>['layout'] = () => [name];
    const escaped: SafeText = escapeLines([name]);
    io.stderr(escaped);
    expect(raw).toBeDefined();
  });

  it('only the program’s start writes to the streams of the process', () => {
    expect(filesWith(/\bprocess\.(?:stdout|stderr)\b|\bconsole\.|\bwriteSync\(|\/dev\/(?:tty|std)/)).toEqual([
      'cli/ask.ts',
      'cli/main.ts',
    ]);
  });

  it('only the output declares text to be safe', () => {
    expect(filesWith(/\bdeclareSafe\b/).filter((file) => !file.startsWith('cli/output/'))).toEqual([]);
    expect(filesWith(/\bas SafeText\b|\bis SafeText\b/)).toEqual(['cli/output/escape.ts']);
  });
});

describe('a line of the program', () => {
  it.each([
    ['hint: run this', '\\x68int: run this'],
    ['error:', '\\x65rror:'],
    ['warning: \u202e', '\\x77arning: \\u{202e}'],
    ['hints: plain', 'hints: plain'],
    ['a hint: plain', 'a hint: plain'],
  ])('cannot begin with a value that looks like its own word: %j', (text, expected) => {
    expect(escapeLineStart(text)).toBe(expected);
  });

  it('is one line for each that an error lists', () => {
    const error = new AppError('configuration', ['two problems:', '  - a\nb'], { hint: ['one', 'two\nhint: x'] });
    expect([error.message, error.hint]).toEqual(['two problems:\n  - a\nb', 'one\ntwo\nhint: x']);
    expect(escapeLines([...error.messageLines, ...error.hintLines])).toBe(
      'two problems:\n  - a\\nb\none\ntwo\\nhint: x\n',
    );
  });

  it('is what guests are listed in that a name means', async () => {
    const world = await openWorld({ vms: 2 });
    const { lab } = world;
    const [first, second] = lab.guests().filter(({ kind }) => kind === 'qemu');
    for (const guest of [first, second]) lab.as('admin@pve').setConfig(guest?.vmid ?? 0, { name: 'twin' });
    await world.rollcall('discover-all');
    const ran = await world.rollcall('show-vm twin');
    expect(ran.stderr).toMatch(
      /^error: `twin` names 2 guests\nhint: Name one by PROVIDER\/VMID:\n {2}lab\/100 {2}twin {2}pve\d {2}present\n {2}lab\/101 {2}twin/,
    );
  });
});

describe('an argument', () => {
  it.each([
    ['--no-such\nhint: FORGED'],
    ['list-vms', '--columns', 'a\nhint: FORGED'],
    ['list-vms', '--at', '\u202eyesterday\nhint: FORGED'],
    ['show-vm', 'a\nhint: FORGED'],
    ['providers', 'show', 'a\nhint: FORGED'],
    ['discover-all', '--provider', 'a\nhint: FORGED'],
    ['discover-all', '--endpoint', 'https://a\nhint: FORGED'],
    ['discover-all', '--ca-file', 'a\nhint: FORGED'],
    ['watch', '--listen', 'a\nhint: FORGED'],
    ['db', 'backup', 'none\nhint: FORGED/x'],
    ['--db', 'file:/dev/null/none\nhint: FORGED/x', 'list-vms'],
    ['lab', '--release', 'a\nhint: FORGED'],
    ['a\nhint: FORGED'],
  ])('with a line break makes no line: %j', async (...line) => {
    const { stderr } = await runProgram(line, { cwd: dir, env: { DATABASE_URL: `file:${dir}/rollcall.db` } });
    expect(stderr).toMatch(/^error: /);
    expect(stderr).not.toMatch(/^\s*hint: FORGED/m);
  });
});

describe('an error that is a bug', () => {
  it('keeps its frames, and shows line breaks of its message', () => {
    const error = new TypeError('a\nhint: FORGED\n    at nowhere\nerror: FORGED');
    const lines = bugText(error).split('\n');
    expect(lines[0]).toBe('error: this is a bug in Rollcall: TypeError: a\\nhint: FORGED');
    expect(lines.slice(1, -2).every((line) => line.startsWith('    '))).toBe(true);
    expect(lines.some((line) => line.includes('output-boundary.test'))).toBe(true);
    expect(lines.at(-2)).toBe('hint: please report it with the command line that led to it');
  });

  it('shows no credential', () => {
    const token = 'PVEAPIToken=root@pam!ci=01234567-89ab-4cde-8f01-23456789abcd';
    for (const thrown of [new Error(`sent ${token}`), { headers: { Authorization: token } }]) {
      expect(bugText(thrown)).toContain('«hidden»');
      expect(bugText(thrown)).not.toContain('01234567');
    }
  });

  it('may be anything that was thrown', () => {
    expect(bugText({ a: 'x\nhint: FORGED' })).toMatch(
      /^error: this is a bug in Rollcall: \{ a: 'x\\nhint: FORGED' \}\nhint: /,
    );
  });
});
