import { beforeAll, describe, expect, it } from '@jest/globals';
import { openWorld, type World } from '../helpers/world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await world.rollcall('discover-all');
  world.clock.advance(60_000);
  world.lab.as('admin@pve').setConfig(100, { description: 'x' });
  await world.rollcall('discover-all');
});

const AGE = 'lab: as of just now, complete\n';

describe('filters ignore case', () => {
  it.each([
    ['list-vms --node PVE1', 'list-vms --node pve1'],
    ["list-vms --node 'PVE*' --status RUNNING", 'list-vms --status running'],
    ['list-containers --pool PROD', 'list-containers --pool prod'],
    ['list-guests --tag PROD', 'list-guests --tag prod'],
    ['list-guests --name WEB-01', 'list-guests --name web-01'],
    ['list-nodes --status Online', 'list-nodes --status online'],
    ['list-storage --type NFS --node PVE2', 'list-storage --type nfs --node pve2'],
    ["list-tasks --type 'QM*' --user ROOT@PAM", "list-tasks --type 'qm*' --user root@pam"],
    ['show-changes --by ADMIN@pve --path DESCRIPTION', 'show-changes --by admin@pve --path description'],
    ['show-changes --by Unknown --kind Changed', 'show-changes --by unknown --kind changed'],
  ])('%s', async (line, same) => {
    const rows = (await world.rollcall(`${line} -o json`)).rows;
    expect(rows).toEqual((await world.rollcall(`${same} -o json`)).rows);
    if (!line.includes('Unknown')) expect(rows.length).toBeGreaterThan(0);
  });
});

describe('a fixed word that is none ends with status 2 and the nearest one', () => {
  it.each([
    [
      'list-vms --status runing',
      "error: there is no status 'runing'\nhint: did you mean running? there are: running, stopped, suspended, unknown\n",
    ],
    [
      'list-containers --status xyzzy',
      "error: there is no status 'xyzzy'\nhint: there are: running, stopped, suspended, unknown\n",
    ],
    [
      'list-nodes --status online,of*,offlin',
      "error: there is no status 'offlin'\nhint: did you mean offline? there are: online, offline, unknown, maintenance\n",
    ],
  ])('%s', async (line, stderr) => {
    expect(await world.rollcall(line)).toEqual({ status: 2, stdout: '', stderr });
  });

  it('also of a kind of change', async () => {
    const ran = await world.rollcall('show-changes --kind migratd');
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toMatch(
      /^error: `migratd` is no kind of change\nhint: Did you mean migrated\? There is created, /,
    );
  });

  it('but the reason of a suspension is one', async () => {
    expect(await world.rollcall('list-vms --status paused')).toMatchObject({ status: 0, stdout: '' });
  });
});

describe('a name that nothing has is told, with status 0', () => {
  it.each([
    ['list-vms --node pve9', `no virtual machines\n${AGE}no node is called 'pve9'; did you mean pve1?\n`],
    ['list-vms --tag prdo', `no virtual machines\n${AGE}no guest has the tag 'prdo'; did you mean prod?\n`],
    ['list-containers --pool zzz', `no containers\n${AGE}no guest is in a pool called 'zzz'\n`],
    ['list-guests --name wbe-01', `no guests\n${AGE}no guest is called 'wbe-01'; did you mean web-01?\n`],
    ["list-guests --name 'w-*'", `no guests\n${AGE}no guest is called 'w-*'\n`],
    ['list-nodes --name pve9', `no nodes\n${AGE}no node is called 'pve9'; did you mean pve1?\n`],
    ['list-storage --name lcoal', `no storages\n${AGE}no storage is called 'lcoal'; did you mean local?\n`],
    ['list-storage --type nsf', `no storages\n${AGE}no storage has the type 'nsf'; did you mean nfs?\n`],
    ['list-tasks --type qmstrat', `no tasks\n${AGE}no recorded task has the type 'qmstrat'; did you mean qmstart?\n`],
    ['list-tasks --user rooot@pam', `no tasks\n${AGE}no recorded task is by 'rooot@pam'; did you mean root@pam?\n`],
    ['show-changes --by admn@pve', `no changes\n${AGE}no recorded change is by 'admn@pve'; did you mean admin@pve?\n`],
    ['show-changes --path memroy', `no changes\n${AGE}nothing has a field called 'memroy'; did you mean memory?\n`],
  ])('%s', async (line, stderr) => {
    expect(await world.rollcall(line)).toEqual({ status: 0, stdout: '', stderr });
  });

  it('beside the rows that another name finds, in every format, but not when quiet', async () => {
    const ran = await world.rollcall('list-vms --node pve1,pve9 -o name');
    expect(ran).toMatchObject({
      stdout: 'lab/100\nlab/102\n',
      stderr: "no node is called 'pve9'; did you mean pve1?\n",
    });
    expect((await world.rollcall('list-vms --node pve1,pve9 -o json --quiet')).stderr).toBe('');
  });

  it.each(['list-containers --node pve2', 'list-vms --tag test --node pve1', "show-changes --path 'net0' --since 1s"])(
    'not where it is known and other filters leave nothing: %s',
    async (line) => {
      expect((await world.rollcall(line)).stderr).toMatch(new RegExp(`^no [a-z ]+\n${AGE}$`));
    },
  );
});
