import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface ExecOptions {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Called with every piece of standard output. */
  onStdout?: (child: ChildProcess, text: string) => void;
  /** Of a command that does not end by itself: it is told to end when it has printed this, and `meanwhile` is done. */
  until?: RegExp;
  meanwhile?: (printed: string) => Promise<void>;
  /** After it the command is killed. */
  timeoutMs?: number;
}

/** Runs a command to its end, with this environment and no other. */
export function exec(
  command: string,
  args: readonly string[],
  { cwd, env, onStdout, until, meanwhile = async () => undefined, timeoutMs }: ExecOptions,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { cwd, env, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    let isAtWork = false;
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
        if (name === 'stdout') onStdout?.(child, text);
        const printed = output.stdout + output.stderr;
        if (isAtWork || !until?.test(printed)) return;
        isAtWork = true;
        void meanwhile(printed)
          .catch(reject)
          .finally(() => child.kill('SIGTERM'));
      });
    }
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...output }));
  });
}

/** This environment without Jest's settings. */
export function outside(): Record<string, string | undefined> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return env;
}

export interface Installation {
  /** Where `npm install` ran. */
  dir: string;
  /** The program as npm links it. */
  bin: string;
  /** The script behind it. */
  main: string;
  /** Everything in node_modules. */
  packages: readonly string[];
}

/** What `npm pack` makes, installed in an empty folder: by the first test file that asks for it, for all of this run of Jest. */
export async function packedInstallation(): Promise<Installation> {
  const folder = path.join(process.env['ROLLCALL_TEST_RUN'] ?? '', 'packed');
  const installed = path.join(folder, 'installed');
  try {
    mkdirSync(folder);
  } catch {
    // Another test file was first.
    while (!existsSync(installed) && !existsSync(path.join(folder, 'failed'))) await sleep(200);
    return describeInstallation(installed);
  }
  try {
    renameSync(await install(folder), installed);
  } catch (error) {
    writeFileSync(path.join(folder, 'failed'), '');
    throw error;
  }
  return describeInstallation(installed);
}

async function install(folder: string): Promise<string> {
  await npm(root, 'pack', '--ignore-scripts', '--pack-destination', folder);
  const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const empty = path.join(folder, 'empty');
  mkdirSync(empty);
  writeFileSync(path.join(empty, 'package.json'), '{"private":true}');
  await npm(empty, 'install', '--no-audit', '--no-fund', path.join(folder, archive));
  return empty;
}

async function npm(cwd: string, ...args: readonly string[]): Promise<void> {
  expect(await exec('npm', args, { cwd, env: outside() })).toMatchObject({ status: 0 });
}

function describeInstallation(dir: string): Installation {
  const modules = path.join(dir, 'node_modules');
  const bin = path.join(modules, '.bin/rollcall');
  const packages = readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(path.join(modules, name)).map((one) => `${name}/${one}`) : name,
    );
  return { dir, bin, main: realpathSync(bin), packages };
}
