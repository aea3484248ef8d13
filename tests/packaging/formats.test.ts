import { copyFileSync, cpSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { EXIT } from '../../src/cli/exit-status.ts';
import { FORMATS, type Format } from '../../src/cli/output/formats.ts';
import { tempDir } from '../helpers/temp.ts';
import { ACTING, CONTINUING, commandNames, FINDING_COMMANDS, lineOf, type Place } from './command-lines.ts';
import { exec } from './installation.ts';
import { openPackedWorld, type PackedWorld, tokenIdOf } from './packed-world.ts';

const dir = tempDir();
const ALL = await commandNames();
/** They have forms of their own, without -o. */
const EXPORTS = ALL.filter((name) => name.startsWith('export '));
const BILLING_EXPORT = 'billing export';
const SCRIPTS = ALL.filter((name) => name.startsWith('completion ') && name !== 'completion install');
const ELSEWHERE = [...EXPORTS, ...SCRIPTS, BILLING_EXPORT, ...Object.keys(ACTING), ...CONTINUING];
const NAMES = ALL.filter((name) => !ELSEWHERE.includes(name));
let world: PackedWorld;

beforeAll(async () => {
  world = await openPackedWorld(dir);
}, 600_000);

describe('what `npm pack` makes, installed in an empty folder', () => {
  it('takes the roll of a cluster', async () => {
    const { first, lab, run } = world;
    expect(first).toEqual({ status: 0, stdout: '', stderr: '' });
    const list = await run(['list-vms', '-o', 'json']);
    expect(JSON.parse(list.stdout)).toHaveLength(lab.guests().filter(({ kind }) => kind === 'qemu').length);
    expect(statSync(path.join(dir, 'rollcall.db')).mode & 0o777).toBe(0o600);
  });

  it('brings neither the prisma CLI nor a compiler, and the SQLite driver of this Node', () => {
    const { packages } = world.installation;
    expect(packages).not.toContain('prisma');
    expect(packages).not.toContain('typescript');
    expect(packages).toContain('better-sqlite3');
  });

  it('says the same in YAML as in JSON', async () => {
    const printed = ['json', 'yaml'].map((format) => world.run(['list-vms', '-o', format]));
    const [json, yaml] = await Promise.all(printed);
    expect(parseYaml(yaml?.stdout ?? '')).toEqual(JSON.parse(json?.stdout ?? ''));
  });
});

describe('every command in every format', () => {
  const places = new Map<Format, Place>();

  beforeAll(async () => {
    const { lab, other, run } = world;
    // The last admin stays: the others may be disabled and removed beside it.
    expect((await run(['users', 'add', 'root'])).status).toBe(0);
    const vmidOf = (kind: 'qemu' | 'lxc') => String(lab.guests().find((guest) => guest.kind === kind)?.vmid);
    const trust = ['--endpoint', other.url, '--fingerprint', other.fingerprint];
    for (const format of FORMATS) {
      const folder = path.join(dir, format);
      mkdirSync(folder);
      copyFileSync(path.join(dir, 'rollcall.db'), path.join(folder, 'rollcall.db'));
      cpSync(path.join(dir, 'config'), path.join(folder, 'config'), { recursive: true });
      places.set(format, {
        dir: folder,
        vm: vmidOf('qemu'),
        container: vmidOf('lxc'),
        elsewhere: [...trust, '--token-id', tokenIdOf(other), '--secret', 'env:OTHER'],
      });
    }
  });

  it.each(NAMES)(
    '%s',
    async (name) => {
      const printed = await Promise.all(
        [...places].map(async ([format, place]) => {
          const { args, until } = lineOf(name, place);
          const options = { cwd: place.dir, env: world.env(place.dir), ...(until && { until }) };
          const ended = await exec(world.installation.bin, [...args, '-o', format], options);
          const { status, stderr } = ended;
          const expected = FINDING_COMMANDS.includes(name) ? EXIT.deviating : EXIT.done;
          const isFine = { format, status: expected, stderr: expect.not.stringContaining('this is a bug') };
          expect({ format, status, stderr }).toEqual(isFine);
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

describe('commands that change guests', () => {
  const folder = path.join(dir, 'acting');
  const rollcall = (...args: string[]) => exec(world.installation.bin, args, { cwd: folder, env: world.env(folder) });

  beforeAll(async () => {
    const { other } = world;
    mkdirSync(folder);
    const trust = ['--endpoint', other.url, '--fingerprint', other.fingerprint, '--token-id', tokenIdOf(other)];
    const allow = 'power,snapshot,config,backup,migrate,clone,create,destroy';
    const added = await rollcall('providers', 'add', 'acted', ...trust, '--secret', 'env:OTHER', '--allow', allow);
    expect(added).toMatchObject({ status: 0 });
    expect(await rollcall('discover-all', '--provider', 'acted', '--quiet')).toMatchObject({ status: 0 });
  }, 120_000);

  it.each(Object.entries(ACTING))(
    '%s shows its plan in every format, and sends nothing',
    async (name, args) => {
      const { other } = world;
      other.clearRequests();
      for (const format of FORMATS) {
        const ended = await rollcall(...name.split(' '), ...args, '--dry-run', '-o', format);
        // A plan may be refused: the guest has no such snapshot, the cluster no such node.
        expect([EXIT.done, EXIT.failed, EXIT.denied]).toContain(ended.status);
        expect(ended.stderr).not.toContain('this is a bug');
        if (ended.stdout !== '') expectFormat(format, ended.stdout);
      }
      expect(other.writes).toEqual([]);
    },
    120_000,
  );

  it('act, put a plan aside and apply it, follow it, and have it in the history', async () => {
    const plan = path.join(folder, 'plan.json');
    expect(await rollcall('stop', 'acted/100', '--plan-out', plan)).toMatchObject({ status: 0 });
    expect(await rollcall('apply', plan, '--yes', '--no-wait')).toMatchObject({ status: 0 });
    const [operation] = JSON.parse((await rollcall('operations', 'list', '-o', 'json')).stdout) as { id: string }[];
    const id = operation?.id ?? '';
    expect(await rollcall('operations', 'follow', id)).toMatchObject({ status: 0 });
    expect((await rollcall('operations', 'resume', id)).stderr).toContain('has ended already');
    const changes = await rollcall('show-changes', '--operation', id, '-o', 'json');
    expect(JSON.parse(changes.stdout)).toMatchObject([{ vmid: 100, path: 'status', after: 'stopped', operation: id }]);
    expect(await rollcall('verify')).toMatchObject({ status: 0 });
  }, 120_000);
});

it.each(EXPORTS)('%s', async (name) => {
  const file = path.join(dir, 'exported');
  expect(await world.run([...name.split(' '), '--file', file])).toMatchObject({ status: 0, stdout: '' });
  expect(statSync(file).size).toBeGreaterThan(0);
});

it.each(['csv', 'sql', 'json'])(`${BILLING_EXPORT} as %s`, async (format) => {
  expect(await world.run([...BILLING_EXPORT.split(' '), '--format', format])).toMatchObject({ status: 0 });
});

it.each(SCRIPTS)('%s', async (name) => {
  const { status, stdout } = await world.run(name.split(' '));
  expect(status).toBe(0);
  expect(stdout).toContain('rollcall');
});

/** What is printed can be read by those whom the format is for. */
function expectFormat(format: Format, text: string): void {
  if (format === 'json') expect(JSON.parse(text)).toBeInstanceOf(Object);
  else if (format === 'yaml') expect(parseYaml(text)).toBeInstanceOf(Object);
  else if (format === 'csv') expect(text).toMatch(/^[\w%]+(,[\w%]+)*\n/);
  else if (format === 'name') expect(text).toMatch(/^(\S+\n)*$/);
}
