import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { userName } from '../../src/app/user-name.ts';
import { EXIT } from '../../src/cli/exit-status.ts';
import type { SafeText } from '../../src/cli/output/escape.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { ACTION_RIGHTS } from '../../src/types/action.ts';
import { addLine, NO_ENVIRONMENT, secretOf } from '../helpers/stored-provider.ts';
import { openWorld, type World } from '../helpers/world.ts';

// Loaded by the command: see world.ts.
import '../../src/app/api-session.ts';
import '../../src/cli/calls/open-call.ts';
import '../../src/cli/calls/print-answer.ts';
import '../../src/cli/calls/send-call.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld({ taskDurationMs: 0 });
  expect((await rollcall(`${addLine(world, 'lab')} --allow ${LESS.join(',')}`)).status).toBe(EXIT.done);
  await rollcall('discover-all --quiet');
});
beforeEach(() => {
  world.lab.clearRequests();
  world.lab.faults.clear();
});

const LESS = ACTION_RIGHTS.filter((right) => right !== 'api');
const rollcall = (line: string, io = {}) =>
  world.rollcall(`${line} --utc`, { env: { ...NO_ENVIRONMENT, SECRET: secretOf(world.lab.token) }, io });
const writes = () =>
  world.lab.requests.filter(({ method }) => method !== 'GET').map(({ method, path: where }) => `${method} ${where}`);
const recorded = async () => (await rollcall('users log -o json --limit 4')).rows;

describe('a write', () => {
  it('is shown, asked for, sent once, and followed to its end', async () => {
    const asked: string[] = [];
    const ask = {
      confirm: async (message: SafeText) => {
        asked.push(message);
        return true;
      },
    };
    const { status, stdout, stderr } = await rollcall('api create snapshot --guest web-01 snapname=before', { ask });
    expect(stderr.split('\n')).toEqual([
      'CALL       POST /nodes/pve1/qemu/100/snapshot',
      'PROVIDER   lab',
      'ACCOUNT    root@pam!lab',
      'GUEST      web-01 (100)',
      'PARAMETER  snapname=before',
      'ALLOWED    yes (snapshot)',
      'PRIVILEGE  /vms/100 VM.Snapshot',
      'CHECKED    against the API of Proxmox VE 8.4',
      'TASK OK',
      'the task has ended: OK',
      '',
    ]);
    expect({ status, stdout }).toEqual({
      status: EXIT.done,
      stdout: expect.stringMatching(/^UPID:pve1:[^:]+:[^:]+:[^:]+:qmsnapshot:100:root@pam!lab:\n$/),
    });
    expect(asked).toEqual(['Send it?']);
    expect(writes()).toEqual(['POST /nodes/pve1/qemu/100/snapshot']);
    expect(world.lab.guest(100).snapshots).toEqual(['before']);
  });

  it('is not sent where the answer is no, and where nobody can be asked', async () => {
    const line = 'api delete snapshot/before --guest web-01';
    const no = await rollcall(line, { ask: { confirm: async () => false } });
    expect(no).toMatchObject({ status: EXIT.done, stdout: '', stderr: expect.stringMatching(/nothing was sent\n$/) });
    expect(await rollcall(line)).toMatchObject({
      status: EXIT.usage,
      stdout: '',
      stderr: [
        'error: nobody can be asked whether to send DELETE /nodes/pve1/qemu/100/snapshot/before',
        'hint: see what it does with --dry-run, and send it with --yes',
        '',
      ].join('\n'),
    });
    expect(writes()).toEqual([]);
  });

  it('is only shown with --dry-run, without its secrets', async () => {
    writeFileSync(path.join(world.dir, 'password'), 'hunter2\n');
    const line = 'api set config --guest web-01 cipassword=@password memory=4096 --dry-run';
    const { status, stdout, stderr } = await rollcall(line);
    expect({ status, stderr }).toEqual({ status: EXIT.done, stderr: '' });
    expect(stdout.split('\n').map((one) => one.trimEnd())).toEqual([
      'CALL       PUT /nodes/pve1/qemu/100/config',
      'PROVIDER   lab',
      'ACCOUNT    root@pam!lab',
      'GUEST      web-01 (100)',
      'PARAMETER  cipassword=«hidden»',
      'PARAMETER  memory=4096',
      'ALLOWED    yes (config)',
      expect.stringMatching(/^PRIVILEGE {2}\/vms\/100 VM\.Config\.Disk\|/),
      'CHECKED    against the API of Proxmox VE 8.4',
      '',
    ]);
    const { json } = await rollcall(`${line} -o json`);
    expect(json).toEqual({
      provider: 'lab',
      account: 'root@pam!lab',
      verb: 'PUT',
      path: '/nodes/pve1/qemu/100/config',
      parameters: { cipassword: '«hidden»', memory: '4096' },
      guest: 'web-01 (100)',
      rights: ['config'],
      missing: [],
      permission: expect.stringMatching(/^\/vms\/100 VM\.Config\.Disk\|/),
      release: '8.4',
    });
    expect(writes()).toEqual([]);
  });

  it('prints the answer and the task with -o json', async () => {
    const { json, status } = await rollcall('api delete snapshot/before --guest web-01 --yes -o json');
    const upid = expect.stringMatching(/^UPID:pve1:.*:qmdelsnapshot:100:/);
    expect({ status, json }).toEqual({
      status: EXIT.done,
      json: {
        provider: 'lab',
        verb: 'DELETE',
        path: '/nodes/pve1/qemu/100/snapshot/before',
        answer: upid,
        task: { upid, outcome: 'ok', message: 'OK' },
      },
    });
  });

  it('says that it is done where the server answers nothing', async () => {
    const { status, stdout, stderr } = await rollcall('api set config --guest web-01 description=x --yes');
    expect({ status, stdout, stderr }).toEqual({
      status: EXIT.done,
      stdout: '',
      stderr: 'done: PUT /nodes/pve1/qemu/100/config\n',
    });
  });

  it('about a guest is in the history at once, by the account that sent it', async () => {
    await rollcall('api set config --guest web-01 description=told --yes');
    const { rows } = await rollcall('show-changes --guest web-01 --limit 1 -o json');
    const who = { actor: 'root@pam', token: 'lab', confidence: 'exact' };
    expect(rows).toEqual([expect.objectContaining({ ...who, path: 'description', after: 'told' })]);
  });

  it('that makes a guest or removes one leaves neither to the next sync', async () => {
    const names = async () => (await rollcall('list-vms -o json')).rows.map(({ name }) => name);
    await rollcall('api create clone --guest app-03 newid=150 name=copy --yes');
    expect(await names()).toContain('copy');
    await rollcall('api delete . --guest copy --yes');
    expect(await names()).not.toContain('copy');
  });

  it('that is not followed is left to the next sync', async () => {
    const reads = async (more: string) => {
      world.lab.clearRequests();
      await rollcall(`api create snapshot --guest web-01 --yes ${more}`);
      return world.lab.requests.filter(({ path: where }) => where.startsWith('/cluster/resources')).length;
    };
    expect(await reads('snapname=left --no-wait')).toBe(0);
    expect(await reads('snapname=followed')).toBe(1);
  });

  it('whose task fails says why, and fails', async () => {
    const { status, stderr } = await rollcall('api create snapshot/missing/rollback --guest web-01 --yes');
    expect({ status, stderr }).toEqual({
      status: EXIT.failed,
      stderr: expect.stringMatching(/error: the task has ended: .*missing/),
    });
  });

  it('prints the UPID at once with --no-wait', async () => {
    const { stdout, stderr } = await rollcall('api create status/shutdown --guest web-01 --yes --no-wait');
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(/^UPID:pve1:.*:qmshutdown:100:/), stderr: '' });
    expect(world.lab.requests.filter(({ path: where }) => where.includes('/tasks/'))).toEqual([]);
  });

  it('that the server refuses is told as the server says it', async () => {
    const { status, stderr } = await rollcall('api set /nodes/pve1/qemu/999/config memory=512 --yes');
    expect({ status, stderr }).toMatchObject({
      status: EXIT.failed,
      stderr: expect.stringContaining('does not exist'),
    });
  });

  it('of which nobody knows whether it arrived is not sent again', async () => {
    world.lab.faults.add({ match: /^POST .*snapshot/, effect: { kind: 'lose-answer' } });
    const { status, stderr } = await rollcall('api create snapshot --guest web-01 snapname=lost --yes');
    expect({ status, stderr: stderr.split('\n').slice(1) }).toEqual({
      status: EXIT.partial,
      stderr: [
        'nobody knows whether it was done; it is not sent again',
        'hint: look before you repeat it: rollcall api get /nodes/pve1/tasks source=all limit=10 --provider lab',
        '',
      ],
    });
    expect(writes()).toEqual(['POST /nodes/pve1/qemu/100/snapshot']);
    expect((await recorded())[0]).toMatchObject({ action: 'provider.call-end', detail: { outcome: 'unknown' } });
  });

  it('is recorded with who sent it and why, without secrets', async () => {
    await rollcall("api set config --guest web-01 cipassword=@password --yes --reason 'new owner'");
    const where = { verb: 'PUT', path: '/nodes/pve1/qemu/100/config' };
    const who = { account: 'root@pam!lab', guest: 'web-01 (100)' };
    expect((await recorded()).slice(0, 2)).toMatchObject([
      { action: 'provider.call-end', target: 'lab', detail: { ...where, outcome: 'taken', upid: null } },
      {
        action: 'provider.call',
        target: 'lab',
        actor: userName(),
        detail: { ...where, ...who, parameters: { cipassword: '«hidden»' }, reason: 'new owner' },
      },
    ]);
    expect(JSON.stringify(await recorded())).not.toContain('hunter2');
  });
});

describe('a guest whose vmid another machine has', () => {
  it('is read with a warning, and written to not at all', async () => {
    const root = world.lab.as('root@pam');
    root.stop(102);
    root.destroy(102);
    root.create('qemu', { vmid: 102, node: 'pve1', name: 'another' });
    const read = await rollcall('api get config --guest app-03');
    expect(read).toMatchObject({ status: EXIT.done, stderr: expect.stringContaining('may be another machine') });
    const write = await rollcall('api create status/stop --guest app-03 --yes');
    expect({ status: write.status, stderr: write.stderr, writes: writes() }).toEqual({
      status: EXIT.failed,
      stderr: expect.stringMatching(
        /^error: app-03 may be another machine than the inventory has: qmcreate has run since the last sync/,
      ),
      writes: [],
    });
  });
});

it('a guest that an operation has is written to by nobody else', async () => {
  const left = await rollcall('snapshot create web-01 --name first --yes --no-wait');
  const id = /operation (\w+)/.exec(left.stderr)?.[1] ?? '';
  const before = writes().length;
  const refused = await rollcall('api create snapshot --guest web-01 snapname=now --yes');
  expect([refused.status, writes().length]).toEqual([EXIT.failed, before]);
  expect(refused.stderr).toContain(`web-01 is in operation ${id} of `);
  await rollcall(`operations follow ${id}`);
  expect((await rollcall('api create snapshot --guest web-01 snapname=now --yes')).status).toBe(EXIT.done);
});

describe('a credential for actions', () => {
  const act = (tokenId: string, token: string) =>
    rollcallWith(`providers update lab --action-token-id ${tokenId} --action-secret env:ACTING`, secretOf(token));
  const rollcallWith = (line: string, ACTING: string) =>
    world.rollcall(`${line} --utc`, { env: { ...NO_ENVIRONMENT, SECRET: secretOf(world.lab.token), ACTING } });

  it('sends what is written', async () => {
    const token = world.lab.mailToken;
    expect((await act('jane@mail.example@entra!ops', token)).status).toBe(EXIT.done);
    const { stdout } = await rollcallWith('api create snapshot --guest web-01 snapname=jane --yes', secretOf(token));
    expect(stdout).toMatch(/:qmsnapshot:100:jane@mail\.example@entra!ops:\n$/);
  });

  it.each([
    ['api create snapshot --guest web-01 snapname=x --yes', 'lacks VM.Snapshot on /vms/100'],
    ['api set config --guest web-01 memory=512 --yes', 'lacks VM.Config.Disk or '],
    ['api create /nodes/pve1/vzdump vmid=100 --yes', 'may only read'],
    ['api delete /nodes/pve1/qemu/100 --yes --dry-run', 'lacks VM.Allocate on /vms/100'],
  ])('that may only read sends nothing but GETs: %s', async (line, lack) => {
    const token = world.lab.auditorToken;
    await act('rollcall@pve!ro', token);
    const { status, stderr } = await rollcallWith(line, secretOf(token));
    expect({ status, stderr }).toEqual({
      status: EXIT.denied,
      stderr: expect.stringContaining(`rollcall@pve!ro ${lack}`),
    });
    expect(writes()).toEqual([]);
    await rollcall('providers update lab --no-action-credential');
  });
});

describe('a row of the database', () => {
  it('that somebody has changed allows nothing, and leads nowhere', async () => {
    const connection = await openDatabase(world.databaseUrl);
    const before = await connection.db.provider.findFirstOrThrow();
    await connection.db.provider.update({ where: { id: before.id }, data: { allow: [...ACTION_RIGHTS] } });
    for (const line of ['api get /version', 'api create /pools poolid=shop --yes']) {
      const { status, stderr } = await rollcall(line);
      expect({ status, stderr }).toEqual({
        status: EXIT.usage,
        stderr: expect.stringContaining('providers confirm lab'),
      });
    }
    await connection.db.provider.update({ where: { id: before.id }, data: { allow: LESS } });
    await connection.close();
    expect(world.lab.requests).toEqual([]);
  });
});

describe('a world that changes while somebody is asked', () => {
  const answering = (act: () => void) => ({
    ask: {
      confirm: async () => {
        act();
        return true;
      },
    },
  });

  it('is not acted on: the guest has moved', async () => {
    const { node } = world.lab.guest(101);
    const target = node === 'pve1' ? 'pve2' : 'pve1';
    const migrate = () => void world.lab.as('root@pam').migrate(101, target);
    const { status, stderr } = await rollcall('api set config --guest proxy-02 description=x', answering(migrate));
    expect({ status, stderr: stderr.split('\n').slice(-3) }).toEqual({
      status: EXIT.moved,
      stderr: [
        `error: set /nodes/${node}/qemu/101/config would be /nodes/${target}/qemu/101/config now`,
        'hint: nothing was sent; look at it again',
        '',
      ],
    });
    expect(writes()).toEqual([]);
  });

  it('is not acted on: the machine is another one', async () => {
    const replace = () => {
      const root = world.lab.as('root@pam');
      if (world.lab.guest(100).power === 'running') root.stop(100);
      root.destroy(100);
      root.create('qemu', { vmid: 100, node: 'pve1', name: 'web-01' });
    };
    const { status, stderr } = await rollcall('api delete . --guest web-01', answering(replace));
    expect({ status, stderr }).toEqual({
      status: EXIT.failed,
      stderr: expect.stringContaining('error: web-01 may be another machine than the inventory has'),
    });
    expect(writes()).toEqual([]);
    expect(world.lab.guest(100).name).toBe('web-01');
  });
});

describe('a guest that was replaced and has moved', () => {
  it('is told by the tasks of the node that it was on, whatever it says of itself', async () => {
    await rollcall('discover-all --quiet');
    const { node, config } = world.lab.guest(101);
    const root = world.lab.as('root@pam');
    root.setHa(101, null);
    root.stop(101);
    root.clone(101, { newid: 151 });
    root.destroy(101);
    root.clone(151, { newid: 101, name: 'proxy-02' });
    root.setConfig(101, { smbios1: String(config['smbios1']), vmgenid: String(config['vmgenid']) });
    root.migrate(101, node === 'pve1' ? 'pve2' : 'pve1');
    const { status, stderr } = await rollcall('api set config --guest proxy-02 description=x --yes');
    expect({ status, stderr, writes: writes() }).toEqual({
      status: EXIT.failed,
      stderr: expect.stringMatching(
        /^error: proxy-02 may be another machine .*: qmdestroy has run since the last sync/,
      ),
      writes: [],
    });
  });
});

describe('what no right is about', () => {
  it('is refused unless the provider allows api', async () => {
    const line = 'api create /pools poolid=shop --yes';
    expect(await rollcall(line)).toMatchObject({
      status: EXIT.denied,
      stderr: [
        'error: create /pools: lab does not allow api',
        `hint: its owner allows it: rollcall providers update lab --allow ${ACTION_RIGHTS.join(',')}`,
        '',
      ].join('\n'),
    });
    expect(writes()).toEqual([]);
    await rollcall(`providers update lab --allow ${ACTION_RIGHTS.join(',')}`);
    expect(await rollcall(line)).toMatchObject({ status: EXIT.done, stderr: 'done: POST /pools\n' });
  });
});

describe('a server whose certificate is not verified', () => {
  it('is read, and written to not at all', async () => {
    await rollcall('providers update lab --insecure');
    expect((await rollcall('api get /version')).status).toBe(EXIT.done);
    const { status, stderr } = await rollcall('api create /nodes/pve1/qemu/102/status/stop --yes');
    expect({ status, stderr, writes: writes() }).toEqual({
      status: EXIT.unreachable,
      stderr: expect.stringContaining('error: the certificate of lab is not verified'),
      writes: [],
    });
  });
});
