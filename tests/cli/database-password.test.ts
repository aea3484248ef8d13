import { describe, expect, it } from '@jest/globals';
import { hasPassword } from '../../src/app/config/database-location.ts';
import { CATALOGUE } from '../../src/cli/catalogue.ts';
import { runProgram } from '../helpers/world.ts';

const WARNING =
  'warning: --db has a password, which other users of this machine can see in the process list\n' +
  'hint: set DATABASE_URL instead\n';
/** Nobody listens there. */
const SERVER = '127.0.0.1:1/rollcall';

/** What a command needs beside its name, to get as far as the database. */
const NEEDS: Readonly<Record<string, string>> = {
  db: 'status',
  providers: 'list',
  prune: '--keep 1d',
  notify: 'list',
  findings: 'show x',
  accounts: 'list',
  panel: 'list',
  billing: 'list',
  operations: 'list',
  users: 'list',
  tokens: 'list',
  serve: '--listen 127.0.0.1:0',
  ...Object.fromEntries(
    ['start', 'shutdown', 'stop', 'reboot', 'reset', 'suspend', 'resume'].map((verb) => [verb, '100']),
  ),
  set: '100 memory=512',
  tag: '100 +a',
  migrate: '100 --to pve2',
  'move-disk': '100 scsi0 --storage s',
  'resize-disk': '100 scsi0 +1G',
  apply: 'plan.json',
  snapshot: 'list',
  backup: '100 --storage s',
  restore: '100 --from last',
  template: '100',
  destroy: '100',
  api: 'get /nodes',
  export: 'csv',
  expect: 'init --from tag=a',
  start: '100',
  shutdown: '100',
  stop: '100',
  reboot: '100',
  reset: '100',
  suspend: '100',
  resume: '100',
  clone: '100',
  create: 'vm --name a',
  completion: 'bash',
  history: '100',
  show: '100',
  'show-host': '100',
  'show-vm': '100',
  'show-container': '100',
};

describe('a password in --db', () => {
  const names = Object.values(CATALOGUE).flatMap((entries) => entries.map(({ name }) => name));
  const lines = names
    .filter((name) => name !== 'lab')
    .map((name) => (NEEDS[name] === undefined ? name : `${name} ${NEEDS[name]}`));

  it.each(lines)('is warned of once by %s, and is not shown', async (line) => {
    const { stderr, stdout } = await runProgram(`${line} --db postgresql://user:hunter2@${SERVER}`);
    expect(stderr.startsWith(WARNING)).toBe(true);
    expect(stderr.split('--db has a password')).toHaveLength(2);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('is not warned of in DATABASE_URL, where there is none, and with --quiet', async () => {
    const DATABASE_URL = `postgresql://user:hunter2@${SERVER}`;
    expect((await runProgram('list-vms', { env: { DATABASE_URL } })).stderr).not.toContain('password, which');
    expect((await runProgram(`list-vms --db postgresql://user@${SERVER}`)).stderr).not.toContain('password, which');
    expect((await runProgram(`list-vms --quiet --db ${DATABASE_URL}`)).stderr).not.toContain('password, which');
  });

  it.each([
    ['postgresql://u:p@h/d', true],
    ['postgres://u:p@h:5432/d?sslmode=require', true],
    ['postgresql://u:p@/d?host=/run/postgresql', true],
    ['postgresql://u@h/d?password=p', true],
    ['postgresql://u:p%@h:port/d', true],
    ['postgresql://u@h/d', false],
    ['postgresql://u@/d?host=/run/postgresql', false],
    ['file:/var/lib/rollcall.db', false],
  ])('is found in %s: %s', (url, expected) => expect(hasPassword(url)).toBe(expected));
});
