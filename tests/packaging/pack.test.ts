import { copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { FORMATS, type Format } from '../../src/cli/output/formats.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { SQLITE_PACKAGE } from '../../src/repositories/sqlite-driver.ts';
import { postgres } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';
import { commandNames, lineOf, type Place } from './command-lines.ts';
import { loadedParts } from './packed-parts.ts';
import { type Ended, exec, installPacked, type RunOptions } from './packed-program.ts';

const dir = tempDir();
const server = postgres();
let rollcall: string;
let lab: Lab;
let other: Lab;
let database: string;
let first: Ended;

beforeAll(async () => {
  rollcall = await installPacked(dir);
  lab = await startLab({ nodes: 2, vms: 4, containers: 2 });
  other = await startLab({ nodes: 1, vms: 1, containers: 0, seed: 2 });
  database = path.join(dir, 'packed.db');
  first = await run(['discover-all', '--quiet']);
}, 600_000);
afterAll(async () => {
  await lab.close();
  await other.close();
});

function env(file: string): Record<string, string> {
  return { ...lab.env(), PROXMOX_VE_NAME: 'lab', OTHER: secretOf(other), DATABASE_URL: `file:${file}` };
}

function vmidOf(kind: 'qemu' | 'lxc'): string {
  return String(lab.guests().find((guest) => guest.kind === kind)?.vmid);
}

const secretOf = ({ token }: Lab) => token.slice(token.indexOf('=') + 1);
const tokenIdOf = ({ token }: Lab) => token.slice(0, token.indexOf('='));

function run(args: readonly string[], options: Omit<RunOptions, 'cwd'> = {}): Promise<Ended> {
  return exec(rollcall, args, { cwd: dir, ...options, env: { ...env(database), ...options.env } });
}

describe('what `npm pack` makes, installed in an empty folder', () => {
  it('takes the roll of a cluster', async () => {
    expect(first).toEqual({ status: 0, stdout: '', stderr: '' });
    const list = await run(['list-vms', '-o', 'json']);
    expect(JSON.parse(list.stdout)).toHaveLength(lab.guests().filter(({ kind }) => kind === 'qemu').length);
    expect(statSync(database).mode & 0o777).toBe(0o600);
  });

  it('brings neither the prisma CLI nor a compiler, and one SQLite driver', () => {
    const modules = readdirSync(path.join(dir, 'empty/node_modules'));
    expect(modules).not.toContain('prisma');
    expect(modules).not.toContain('typescript');
    expect(modules.filter((name) => name.startsWith('better-sqlite3'))).toContain(SQLITE_PACKAGE);
  });

  it('says the same in YAML as in JSON', async () => {
    const [json, yaml] = await Promise.all(['json', 'yaml'].map((format) => run(['list-vms', '-o', format])));
    expect(parseYaml(yaml?.stdout ?? '')).toEqual(JSON.parse(json?.stdout ?? ''));
  });
});

const NAMES = await commandNames();

describe('every command in every format', () => {
  const places = new Map<Format, Place>();

  beforeAll(async () => {
    for (const format of FORMATS) {
      const folder = path.join(dir, format);
      mkdirSync(folder);
      copyFileSync(database, path.join(folder, 'rollcall.db'));
      const credential = ['--token-id', tokenIdOf(other), '--secret', 'env:OTHER'];
      places.set(format, {
        dir: folder,
        vm: vmidOf('qemu'),
        container: vmidOf('lxc'),
        elsewhere: ['--endpoint', other.url, '--fingerprint', other.fingerprint, ...credential],
      });
    }
  });

  it.each(NAMES)(
    '%s',
    async (name) => {
      const printed = await Promise.all(
        [...places].map(async ([format, place]) => {
          const { args, until } = lineOf(name, place);
          const file = path.join(place.dir, 'rollcall.db');
          const options = { cwd: place.dir, env: env(file), ...(until && { until }) };
          const ended = await exec(rollcall, [...args, '-o', format], options);
          expect({ name, format, ...ended }).toMatchObject({ status: 0, stderr: expect.not.stringContaining('bug') });
          return { format, ended, isParsed: until === undefined };
        }),
      );
      // Commands that change a setting have no result; they say what they did on standard error.
      const isSilent = printed.every(({ ended }) => ended.stdout === '');
      for (const { format, ended, isParsed } of printed) {
        if (format !== 'name') expect(ended.stdout + ended.stderr).not.toBe('');
        if (isParsed && !isSilent) expectFormat(format, ended.stdout);
      }
    },
    120_000,
  );
});

loadedParts(() => ({
  dir,
  rollcall,
  postgresUrl: server.url,
  env: env(database),
  other: { url: other.url, tokenId: tokenIdOf(other), secret: secretOf(other) },
  run,
}));

/** What is printed can be read by those whom the format is for. */
function expectFormat(format: Format, text: string): void {
  if (format === 'json') expect(JSON.parse(text)).toBeInstanceOf(Object);
  else if (format === 'yaml') expect(parseYaml(text)).toBeInstanceOf(Object);
  else if (format === 'csv') expect(text).toMatch(/^[\w%]+(,[\w%]+)*\n/);
  else if (format === 'name') expect(text).toMatch(/^(\S+\n)*$/);
}
