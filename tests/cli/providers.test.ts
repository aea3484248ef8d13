import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { startLab } from '../../src/lab/lab.ts';
import { addLine, NO_ENVIRONMENT, quiet, secretOf } from '../helpers/stored-provider.ts';
import { openWorld, type World } from '../helpers/world.ts';

describe('providers add', () => {
  it('connects, stores who it found, and refuses the same cluster under another name', async () => {
    const world = await openWorld();
    const rollcall = quiet(world);
    expect(await rollcall(addLine(world, 'prod'))).toMatchObject({
      status: EXIT.done,
      stderr: 'stored prod: cluster lab, 2 nodes\n',
    });
    const [row] = (await rollcall('providers list -o json')).rows;
    expect(row).toMatchObject({
      name: 'prod',
      clusterName: 'lab',
      identity: {
        clusterName: 'lab',
        nodeNames: ['pve1', 'pve2'],
        rootCa: expect.stringMatching(/^([0-9A-F]{2}:){31}/),
      },
      credential: { secretRef: 'env:SECRET' },
    });
    expect(await rollcall(addLine(world, 'again'))).toEqual({
      status: EXIT.usage,
      stdout: '',
      stderr:
        'error: cluster lab is provider prod already; again was not stored\n' +
        `hint: to give it another address: rollcall providers update prod --endpoint ${world.lab.url}\n`,
    });
    expect((await rollcall(addLine(world, 'blind', '--no-check'))).stderr).toMatch(
      /^error: this address is provider prod/,
    );
    expect((await rollcall(addLine(world, 'prod'))).stderr).toMatch(/^error: there is a provider prod already\n/);
    expect((await rollcall('discover-all -o json')).rows).toMatchObject([
      { providerName: 'prod', outcome: 'complete' },
    ]);
  });

  it('takes clusters that have the same names, nodes and vmids', async () => {
    const world = await openWorld();
    const others = [
      await startLab({ nodes: 2, vms: 3, containers: 1 }),
      await startLab({ nodes: 2, vms: 3, containers: 1 }),
    ];
    const rollcall = quiet(world);
    try {
      for (const [index, { url, fingerprint, token }] of [world.lab, ...others].entries()) {
        const added = await world.rollcall(
          `providers add c${index} --endpoint ${url} --token-id root@pam!lab --secret env:S --fingerprint ${fingerprint}`,
          { env: { ...NO_ENVIRONMENT, S: secretOf(token) } },
        );
        expect(added).toMatchObject({ status: EXIT.done });
      }
      expect((await rollcall('providers list -o name')).stdout).toBe('c0\nc1\nc2\n');
    } finally {
      for (const lab of others) await lab.close();
    }
  });

  it('refuses an unknown certificate without a terminal, with the command that trusts it', async () => {
    const world = await openWorld();
    const rollcall = quiet(world);
    const ran = await rollcall(addLine(world, 'prod', ''));
    expect(ran).toMatchObject({ status: EXIT.unreachable, stdout: '' });
    expect(ran.stderr).toContain(
      `the certificate of ${world.lab.url} is not trusted: it comes from an unknown authority`,
    );
    expect(ran.stderr).toContain(`seen SHA-256 ${world.lab.fingerprint}`);
    const [, command = ''] = /then: rollcall (.*)\n/.exec(ran.stderr) ?? [];
    expect(command).toContain(`--fingerprint ${world.lab.fingerprint}`);
    expect(await rollcall(command)).toMatchObject({ status: EXIT.done, stderr: expect.stringMatching(/^stored prod/) });
  });

  it('stores nothing of what cannot be reached or logged in to, unless it is told to', async () => {
    const world = await openWorld();
    const rollcall = quiet(world);
    const dead = 'providers add dead --endpoint 127.0.0.1:1 --token-id a@pve!b --secret env:SECRET';
    expect(await rollcall(dead)).toMatchObject({
      status: EXIT.unreachable,
      stderr: expect.stringMatching(/--no-check stores it without a connection\n$/),
    });
    const wrong = `providers add wrong --endpoint ${world.lab.url} --fingerprint ${world.lab.fingerprint} --token-id root@pam!lab`;
    expect(await rollcall(`${wrong} --secret env:HOME`)).toMatchObject({ status: EXIT.usage });
    const env = { ...NO_ENVIRONMENT, SECRET: '00000000-0000-0000-0000-000000000000' };
    expect(await world.rollcall(`${wrong} --secret env:SECRET`, { env })).toMatchObject({ status: EXIT.denied });
    expect((await rollcall('providers list -o name')).stdout).toBe('');
    expect(await rollcall(`${dead} --no-check`)).toEqual({
      status: EXIT.done,
      stdout: '',
      stderr: 'stored dead; check it with `rollcall providers test dead`\n',
    });
  });

  it.each([
    [
      'a secret itself',
      'x --endpoint x --token-id a@pve!b --secret hunter2-hunter2',
      /^error: --secret is not a reference to a secret/,
    ],
    [
      'no secret',
      'x --endpoint x --token-id a@pve!b',
      /^error: --token-id is given without --secret\nhint: .*file:\/path/,
    ],
    ['interval and cron', "x --interval 5m --cron '* * * * *'", /^error: --interval and --cron contradict each other/],
    ['no whole minutes', 'x --interval 90s', /^error: '90s' is no whole number of minutes/],
    [
      'no cron expression',
      "x --cron '61 * * * *'",
      /^error: '61 \* \* \* \*' is no cron expression\nhint: write five fields/,
    ],
    ['a cron expression with seconds', "x --cron '* * * * * *'", /is no cron expression/],
    ['a day that never comes', "x --cron '0 0 30 2 *'", /^error: '0 0 30 2 \*' never comes/],
  ])('refuses %s', async (_name, line, stderr) => {
    const ran = await (await shared()).rollcall(`providers add ${line}`, { env: NO_ENVIRONMENT });
    expect(ran).toMatchObject({ status: EXIT.usage, stdout: '', stderr: expect.stringMatching(stderr) });
    expect(ran.stderr).not.toContain('hunter2');
  });
});

let opened: Promise<World> | undefined;

/** With the provider `lab`, as the environment describes it. */
async function shared(): Promise<World> {
  opened ??= openWorld().then(async (world) => {
    await world.rollcall('discover-all');
    return world;
  });
  return opened;
}

describe('--provider', () => {
  it.each([
    'list-nodes',
    'list-vms',
    'list-containers',
    'list-storage',
    'list-tasks',
    'list-vms --at 1s',
    'show-vm 100',
    'show-container 200',
    'show-changes',
    'sync-status',
    'discover-all',
    'discover-vms',
    'discover-containers',
    'discover-storage',
    'discover-tasks',
    'discover-nodes',
    'watch',
    'doctor',
    'providers list',
    'providers test',
  ])('%s says which there are when none is called so', async (line) => {
    const world = await shared();
    const ran = await world.rollcall(`${line} --provider lba`);
    expect(ran.stderr + ran.stdout).toMatch(/there is no provider lba/);
    expect(ran.stderr).toMatch(/did you mean lab\?/);
    expect(ran.status).toBe(EXIT.failed);
  });

  it.each([
    ['list-vms -o name', 'lab/100\nlab/101\nlab/102\n'],
    ['list-containers -o name', 'lab/200\n'],
    ['sync-status -o name', 'lab\n'],
    ['providers list -o name', 'lab\n'],
  ])('%s takes wildcards', async (line, stdout) => {
    expect(await (await shared()).rollcall(`${line} --provider 'l?*'`)).toMatchObject({ status: EXIT.done, stdout });
  });

  it.each([
    ['verify', 'verify takes no --provider: the history of all providers is one chain'],
    ['prune', 'prune takes no --provider: the history of all providers is one chain'],
    ['db status', 'db status takes no --provider: it is about the whole database'],
    ['lab', 'lab takes no --provider: it starts a cluster and reads none'],
    ['providers show', 'providers show takes the name of the provider as an argument, not with --provider'],
  ])('is refused by %s', async (line, message) => {
    const ran = await (await shared()).rollcall(`${line} --provider lab ${line.startsWith('providers') ? 'lab' : ''}`);
    expect(ran).toMatchObject({
      status: EXIT.usage,
      stdout: '',
      stderr: expect.stringContaining(`error: ${message}\n`),
    });
  });

  it('has to name one with each pattern', async () => {
    expect((await (await shared()).rollcall('list-vms --provider lab --provider nope')).stderr).toMatch(
      /^error: there is no provider nope\n/,
    );
  });
});

describe('a schedule', () => {
  it('is an interval, or a cron expression in place of it, and may be off', async () => {
    const world = await shared();
    const schedule = async (line: string) => {
      expect(await world.rollcall(`providers update lab ${line}`)).toMatchObject({ status: EXIT.done });
      const [row] = (await world.rollcall('providers list -o json')).rows;
      return [row?.['schedule'], (await world.rollcall('providers show lab')).stdout.match(/^interval +(.*)$/m)?.[1]];
    };
    expect(await schedule('--interval 5m')).toEqual([
      { autoDiscover: true, discoverInterval: 5, discoverCron: null },
      '5 min',
    ]);
    expect(await schedule("--cron '*/10 * * * *'")).toEqual([
      { autoDiscover: true, discoverInterval: null, discoverCron: '*/10 * * * *' },
      '*/10 * * * *',
    ]);
    expect(await schedule('--no-auto-discover')).toMatchObject([
      { autoDiscover: false, discoverCron: '*/10 * * * *' },
      'off',
    ]);
    expect(await schedule('--interval 1h --auto-discover')).toEqual([
      { autoDiscover: true, discoverInterval: 60, discoverCron: null },
      '1 h',
    ]);
    expect(await schedule('--interval off')).toEqual([
      { autoDiscover: true, discoverInterval: null, discoverCron: null },
      '-',
    ]);
  });
});

describe('a disabled provider', () => {
  it('is left out by commands that talk, refused by name, and still listed', async () => {
    const world = await openWorld();
    const rollcall = quiet(world);
    await rollcall(addLine(world, 'prod'));
    await rollcall('discover-all');
    await rollcall('providers add other --endpoint 127.0.0.1:1 --token-id a@pve!b --secret env:SECRET --no-check');
    expect(await rollcall('providers disable other')).toMatchObject({
      status: EXIT.done,
      stderr: 'disabled other; `rollcall providers enable other` undoes it\n',
    });
    expect((await rollcall('discover-all -o json')).rows).toMatchObject([{ providerName: 'prod' }]);
    for (const line of ['discover-all --provider other', 'providers test other', 'watch --provider other']) {
      expect(await rollcall(line)).toMatchObject({
        status: EXIT.usage,
        stderr: 'error: provider other is disabled\nhint: rollcall providers enable other\n',
      });
    }
    expect((await rollcall("discover-all --provider '*' -o json")).rows).toMatchObject([{ providerName: 'prod' }]);
    await rollcall('providers disable prod');
    expect((await rollcall('discover-all')).stderr).toMatch(/^error: no provider is enabled: other, prod\n/);
    expect((await rollcall('list-vms -o name')).stdout).toBe('prod/100\nprod/101\nprod/102\n');
    expect((await rollcall('providers list --columns name,state')).stdout).toBe(
      'NAME   STATE\nother  disabled\nprod   disabled\n',
    );
    expect(await rollcall('providers enable prod')).toMatchObject({ stderr: 'enabled prod\n' });
    expect((await rollcall('discover-all')).status).toBe(EXIT.done);
    expect((await rollcall('providers enable nope')).stderr).toMatch(/^error: there is no provider nope\n/);
  });
});
