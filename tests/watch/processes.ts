import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';
import type { Lab } from '../../src/lab/lab.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { addSealed } from '../helpers/sealed-provider.ts';

export const main = fileURLToPath(new URL('../../dist/bin/rollcall.js', import.meta.url));

export type Env = Record<string, string | undefined>;

/** The built program in a process of its own. */
export interface Program {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Asks it to end. */
  terminate(): void;
  /** Exit status, or null when it was killed. */
  ended: Promise<number | null>;
}

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
  }
});

/** Starts it; what still runs after the test file is killed. `before`: a program that starts it, with its arguments. */
export function start(args: readonly string[], env: Env, before: readonly string[] = []): Program {
  if (!existsSync(main)) throw new Error('build first: npm run build');
  const { NODE_OPTIONS: _, ...outside } = process.env;
  const [command = '', ...rest] = [...before, process.execPath, main, ...args];
  const child = spawn(command, rest, { env: { ...outside, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  running.add(child);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      running.delete(child);
      resolve(status);
    });
  });
  const terminate = () => {
    // unshare(1) keeps SIGTERM from what it started.
    const inner =
      before.length === 0 ? '' : readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    if (inner === '') child.kill('SIGTERM');
    else process.kill(Number(inner), 'SIGTERM');
  };
  return { child, terminate, stdout: () => output.stdout, stderr: () => output.stderr, ended };
}

/** Runs it to its end. */
export async function finish(args: readonly string[], env: Env) {
  const program = start(args, env);
  const status = await program.ended;
  return { status, stdout: program.stdout(), stderr: program.stderr() };
}

/** Waits until something holds; throws with what it last was. The time bounds what hangs: a busy machine takes long. */
export async function until(what: string, holds: () => unknown, timeoutMs = 120_000): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < endMs) {
    last = await holds();
    if (last) return;
    await sleep(100);
  }
  throw new Error(`not within ${timeoutMs / 1000} s: ${what} (last: ${String(last)})`);
}

/**
 * What makes the program believe that it is on another machine: process numbers of its own. Empty where this is not permitted.
 */
export function elsewhere(): readonly string[] {
  const command = ['unshare', '--pid', '--fork', '--kill-child=KILL'];
  const { status } = spawnSync(command[0] ?? '', [...command.slice(1), 'true']);
  return status === 0 ? command : [];
}

/** Stores a provider for each lab (`lab0`, `lab1`, …), and gives what a program needs to sync them. */
export async function withProviders(labs: readonly Lab[], databaseUrl: string): Promise<Env> {
  const env: Env = { DATABASE_URL: databaseUrl };
  const connection = await openDatabase(databaseUrl);
  for (const [i, lab] of labs.entries()) {
    const { PROXMOX_VE_API_TOKEN: token = '', PROXMOX_VE_CA_FILE: caFile = '' } = lab.env();
    const [tokenId = '', secret] = token.split('=');
    env[`SECRET_${i}`] = secret;
    const credential = { kind: 'token', tokenId, secretRef: `env:SECRET_${i}` } as const;
    const tls = { mode: 'ca', caFile } as const;
    await addSealed(connection, { name: `lab${i}`, type: 'proxmox', endpoints: [lab.url], tls, credential });
  }
  await connection.close();
  return env;
}
