import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
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
  /** After it the command is killed. */
  timeoutMs?: number;
}

/** Runs a command to its end, with this environment and no other. */
export function exec(
  command: string,
  args: readonly string[],
  { cwd, env, onStdout, timeoutMs }: ExecOptions,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { cwd, env, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
        if (name === 'stdout') onStdout?.(child, text);
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

/** What `npm pack` makes, installed in an empty folder. */
export async function installPacked(dir: string): Promise<Installation> {
  const packed = await exec('npm', ['pack', '--ignore-scripts', '--pack-destination', dir], {
    cwd: root,
    env: outside(),
  });
  expect(packed).toMatchObject({ status: 0 });
  const [archive = ''] = readdirSync(dir).filter((name) => name.endsWith('.tgz'));
  const empty = path.join(dir, 'empty');
  mkdirSync(empty);
  writeFileSync(path.join(empty, 'package.json'), '{"private":true}');
  const installed = await exec('npm', ['install', '--no-audit', '--no-fund', path.join(dir, archive)], {
    cwd: empty,
    env: outside(),
  });
  expect(installed).toMatchObject({ status: 0 });
  const modules = path.join(empty, 'node_modules');
  const bin = path.join(modules, '.bin/rollcall');
  const packages = readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(path.join(modules, name)).map((one) => `${name}/${one}`) : name,
    );
  return { dir: empty, bin, main: realpathSync(bin), packages };
}
