import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { tempDir } from '../helpers/temp.ts';
import { openWorld } from '../helpers/world.ts';
import { hasTerminals, onTerminal } from '../packaging/terminal.ts';

const MAIN = path.join(fileURLToPath(new URL('../..', import.meta.url)), 'dist/bin/rollcall.js');
const dir = tempDir();
const home = path.join(dir, 'home');
const database = path.join(dir, 'rollcall.db');
const typed = path.join(dir, 'typed');

/** Each is the name of a guest, after a number that makes it the only one to begin so. */
const HOSTILE = [
  'a b',
  "it's",
  'say "hi"',
  '$(touch PWNED)',
  '`touch PWNED`',
  'a;touch PWNED',
  'a|touch PWNED',
  'a&touch PWNED&',
  '<(touch PWNED)',
  '$' + '{HOME}',
  '*?[a-z]',
  '{a,b}',
  '~root',
  '!!',
  'back\\slash\\',
  '#comment',
  '%s%n',
  'x=y:z',
  '^a^b',
  'Ünïcödé 日本',
  '(e:"touch PWNED":)',
  'trailing ',
].map((name, index) => `h${String(index + 10)}${name}`);
/** Nobody could type them. */
const UNTYPABLE = ['h50new\nline', 'h51tab\there', 'h52\u001b[31mred', 'h53\u202eflip', '-rf'];

let env: Record<string, string>;
/** Of the kind that the tests run on. */
let other: string;

beforeAll(async () => {
  const world = await openWorld({ vms: HOSTILE.length + UNTYPABLE.length });
  await world.rollcall('discover-all --quiet', { env: { DATABASE_URL: `file:${database}` } });
  await world.rollcall('discover-all --quiet');
  other = world.databaseUrl;
  const db = new Database(database);
  const ids = db.prepare<[], { id: string }>(`SELECT "id" FROM "guests" WHERE "kind" = 'qemu' ORDER BY "vmid"`).all();
  for (const [index, name] of [...HOSTILE, ...UNTYPABLE].entries()) {
    db.prepare('UPDATE "guests" SET "name" = ?, "tags" = ? WHERE "id" = ?').run(
      name,
      JSON.stringify([`t${name}`]),
      ids[index]?.id,
    );
  }
  db.close();
  mkdirSync(path.join(dir, 'bin'));
  mkdirSync(home);
  // Answers shells as the program does, and notes what it is called with otherwise.
  writeFileSync(
    path.join(dir, 'bin/rollcall'),
    `#!/bin/sh\nif [ "$1" = __complete ]; then exec '${process.execPath}' '${MAIN}' "$@"; fi\nprintf '%s\\0' "$@" >>'${typed}'\nprintf '\\1\\0' >>'${typed}'\n`,
    { mode: 0o755 },
  );
  const { NODE_OPTIONS: _, ...outside } = process.env;
  env = {
    PATH: `${dir}/bin:${outside['PATH'] ?? ''}`,
    HOME: home,
    XDG_CONFIG_HOME: `${home}/.config`,
    XDG_DATA_HOME: `${home}/.local/share`,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    DATABASE_URL: `file:${database}`,
  };
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = execFileSync(process.execPath, [MAIN, 'completion', shell], { env });
    writeFileSync(path.join(dir, `completion.${shell}`), script);
  }
}, 60_000);

function isThere(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

/** How each shell starts, and what it prompts with. */
const SHELLS = {
  bash: {
    start: ['--norc', '--noprofile', '-i'],
    setUp: `PS1='P''> '; bind 'set enable-bracketed-paste off'; source '${dir}/completion.bash'\n`,
  },
  zsh: {
    start: ['-f', '-i'],
    setUp: `autoload -Uz compinit; compinit -u -D; source '${dir}/completion.zsh'; PS1='P''> '; PS2='P''> '; unsetopt zle_bracketed_paste\n`,
  },
  fish: {
    start: ['--no-config', '-i'],
    setUp: `function fish_prompt; echo -n 'P''> '; end; set fish_greeting; source '${dir}/completion.fish'\n`,
  },
} as const;

/** What the program was called with for each line, whose tabs are pressed at a terminal. */
async function pressed(shell: keyof typeof SHELLS, lines: readonly string[]): Promise<string[][]> {
  rmSync(typed, { force: true });
  const { start, setUp } = SHELLS[shell];
  const { shown } = await onTerminal('timeout', ['--foreground', '-s', 'KILL', '60', shell, ...start], {
    cwd: home,
    env,
    answers: [[/[$%>#] ?/, setUp], ...[...lines, 'exit'].map((line) => [/P> /, `${line}\n`] as const)],
  });
  if (!existsSync(typed)) throw new Error(shown);
  return readFileSync(typed, 'utf8')
    .split('\u0001\0')
    .slice(0, -1)
    .map((call) => call.split('\0').slice(0, -1));
}

/** What the program answers a shell. */
function answer(args: readonly string[], more: Record<string, string> = {}): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, '__complete', ...args], {
    env: { ...env, ...more },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').slice(0, -1);
}

const BREAKS = ' \t\n"\'@><=;|&(:';

describe.each(['bash', 'zsh', 'fish'] as const)('%s', (shell) => {
  const check = hasTerminals && isThere(shell) ? it : it.skip;

  check('completes hostile names as one word each, and runs nothing of them', async () => {
    // ROLLCALL_SHELLS=all types every name.
    const names = process.env['ROLLCALL_SHELLS'] === 'all' ? HOSTILE : HOSTILE.filter((_, index) => index % 3 === 0);
    const calls = await pressed(
      shell,
      names.map((name) => `rollcall show ${name.slice(0, 3)}\t`),
    );
    expect(calls).toEqual(names.map((name) => ['show', name]));
    expect(existsSync(path.join(home, 'PWNED'))).toBe(false);
  });

  check('completes inside quotation marks, after = and in a list', async () => {
    const [space = '', quote = '', double = '', dollar = ''] = HOSTILE;
    const calls = await pressed(shell, [
      "rollcall show 'h10\t",
      'rollcall show "h13\t',
      "rollcall show 'h11\t",
      'rollcall list-vms --tag=th10\t',
      'rollcall list-vms --tag app,th12\t',
      'rollcall list-vms tag=th10\t',
      "rollcall list-vms 'status=running,tag=th13\t",
      'rollcall list-v\t--stat\trunn\t',
    ]);
    expect(calls).toEqual([
      ['show', space],
      ['show', dollar],
      ['show', quote],
      ['list-vms', `--tag=t${space}`],
      ['list-vms', '--tag', `app,t${double}`],
      ['list-vms', `tag="t${space}"`],
      ['list-vms', `status=running,tag="t${dollar}"`],
      ['list-vms', '--status', 'running'],
    ]);
    expect(existsSync(path.join(home, 'PWNED'))).toBe(false);
  });
});

describe.each(['bash', 'zsh', 'fish'] as const)('%s and the API', (shell) => {
  const check = hasTerminals && isThere(shell) ? it : it.skip;

  check('completes paths segment by segment, names of the inventory in them, and parameters', async () => {
    const calls = await pressed(shell, [
      'rollcall api get /nod\tpve1/qemu/100/conf\t',
      'rollcall api create /nodes/pve1/qem\t/104\tsnaps\t snap\tx',
      'rollcall api set config --guest 100 bio\tov\t',
    ]);
    expect(calls).toEqual([
      ['api', 'get', '/nodes/pve1/qemu/100/config'],
      ['api', 'create', '/nodes/pve1/qemu/104/snapshot', 'snapname=x'],
      ['api', 'set', 'config', '--guest', '100', 'bios=ovmf'],
    ]);
  });
});

describe('an answer', () => {
  it('has no name that cannot be typed', () => {
    const shown = answer(['zsh', 'show', 'h5']);
    expect(shown).toEqual([]);
    expect(answer(['zsh', 'show', '-r'])).toEqual([]);
  });

  it.each([
    [['show', 'h29Ü'], ['+h29Ünïcödé 日本\tvm 119']],
    [['list-vms', 'mem'], ['-memory>\tmemory']],
    [
      ['list-vms', 'template='],
      ['+template=yes\t', '+template=no\t'],
    ],
    [['list-vms', '!status=ru'], ['+!status=running\t']],
    [['list-vms', 'vmid=101,(kind=c'], ['+vmid=101,(kind=container\t']],
    [['list-vms', 'name="h10'], ['+name="h10a b"\tvm 100']],
    [
      ['show', '10', '--a'],
      [
        '+--at\tstate at a past time: 2h, yesterday, monday, "3 days ago", 2026-11-01, "2026-11-01 14:30"',
        '+--all\tinclude resources that are gone',
      ],
    ],
    [['list-nodes', '--columns', 'name,vers'], ['+name,version\t']],
    [['list-vms', '--sort', '-memoryB'], ['+-memoryBytes\t']],
    [['-o', 'y'], ['+yaml\t']],
    [['show', 'node-x', 'more'], []],
    [['list-nodes', 'x'], []],
    [['providers', 'show', 'la'], ['+lab\tproxmox']],
    [
      ['show', 'lab/10'],
      ['+lab/100\tvm 100', '+lab/101\tvm 101'],
    ],
    [['providers', 'update', 'lab', '--allow', 'power,sn'], ['+power,snapshot\t']],
    [['help', 'exi'], ['+exit-codes\t']],
    [['db', 'mig'], ['+migrate\tcreate the database, or bring it up to date']],
    [['db', 'backup', ''], ['!file']],
    [['expect', 'init', '--from', 'status=running,kind=c'], ['+status=running,kind=container\t']],
    [['notify', 'add', 'webhook', 'ops', '--select', 'snapshot.a'], ['-snapshot.age>\tage of any snapshot']],
    [['notify', 'add', 'email', 'ops', '--from', 'sta'], []],
    [['export', 'csv', '--file', ''], ['!file']],
    [['--', '-x'], []],
    [
      ['api', 'get', ''],
      ['-/access/\t', '-/cluster/\t', '-/nodes/\t', '-/pools/\t', '-/storage/\t', '+/version\t'],
    ],
    [
      ['api', 'get', '/nodes/pve'],
      ['-/nodes/pve1/\tnode', '-/nodes/pve2/\tnode'],
    ],
    [['api', 'delete', '/nodes/pve1/qemu/100'], ['-/nodes/pve1/qemu/100/\th10a b']],
    [
      ['api', 'create', '/nodes/pve1/qemu/100/sn'],
      ['+/nodes/pve1/qemu/100/snapshot\t', '-/nodes/pve1/qemu/100/snapshot/\t'],
    ],
    [['api', 'set', '/nodes/pve1/qemu/100/agent'], []],
    [['api', 'get', '--guest', '100', 'st'], ['-status/\t']],
    [
      ['api', 'set', '/nodes/pve1/qemu/100/resize', 'di'],
      ['-disk=\trequired: string', '-digest=\tstring'],
    ],
    [['api', 'set', '/nodes/pve1/qemu/100/resize', 'disk=scsi0', 'di'], ['-digest=\tstring']],
    [
      ['api', 'set', '/nodes/pve1/qemu/100/config', 'onboot='],
      ['+onboot=0\t', '+onboot=1\t'],
    ],
    [['api', 'create', '/nodes/pve1/qemu/100/migrate', 'target=pve2'], ['+target=pve2\tnode']],
    [['api', 'get', '/no/such/path', 'x'], []],
  ])('to %j is %j', (words, wanted) => {
    const shown = answer(['zsh', ...words]);
    expect(shown.slice(0, wanted.length)).toEqual(wanted);
    if (wanted.length < 2) expect(shown).toHaveLength(wanted.length);
  });

  it.each([
    [
      ['list-vms', '--node', ''],
      ['+pve1\tnode', '+pve2\tnode'],
    ],
    [['list-vms', 'tag=ap'], ['+tag=app\t']],
    [['show', 'lab/CT'], ['+lab/ct-web-01\tcontainer 200']],
    [['show', '200'], ['+200\tct-web-01']],
    [['list-vms', 'os=l2'], ['+os=l26\t']],
    [['list-storage', '--name', 'x_%!'], []],
  ])('to %j comes from PostgreSQL as from SQLite', (words, wanted) => {
    expect(answer(['zsh', ...words], { DATABASE_URL: other })).toEqual(wanted);
  });

  it('to bash is what comes behind the last of its word breaks', () => {
    expect(answer(['bash', 'rollcall list-vms tag=th10', BREAKS])).toEqual(['\\"th10a\\ b\\" ']);
    expect(answer(['bash', 'x; A=1 rollcall list-vms status=ru', BREAKS])).toEqual(['running ']);
    expect(answer(['bash', 'rollcall list-vms status=ru', ' \n'])).toEqual(['status=running ']);
    for (const line of ['rollcall show $(h', 'rollcall show `h', "rollcall show $'h", 'rollcall show h\\']) {
      expect(answer(['bash', line, BREAKS])).toEqual([]);
    }
  });

  it('to PowerShell is quoted in its way, with typographic quotation marks doubled', () => {
    const ask = (words: readonly string[]) =>
      answer(['powershell', Buffer.from(JSON.stringify(words)).toString('base64')]).map((line) => line.split('\t')[0]);
    expect(ask(['show', 'h10'])).toEqual(["'h10a b'"]);
    expect(ask(['show', 'h11'])).toEqual(["'h11it''s'"]);
    expect(ask(['show', 'h13'])).toEqual(["'h13$(touch PWNED)'"]);
    expect(ask(['list-v'])).toEqual(['list-vms']);
    expect(answer(['powershell', 'no base64'])).toEqual([]);
  });

  it('has no names, and no noise, of a database that is missing, broken, locked, older or newer', () => {
    const copy = path.join(dir, 'copy.db');
    const names = (url: string) => answer(['zsh', 'show', 'h10'], { DATABASE_URL: url });
    const withCopy = (change: (db: Database.Database) => void) => {
      writeFileSync(copy, readFileSync(database));
      const db = new Database(copy);
      change(db);
      return db;
    };
    expect(names(`file:${database}`)).toHaveLength(1);
    expect(names(`file:${dir}/nosuch/x.db`)).toEqual([]);
    expect(existsSync(path.join(dir, 'nosuch'))).toBe(false);
    expect(names('nonsense')).toEqual([]);
    expect(names('postgresql://127.0.0.1:1/none')).toEqual([]);
    writeFileSync(copy, 'this is no database');
    expect(names(`file:${copy}`)).toEqual([]);
    withCopy((db) => {
      db.exec(`UPDATE "_prisma_migrations" SET "migration_name" = '99990101000000_newer' WHERE "rowid" = 1`);
    }).close();
    expect(names(`file:${copy}`)).toEqual([]);
    withCopy((db) =>
      db.exec('ALTER TABLE "guests" DROP COLUMN "pool"; ALTER TABLE "guests" RENAME "name" TO "title"'),
    ).close();
    expect(names(`file:${copy}`)).toEqual([]);
    const locking = withCopy((db) => {
      db.pragma('journal_mode = DELETE');
      db.exec('BEGIN EXCLUSIVE');
    });
    expect(names(`file:${copy}`)).toEqual([]);
    expect(answer(['zsh', 'show', '--a'], { DATABASE_URL: `file:${copy}` })).toHaveLength(2);
    locking.close();
  });
});
