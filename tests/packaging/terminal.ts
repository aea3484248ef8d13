import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { outside } from './installation.ts';

/** util-linux's, which gives a program a terminal; other systems have another one of that name. */
const SCRIPT = '/usr/bin/script';
export const hasTerminals = process.platform === 'linux' && existsSync(SCRIPT);

export interface TerminalOptions {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** When the first pattern appears in what is printed, the first answer is typed, and so on. */
  answers?: readonly (readonly [prompt: RegExp, typed: string])[];
}

/** Runs a command on a terminal. Gives everything that the terminal showed. */
export function onTerminal(
  command: string,
  args: readonly string[],
  { cwd, env, answers = [] }: TerminalOptions,
): Promise<{ status: number | null; shown: string }> {
  const { NO_COLOR: _, CI: __, ...around } = outside();
  const line = [command, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(SCRIPT, ['-qefc', line, '/dev/null'], { cwd, env: { ...around, TERM: 'xterm', ...env } });
    const waiting = [...answers];
    let shown = '';
    let answered = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      const next = waiting[0];
      if (next === undefined || !next[0].test(shown.slice(answered))) return;
      waiting.shift();
      answered = shown.length;
      child.stdin.write(next[1]);
    });
    child.once('error', reject);
    child.once('close', (status) => {
      child.stdin.destroy();
      resolve({ status, shown });
    });
  });
}
