import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd: string;
  env?: Record<string, string | undefined>;
  /** Of a program that does not end by itself: it is told to end when it has printed this, and `meanwhile` is done. */
  until?: RegExp;
  meanwhile?: (printed: string) => Promise<void>;
}

/** Runs a command to its end, without Jest's settings in its environment. */
export function exec(command: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const { cwd, env = {}, until, meanwhile = async () => undefined } = options;
  const { NODE_OPTIONS: _, ...outside } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...outside, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    let isAtWork = false;
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
        if (isAtWork || !until?.test(output.stdout + output.stderr)) return;
        isAtWork = true;
        meanwhile(output.stdout + output.stderr)
          .catch(reject)
          .finally(() => child.kill('SIGTERM'));
      });
    }
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...output }));
  });
}

/** What `npm pack` makes, installed in an empty folder; gives the path of the program. */
export async function installPacked(dir: string): Promise<string> {
  await npm(root, 'pack', '--ignore-scripts', '--pack-destination', dir);
  const [archive = ''] = readdirSync(dir).filter((name) => name.endsWith('.tgz'));
  const empty = path.join(dir, 'empty');
  mkdirSync(empty);
  writeFileSync(path.join(empty, 'package.json'), '{"private":true}');
  await npm(empty, 'install', '--no-audit', '--no-fund', path.join(dir, archive));
  return path.join(empty, 'node_modules/.bin/rollcall');
}

async function npm(cwd: string, ...args: string[]): Promise<void> {
  const { status, stderr } = await exec('npm', args, { cwd });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with status ${status}: ${stderr}`);
}

/** util-linux's, which gives a program a terminal; other systems have another one of that name. */
const SCRIPT = '/usr/bin/script';
export const hasTerminals = process.platform === 'linux' && existsSync(SCRIPT);

/**
 * Runs a command on a terminal. When the first pattern appears in what it prints, the first answer is typed, and so on. Gives
 * everything that the terminal showed.
 */
export function onTerminal(
  command: string,
  args: readonly string[],
  { cwd, env = {}, answers = [] }: RunOptions & { answers?: readonly (readonly [prompt: RegExp, typed: string])[] },
): Promise<{ status: number | null; shown: string }> {
  const { NODE_OPTIONS: _, NO_COLOR: __, CI: ___, ...outside } = process.env;
  const line = [command, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(SCRIPT, ['-qefc', line, '/dev/null'], { cwd, env: { ...outside, TERM: 'xterm', ...env } });
    const waiting = [...answers];
    let shown = '';
    let seen = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      const next = waiting[0];
      if (next?.[0].test(shown.slice(seen))) {
        waiting.shift();
        seen = shown.length;
        child.stdin.write(next[1]);
      }
    });
    child.once('error', reject);
    child.once('close', (status) => {
      child.stdin.destroy();
      resolve({ status, shown });
    });
  });
}
