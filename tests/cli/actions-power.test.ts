import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { ACTOR, type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';

let world: ActingWorld;

beforeEach(async () => {
  world = await openActingWorld({ nodes: 2, vms: 3, containers: 1 });
});

/** What was written, but for logins. */
function written(): string[] {
  return world.lab.writes.filter(({ isLogin }) => !isLogin).map(({ method, path: at }) => `${method} ${at}`);
}

async function stateOf(vmid: number): Promise<unknown> {
  const { rows } = await world.run('list-guests -o json');
  return rows.find((row) => row['vmid'] === vmid)?.['status'];
}

describe('a plan', () => {
  it('says what will be done and sends nothing', async () => {
    const { status, stdout, stderr } = await world.run('shutdown 100 --timeout 60 --force-stop --dry-run');
    expect(stdout.replace(/plan \w+/, 'plan ID')).toBe(
      `plan ID: shutdown, 1 guest
prod/100  web-01  on pve1
  running → stopped
  → POST /nodes/pve1/qemu/100/status/shutdown timeout=60 forceStop=1
  ! stops a running guest
  ! cuts its power if it does not shut down in time
`,
    );
    expect([status, stderr, written()]).toEqual([EXIT.done, 'nothing was sent\n', []]);
  });

  it('is data with -o json', async () => {
    const { json } = await world.run('stop 100 --dry-run -o json --reason why');
    expect(json).toMatchObject({
      format: 1,
      verb: 'stop',
      reason: 'why',
      guests: [
        {
          action: { verb: 'stop' },
          lockVmid: 100,
          subject: { providerName: 'prod', kind: 'qemu', vmid: 100, name: 'web-01', node: 'pve1' },
          calls: [{ verb: 'POST', path: '/nodes/pve1/qemu/100/status/stop', parameters: {}, words: 'stop' }],
          risks: [{ kind: 'hard-stop', text: 'cuts the power of a running guest' }],
        },
      ],
    });
  });

  it('is not carried out where nobody says yes', async () => {
    const { status, stderr } = await world.run('shutdown 100');
    expect([status, written()]).toEqual([EXIT.usage, []]);
    expect(stderr).toBe('error: nobody can be asked here; nothing was sent\nhint: add --yes to carry the plan out\n');
  });

  it('is asked for on a terminal, once, and twice where it is about many', async () => {
    const asked: string[] = [];
    const ask = (answers: boolean[]) => ({
      text: async () => '',
      secret: async () => '',
      choose: async () => Promise.reject(new Error('not asked')),
      confirm: async (message: string) => {
        asked.push(message);
        return answers[asked.length - 1] ?? false;
      },
    });
    expect(await world.run('shutdown 100', { io: { ask: ask([false]) } })).toMatchObject({ status: EXIT.done });
    expect([asked.splice(0), written()]).toEqual([['Carry it out?'], []]);
    await world.run('shutdown 100 101', { io: { ask: ask([true, false]) } });
    expect(asked.splice(0)).toEqual([
      'Carry it out?',
      'it is about 2 of the 4 guests of prod that run. Are all of them meant?',
    ]);
    expect(written()).toEqual([]);
    await world.run('shutdown 100 101', { io: { ask: ask([true, true]) } });
    expect(written()).toHaveLength(2);
  });

  it('of more than a fifth of the running guests needs another word of a script', async () => {
    const { status, stderr } = await world.run('shutdown 100 101 --yes');
    expect([status, written()]).toEqual([EXIT.usage, []]);
    expect(stderr).toContain('error: it is about 2 of the 4 guests of prod that run; nothing was sent');
    expect((await world.run('shutdown 100 101 --yes --many')).status).toBe(EXIT.done);
    expect(written()).toHaveLength(2);
  });
});

describe('an action', () => {
  it('is sent once, followed, and in the history at once', async () => {
    const { status, stdout, stderr } = await world.run("shutdown web-01 --yes --reason 'office move'");
    expect([status, written()]).toEqual([EXIT.done, ['POST /nodes/pve1/qemu/100/status/shutdown']]);
    expect(stdout).toBe(`PROVIDER  VMID  NAME    NODE  SENT      STATE  TOOK
prod       100  web-01  pve1  shutdown  done    0 s
`);
    expect(stderr.replace(/operation \w+/, 'operation ID').replace(/UPID:\S+/, 'UPID')).toBe(
      'operation ID\nweb-01: shutdown  UPID\nweb-01: | TASK OK\nweb-01: done\n',
    );
    expect(await stateOf(100)).toBe('stopped');
    const { rows } = await world.run('show-changes --guest web-01 --since 1d -o json');
    expect(rows.filter(({ path: changed }) => changed === 'status')).toMatchObject([
      { before: 'running', after: 'stopped', actor: 'root@pam', token: 'lab', confidence: 'exact', via: 'qmshutdown' },
    ]);
  });

  it('with the credential for actions, while everything is read with the other', async () => {
    world.lab.clearRequests();
    await world.run('stop 200 --yes');
    const { writes } = world.lab;
    expect(writes.map(({ method, path: at, authid, status }) => [method, at, authid, status])).toEqual([
      ['POST', '/nodes/pve1/lxc/200/status/stop', ACTOR, 200],
    ]);
  });

  it('that is done already is not sent', async () => {
    const { status, stdout, stderr } = await world.run('start 100 --yes');
    expect([status, written()]).toEqual([EXIT.done, []]);
    expect(stdout).toContain('it is running already: nothing is sent');
    expect(stderr).toBe('nothing to do\n');
  });

  it('shows its steps and its author', async () => {
    const ran = await world.run("stop 200 --yes --reason 'CHG-1'");
    const id = /operation (\w+)/.exec(ran.stderr)?.[1] ?? '';
    const { stdout } = await world.run(`operations show ${id}`);
    expect(stdout).toMatch(/operation\s+action of prod/);
    expect(stdout).toMatch(/reason\s+CHG-1/);
    expect(stdout).toMatch(/command\s+rollcall stop 200 --yes --reason CHG-1/);
    expect(stdout).toMatch(/prod\s+200 {2}ct-app-01 {2}pve1 {2}stop {2}done/);
    expect((await world.run(`operations show ${id} -o json`)).json).toMatchObject({
      kind: 'action',
      state: 'done',
      requestedVia: 'cli',
      parameters: { verb: 'stop', reason: 'CHG-1', guests: 1 },
      steps: [{ vmid: 200, state: 'done', calls: [{ words: 'stop', verb: 'POST', outcome: 'ok' }] }],
    });
  });

  it('needs a reason where one is required', async () => {
    const env = { ROLLCALL_REQUIRE_REASON: '1' };
    expect(await world.run('stop 200 --yes', { env })).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringContaining('a reason is required here'),
    });
    expect((await world.run('stop 200 --yes --reason x', { env })).status).toBe(EXIT.done);
  });
});

it('a guest that HA manages is done when it is off, not when HA was asked', async () => {
  const { lab, clock, run } = await openActingWorld({ nodes: 2, vms: 2, containers: 0, haDelayMs: 20_000 });
  lab.as('root@pam').setHa(100, 'started');
  const seen: string[] = [];
  const time = setInterval(() => {
    clock.advance(2_000);
    seen.push(lab.guest(100).power);
  }, 100);
  const { status, stdout, stderr } = await run('shutdown 100 --yes');
  clearInterval(time);
  expect([status, stdout]).toEqual([EXIT.done, expect.stringMatching(/ shutdown {2}done/)]);
  expect(stderr).toContain(':hastop:100:');
  expect([seen.includes('running'), lab.guest(100).power]).toEqual([true, 'stopped']);
});

describe('a guest is left alone', () => {
  it.each([
    [
      'that is locked',
      () => world.lab.as('root@pam').setConfig(100, { lock: 'backup' }),
      'it is locked (backup)',
      EXIT.failed,
    ],
    ['whose cluster has no quorum', () => world.lab.quorum(false), 'the cluster has no quorum', EXIT.failed],
  ])('%s', async (_name, happens, text, expected) => {
    happens();
    const { status, stdout, stderr } = await world.run('stop 100 --yes');
    expect([status, written()]).toEqual([expected, []]);
    expect(stdout).toContain(`✗ ${text}`);
    expect(stderr).toContain(`error: prod/100  web-01: ${text}; nothing was sent`);
  });

  it('whose vmid is another machine by now', async () => {
    const admin = world.lab.as('admin@pve');
    admin.stop(100);
    admin.destroy(100);
    admin.create('qemu', { vmid: 100, name: 'web-01', node: 'pve1' });
    const { status, stderr } = await world.run('start 100 --yes');
    expect([status, written()]).toEqual([EXIT.failed, []]);
    expect(stderr).toMatch(
      /vmid 100 is not the guest of the inventory: qmcreate has run since the last sync; nothing was sent/,
    );
  });

  it('whose provider does not allow it', async () => {
    await world.run('providers update prod --allow none');
    const { status, stderr } = await world.run('stop 100 --yes');
    expect([status, written()]).toEqual([EXIT.denied, []]);
    expect(stderr).toContain('prod does not allow power: it is only read; nothing was sent');
    expect(stderr).toContain('hint: its owner allows it: rollcall providers update prod --allow power');
  });

  it('and the others are done, with --keep-going', async () => {
    world.lab.as('root@pam').setConfig(100, { lock: 'backup' });
    const { status, stderr } = await world.run('stop 100 200 --yes --keep-going');
    expect([status, written()]).toEqual([EXIT.done, ['POST /nodes/pve1/lxc/200/status/stop']]);
    expect(stderr).toContain('warning: prod/100  web-01 is left out: it is locked (backup)');
  });
});

describe('a plan that is put aside', () => {
  const file = () => path.join(world.dir, 'plan.json');

  it('is applied if everything is as it was', async () => {
    expect(await world.run(`stop 100 --plan-out ${file()}`)).toMatchObject({ status: EXIT.done });
    expect([statSync(file()).mode & 0o777, written()]).toEqual([0o600, []]);
    expect(await world.run(`apply ${file()} --yes`)).toMatchObject({ status: EXIT.done });
    expect(written()).toEqual(['POST /nodes/pve1/qemu/100/status/stop']);
  });

  it('has the reason that it was made for, unless another one is given', async () => {
    const env = { ROLLCALL_REQUIRE_REASON: '1' };
    const reasons = async () => (await world.run('operations list -o json')).rows.map(({ parameters }) => parameters);
    await world.run(`stop 100 --reason CHG-1 --plan-out ${file()}`);
    expect(await world.run(`apply ${file()} --yes`, { env })).toMatchObject({ status: EXIT.done });
    expect(await reasons()).toMatchObject([{ reason: 'CHG-1' }]);
    await world.run(`start 100 --reason CHG-1 --plan-out ${file()}.2`);
    expect(await world.run(`apply ${file()}.2 --yes --reason CHG-2`)).toMatchObject({ status: EXIT.done });
    expect(await reasons()).toMatchObject([{ reason: 'CHG-2' }, { reason: 'CHG-1' }]);
  });

  it('and is about a provider that is disabled by now sends nothing', async () => {
    await world.run(`stop 100 --plan-out ${file()}`);
    await world.run('providers disable prod');
    for (const line of [`apply ${file()} --yes`, 'stop 100 --yes', 'stop 100 --dry-run']) {
      const { status, stderr } = await world.run(line);
      expect([status, stderr]).toEqual([EXIT.failed, expect.stringContaining('prod is disabled; nothing was sent')]);
    }
    expect(written()).toEqual([]);
  });

  it('is refused where something is not', async () => {
    await world.run(`stop 100 --plan-out ${file()}`);
    world.lab.as('admin@pve').migrate(100, 'pve2');
    const { status, stderr } = await world.run(`apply ${file()} --yes`);
    expect([status, written()]).toEqual([EXIT.moved, []]);
    expect(stderr).toContain('prod/100  web-01: its node was pve1, and is pve2');
    expect(stderr).toContain('1 of 1 guests are not as they were when the plan was made; nothing was sent');
  });

  it('and edited, directs nothing', async () => {
    await world.run(`stop 100 --plan-out ${file()}`);
    writeFileSync(file(), readFileSync(file(), 'utf8').replaceAll('"vmid": 100', '"vmid": 101'));
    expect(await world.run(`apply ${file()} --yes`)).toMatchObject({ status: EXIT.usage });
    expect(written()).toEqual([]);
  });

  it('does not replace another file', async () => {
    writeFileSync(file(), 'mine');
    expect(await world.run(`stop 100 --plan-out ${file()}`)).toMatchObject({ status: EXIT.usage });
    expect([readFileSync(file(), 'utf8'), existsSync(file())]).toEqual(['mine', true]);
  });
});

describe('--no-wait', () => {
  it('leaves the task to itself; whoever follows it writes down how it ended', async () => {
    const ran = await world.run('stop 100 --yes --no-wait');
    const id = /operation (\w+)/.exec(ran.stderr)?.[1] ?? '';
    expect(ran.stderr).toContain(`rollcall operations follow ${id}`);
    expect((await world.run('operations list -o json')).rows).toMatchObject([{ id, state: 'running' }]);
    expect(await world.run('stop 100 --yes')).toMatchObject({ status: EXIT.done });
    expect(await world.run(`operations follow ${id}`)).toMatchObject({ status: EXIT.done });
    expect((await world.run('operations list -o json')).rows).toMatchObject([{ id, state: 'done' }]);
    expect(written()).toHaveLength(1);
  });
});
