import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { SCRIPTS } from '../../src/cli/completion/scripts.ts';
import { tempDir } from '../helpers/temp.ts';
import { type Ran, runProgram } from '../helpers/world.ts';

const dir = tempDir();
let home = '';
let count = 0;

beforeEach(() => {
  count += 1;
  home = path.join(dir, String(count));
  mkdirSync(home);
});

const install = (shell: string, ...more: string[]): Promise<Ran> =>
  runProgram(['completion', 'install', '--shell', shell, ...more], { env: { HOME: home } });
const inHome = (file: string) => path.join(home, file);

describe('completion install', () => {
  it.each([
    ['bash', '.local/share/bash-completion/completions/rollcall'],
    ['fish', '.config/fish/completions/rollcall.fish'],
  ] as const)('puts the script of %s where it is looked for, and says so', async (shell, file) => {
    const lines = SCRIPTS[shell].split('\n').length - 1;
    expect(await install(shell, '--yes')).toEqual({
      status: 0,
      stdout: '',
      stderr: `${inHome(file)}: new, ${lines} lines\ncompletion for ${shell} is installed: start a new shell\n`,
    });
    expect(readFileSync(inHome(file), 'utf8')).toBe(SCRIPTS[shell]);
    expect(readdirSync(path.dirname(inHome(file)))).toHaveLength(1);
    expect((await install(shell, '--yes')).stderr).toBe(`completion for ${shell} is installed already\n`);
  });

  it('keeps what is in .zshrc, its mode and an earlier block in its place', async () => {
    const rc = inHome('.zshrc');
    writeFileSync(rc, 'export EDITOR=vi', { mode: 0o640 });
    const first = await install('zsh', '--yes');
    expect(first.stderr).toContain(`${rc}: changed\n  + # >>> rollcall completion >>>\n`);
    const once = readFileSync(rc, 'utf8');
    expect(once).toMatch(
      /^export EDITOR=vi\n# >>> rollcall completion >>>\n.+\nsource '[^']+\.zsh'\n# <<< rollcall completion <<<\n$/,
    );
    expect(statSync(rc).mode & 0o777).toBe(0o640);
    expect((await install('zsh', '--yes')).stderr).toBe('completion for zsh is installed already\n');
    writeFileSync(rc, `${once.replace('source', 'source old')}alias ll='ls -l'\n`);
    await install('zsh', '--yes');
    expect(readFileSync(rc, 'utf8')).toBe(`${once}alias ll='ls -l'\n`);
  });

  it('writes nothing unasked, nor through a link', async () => {
    const unasked = await install('bash');
    expect(unasked.status).toBe(2);
    expect(unasked.stderr).toContain('hint: rollcall completion install --shell bash --yes\n');
    expect(existsSync(inHome('.local'))).toBe(false);
    const ask = {
      text: async () => '',
      secret: async () => '',
      confirm: async () => false,
      choose: async () => Promise.reject(new Error('nothing is to be chosen')),
    };
    const refused = await runProgram('completion install --shell bash', { env: { HOME: home }, ask });
    expect(refused.stderr).toMatch(/: new, \d+ lines\nnothing was changed\n$/);
    expect(existsSync(inHome('.local'))).toBe(false);
    writeFileSync(inHome('dotfile'), '');
    symlinkSync(inHome('dotfile'), inHome('.zshrc'));
    const linked = await install('zsh', '--yes');
    expect(linked.status).toBe(2);
    expect(linked.stderr).toContain('.zshrc is a link, and is not changed\n');
    expect(lstatSync(inHome('.zshrc')).isSymbolicLink()).toBe(true);
    expect(readFileSync(inHome('dotfile'), 'utf8')).toBe('');
  });

  it('takes the shell of SHELL, and names those that there are', async () => {
    const run = (SHELL: string) => runProgram('completion install --yes', { env: { HOME: home, SHELL } });
    expect((await run('/usr/bin/fish')).status).toBe(0);
    expect(await run('/bin/tcsh')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: there is no script for tcsh\nhint: name one with --shell: bash, zsh, fish, powershell\n',
    });
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'] as const)('completion %s prints the script', async (shell) => {
    expect((await runProgram(['completion', shell])).stdout).toBe(SCRIPTS[shell]);
  });
});
