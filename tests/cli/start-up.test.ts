import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openLifecycle } from '../../src/app/open-lifecycle.ts';
import { openHistory, openInventory } from '../../src/app/open-services.ts';
import type { Connection } from '../../src/repositories/db/connection.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { tempDir } from '../helpers/temp.ts';
import { openWorld, type World } from '../helpers/world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const recorder = path.join(root, 'tests/helpers/record-modules.mjs');
const main = path.join(root, 'dist/bin/rollcall.js');
/** Which modules are in each file of the program. */
const parts: Record<string, string[]> = JSON.parse(readFileSync(path.join(root, 'dist/parts.json'), 'utf8'));
const dir = tempDir();
const database = path.join(dir, 'rollcall.db');

interface Loaded {
  files: string[];
  /** Modules below src. */
  own: string[];
  packages: string[];
}

/** The modules that the built program loads for a command line. */
async function loadedBy(args: readonly string[], env: World['env'] = {}): Promise<Loaded> {
  const record = path.join(dir, 'modules.txt');
  rmSync(record, { force: true });
  const { NODE_OPTIONS: _, ...outside } = process.env;
  await promisify(execFile)(process.execPath, ['--import', recorder, main, ...args], {
    env: { ...outside, ...env, RECORD_MODULES: record, DATABASE_URL: `file:${database}` },
  });
  const loaded = [...new Set(readFileSync(record, 'utf8').trim().split('\n'))];
  const files = loaded.filter((file) => file.startsWith(`${root}dist/`)).map((file) => path.basename(file));
  const inputs = files.flatMap((file) => parts[file] ?? []);
  const packages = [...loaded, ...inputs].flatMap(
    (file) => /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
  );
  return {
    files,
    own: inputs.filter((file) => file.startsWith('src/')).map((file) => file.slice('src/'.length)),
    packages: [...new Set(packages)].toSorted(),
  };
}

/** Of better-sqlite3 itself, which brings others in each of its releases. */
const DRIVER = ['@prisma/debug', '@prisma/driver-adapter-utils', 'better-sqlite3'];
const NEVER = ['@prisma/client', 'axios', 'chalk', 'cli-table3', 'ora', 'pg', 'zod'];

let world: World;

beforeAll(async () => {
  world = await openWorld({ nodes: 2, vms: 20, containers: 2 });
  await world.rollcall('discover-all --quiet', { env: { DATABASE_URL: `file:${database}` } });
}, 60_000);

describe('what the program loads, cold', () => {
  it('--version: nothing but itself', async () => {
    const { own, packages } = await loadedBy(['--version']);
    expect(packages).toEqual([]);
    expect(own.length).toBeLessThanOrEqual(4);
  });

  it.each(['--help', 'help'])('%s: commander, and a dozen modules of its own', async (option) => {
    const { own, packages } = await loadedBy([option]);
    expect(packages).toEqual(['commander']);
    expect(own.length).toBeLessThanOrEqual(14);
  });

  it.each([
    ['list-vms', 92],
    ['list-vms -o json', 92],
    ['show-changes', 97],
    ['sync-status', 88],
    ['show-vm --help', 32],
  ])('%s: neither a client of Proxmox nor of Prisma, and at most %i modules of its own', async (line, most) => {
    const { own, packages } = await loadedBy(line.split(' '));
    expect(packages.filter((name) => NEVER.includes(name))).toEqual([]);
    if (!line.includes('--help')) expect(packages).toEqual(expect.arrayContaining(DRIVER));
    expect(own.filter((file) => /^(?:api|lab|providers|generated\/(?:sqlite|postgresql))\//.test(file))).toEqual([]);
    expect(own.filter((file) => file.startsWith('cli/commands/lab') || file.startsWith('cli/watch/'))).toEqual([]);
    expect(own.length).toBeLessThanOrEqual(most);
  });

  it('discover-all: what asks a cluster, and no client of Prisma', async () => {
    const { own, packages } = await loadedBy(['discover-all', '--quiet'], world.env);
    expect(packages).toEqual(expect.arrayContaining(['axios', 'zod', ...DRIVER]));
    expect(packages.filter((name) => name.startsWith('@prisma/client'))).toEqual([]);
    expect(own.filter((file) => /^generated\/(?:sqlite|postgresql)\//.test(file))).toEqual([]);
  });
});

describe('the files of the program', () => {
  it('are few', async () => {
    expect((await loadedBy(['list-vms'])).files.length).toBeLessThanOrEqual(58);
    const { files, packages } = await loadedBy(['discover-all', '--help']);
    expect(files.length).toBeLessThanOrEqual(37);
    expect(packages.filter((name) => NEVER.includes(name))).toEqual([]);
  });

  it('hold what a run needs, and not what axios would need to send requests by itself', () => {
    const inputs = Object.values(parts).flat();
    expect(inputs).toContain('node_modules/axios/lib/core/Axios.js');
    expect(
      inputs.filter((file) => /follow-redirects|form-data|mime-db|adapters\/(?:http|fetch)\.js/.test(file)),
    ).toEqual([]);
  });
});

describe('what answers cost the database', () => {
  let connection: Connection;
  const sent: string[] = [];

  beforeAll(async () => {
    connection = await openDatabase(`file:${database}`, { onStatement: (sql) => sent.push(sql) });
  });
  afterAll(() => connection.close());

  it.each([
    ['list-vms', 5, async () => openInventory(connection).listGuests({ kinds: ['qemu', 'vm'] })],
    ['list-nodes', 4, async () => openInventory(connection).listNodes()],
    ['list-storage', 4, async () => openInventory(connection).listStorages()],
    ['sync-status of one cluster', 7, async () => openInventory(connection).syncStatus()],
    ['show-changes', 2, async () => (await openHistory(connection)).listChanges({ limit: 50 })],
    ['list-lifecycle', 11, async () => (await openLifecycle(connection)).warnings(new Date())],
    ['show-vm', 12, async () => (await openHistory(connection)).showGuest('100', {})],
  ])('%s: %i, and none that writes', async (_name, count, ask) => {
    sent.splice(0);
    await ask();
    expect(sent.filter((sql) => !/^\s*(?:SELECT|WITH)\b/.test(sql))).toEqual([]);
    expect(sent).toHaveLength(count);
  });
});
