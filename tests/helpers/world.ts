import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { splitCommand } from '../../src/app/config/secret-command.ts';
import { CATALOGUE } from '../../src/cli/catalogue.ts';
import { type Io, run } from '../../src/cli/run.ts';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { databaseAt } from './postgres.ts';

// The program loads these when a command needs them. Loaded at the same time by several commands, Jest's module loader mixes
// them up, so they are loaded here.
import 'croner';
import 'chalk';
import 'cli-table3';
import 'csv-stringify/sync';
import 'ora';
import 'yaml';
import '../../src/cli/command-line.ts';
import '../../src/cli/context.ts';
import '../../src/generated/sqlite/client.ts';
import '../../src/net/inspect-certificate.ts';
import '../../src/providers/proxmox/proxmox-provider.ts';
import '../../src/repositories/maintenance/audit-repository.ts';
import '../../src/repositories/db/database.ts';
import '../../src/repositories/providers/provider-repository.ts';
import '../../src/repositories/maintenance/prune-repository.ts';
import '../../src/repositories/sync/sync-repository.ts';
import '../../src/services/database/database-service.ts';
import '../../src/services/history/history-service.ts';
import '../../src/services/inventory/inventory-service.ts';
import '../../src/services/sync/sync-service.ts';

for (const { load } of Object.values(CATALOGUE).flat()) await load();

/** One command line that was run. */
export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
  /** Standard output parsed; any access fails the test when it is no JSON. */
  readonly json: unknown;
  /** The same, as the rows of a list. */
  readonly rows: readonly Record<string, unknown>[];
}

export interface RunOptions {
  env?: Record<string, string | undefined>;
  io?: Partial<Io>;
}

/** A simulated cluster, a database and the program, all on one clock. */
export interface World {
  lab: Lab;
  dir: string;
  /** Path of the SQLite file, when the tests run on SQLite. */
  database: string;
  /** DATABASE_URL of the program. */
  databaseUrl: string;
  env: Record<string, string | undefined>;
  clock: { now(): Date; advance(ms: number): void };
  rollcall: (line: string | readonly string[], options?: RunOptions) => Promise<Ran>;
}

export const START = new Date('2026-11-21T10:00:00.000Z');

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Everything of it is closed and removed after the test file. */
export async function openWorld(options: LabOptions = {}): Promise<World> {
  let nowMs = START.getTime();
  let ids = 0;
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-world-'));
  const lab = await startLab({ nodes: 2, vms: 3, containers: 1, clock: () => nowMs, ...options });
  closers.push(async () => {
    await lab.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const database = path.join(dir, 'rollcall.db');
  const databaseUrl = await databaseAt(database);
  const env = { ...lab.env(), PROXMOX_VE_NAME: 'lab', DATABASE_URL: databaseUrl };
  return {
    lab,
    dir,
    database,
    databaseUrl,
    env,
    clock: {
      now: () => new Date(nowMs),
      advance: (ms) => {
        nowMs += ms;
      },
    },
    rollcall: (line, extra = {}) =>
      runProgram(line, {
        env: { ...env, ...extra.env },
        cwd: dir,
        clock: () => new Date(nowMs),
        newId: () => `id${String(++ids).padStart(14, '0')}`,
        ...extra.io,
      }),
  };
}

/** Runs the program in this process; its standard output and error are no terminals unless `io` says so. */
export async function runProgram(line: string | readonly string[], io: Partial<Io> = {}): Promise<Ran> {
  const printed = { stdout: '', stderr: '' };
  const status = await run(typeof line === 'string' ? splitCommand(line) : line, {
    stdout: (text) => {
      printed.stdout += text;
    },
    stderr: (text) => {
      printed.stderr += text;
    },
    env: {},
    cwd: os.tmpdir(),
    isTTY: false,
    isErrTTY: false,
    signal: new AbortController().signal,
    clock: () => START,
    newId: () => 'a'.repeat(16),
    ...io,
  });
  const ran = { status, ...printed };
  const json = (): unknown => JSON.parse(printed.stdout);
  // Not enumerable, so that a whole result can be compared.
  return Object.defineProperties(ran, { json: { get: json }, rows: { get: json } }) as Ran;
}
