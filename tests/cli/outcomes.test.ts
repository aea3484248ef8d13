import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { openWorld, runProgram } from '../helpers/world.ts';
import { until } from '../watch/processes.ts';

const ESC = String.fromCodePoint(0x1b);

describe('a node that is down', () => {
  it('leaves its guests listed, with their last values, and says what could not be observed', async () => {
    const world = await openWorld({ nodes: 3 });
    await world.rollcall('discover-all');
    world.lab.node('pve2').powerOff();
    world.clock.advance(60_000);

    const sync = await world.rollcall('discover-all');
    expect(sync.status).toBe(EXIT.partial);
    expect(sync.stdout).toMatch(/^lab: \d guests, 1 changed \(partial\)\n/);
    expect(sync.stdout).toMatch(/changed +lab\/pve2 \(node\) +status online → offline/);
    expect(sync.stdout).toMatch(/unseen +\S*pve2/);
    const list = await world.rollcall('list-vms');
    expect(list.stdout).toMatch(/PRESENCE\n/);
    expect(list.stdout).toMatch(/101 {2}mail-02 {3}pve2 {2}running +8 +4 GiB.*unobservable: node pve2 is offline/);
    expect(list.stderr).toMatch(/lab: 1 guest unobservable.*pve2/);
    expect((await world.rollcall('list-vms -o json')).json).toContainEqual(
      expect.objectContaining({
        vmid: 101,
        name: 'mail-02',
        presence: 'unobservable',
        isStale: true,
        lastSeenAt: '2026-11-21T10:00:00.000Z',
      }),
    );
    const status = await world.rollcall('sync-status');
    expect(status.stdout).toMatch(/\nlab:\n(.|\n)*1 guest unobservable: .*pve2/);
    expect((await world.rollcall('discover-all --quiet')).stdout).toBe('');
  });
});

describe('removals that the guard holds back', () => {
  it('are shown with the next step, told everywhere, and recorded with --accept-removals', async () => {
    const world = await openWorld({ vms: 12 });
    await world.rollcall('discover-all');
    world.clock.advance(60_000);
    const admin = world.lab.as('admin@pve');
    for (const { vmid, haState } of world.lab.guests()) if (haState !== null) admin.setHa(vmid, null);
    for (const { vmid, kind, power } of world.lab.guests().filter(({ config }) => config['template'] === undefined)) {
      if (kind === 'qemu' && vmid < 106) {
        if (power !== 'stopped') admin.stop(vmid);
        admin.destroy(vmid);
      }
    }
    // Without the tasks there is no evidence but their absence.
    world.lab.faults.add({ match: /GET \/.*(tasks|log)/, effect: { kind: 'empty-list' } });

    const held = await world.rollcall('discover-all');
    expect(held.status).toBe(EXIT.guarded);
    expect(held.stdout).toMatch(/held +lab\/100/);
    expect(held.stderr).toMatch(/hint: .*--accept-removals/);
    expect((await world.rollcall('list-vms')).stderr).toMatch(/removals held back/);
    expect((await world.rollcall('sync-status')).stdout).toMatch(/removal of 100 \S+ held back since/);

    const accepted = await world.rollcall('discover-all --accept-removals');
    expect(accepted.status).toBe(EXIT.done);
    expect(accepted.stdout).toMatch(/removed +lab\/100 /);
    expect((await world.rollcall('list-vms --name nothing')).stdout).toBe('');
    const all = await world.rollcall('list-vms --all');
    expect(all.stdout).toMatch(/100 .* gone/);
  });
});

describe('several providers', () => {
  it('are synced side by side; one that fails does not spoil the others, and the status is the worst', async () => {
    const world = await openWorld();
    const other = await openWorld({ clusterName: 'other', seed: 2, nodes: 1 });
    const token = world.lab.token;
    const env = { PROXMOX_VE_ENDPOINT: undefined, PROXMOX_VE_NAME: undefined, A: token, B: other.lab.token };
    const add = (name: string, url: string, fingerprint: string, reference: string) =>
      world.rollcall(
        [
          'providers',
          'add',
          name,
          '--endpoint',
          url,
          '--fingerprint',
          fingerprint,
          '--token-id',
          'root@pam!lab',
          '--secret',
          reference,
        ],
        { env: { ...env, PROXMOX_VE_CA_FILE: undefined } },
      );
    expect(await add('one', world.lab.url, world.lab.fingerprint, 'env:A')).toMatchObject({ status: EXIT.done });
    expect(await add('two', other.lab.url, other.lab.fingerprint, 'env:B')).toMatchObject({ status: EXIT.done });

    const both = await world.rollcall('discover-all', { env });
    expect(both).toMatchObject({ status: EXIT.done, stdout: expect.stringMatching(/^one: [\s\S]+\n\ntwo: /) });
    expect((await world.rollcall('list-vms', { env })).stdout).toMatch(/^PROVIDER +VMID/);
    expect((await world.rollcall('list-vms --provider two -o name', { env })).stdout).toMatch(/^(two\/\d+\n)+$/);

    await other.lab.close();
    const half = await world.rollcall('discover-all -o json', { env });
    expect(half.status).toBe(EXIT.unreachable);
    expect(half.json).toMatchObject([
      { providerName: 'one', success: true, outcome: 'complete', summary: { total: 4, existing: 4 } },
      { providerName: 'two', success: false, outcome: 'failed', error: { code: 'unreachable', retryable: true } },
    ]);
    expect(half.stderr).toMatch(/^error: two: .+\nhint: /);
    expect((await world.rollcall('sync-status', { env })).stdout).toMatch(
      /two +failed[\s\S]+\ntwo:\n {2}last run failed: /,
    );
    const missing = await world.rollcall('discover-all', { env: { ...env, A: undefined } });
    expect(missing).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(/error: one: the environment variable A is not set/),
    });
  });

  it('that are not named by the environment are a warning', async () => {
    const world = await openWorld();
    await world.rollcall([
      'providers',
      'add',
      'one',
      '--token-id',
      'root@pam!lab',
      '--secret',
      'env:PROXMOX_VE_API_TOKEN',
    ]);
    await world.rollcall(['providers', 'update', 'one', '--secret', 'env:MINE', '--interval', '10m']);
    const env = { PROXMOX_VE_NAME: undefined, PROXMOX_VE_ENDPOINT: 'elsewhere', MINE: world.lab.token };
    const ran = await world.rollcall('discover-all', { env });
    expect(ran).toMatchObject({
      status: EXIT.done,
      stderr: expect.stringMatching(/^warning: PROXMOX_VE_ENDPOINT is set to a server/),
    });
    expect((await world.rollcall('providers list -o wide', { env })).stdout).toMatch(/10 min/);
  });
});

describe('show-changes', () => {
  it('is filtered, counted and filed', async () => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    world.clock.advance(60_000);
    world.lab.as('admin@pve').setConfig(101, { memory: '4096', cores: '2' });
    world.clock.advance(60_000);
    await world.rollcall('discover-all');
    const changes = async (line: string) => (await world.rollcall(`show-changes ${line} -o json`)).rows;

    expect(await changes('--kind changed')).toHaveLength(2);
    expect(await changes("--path 'mem*' --since 90s")).toMatchObject([
      {
        provider: 'lab',
        vmid: 101,
        path: 'pending.memory',
        before: null,
        after: 4096,
        actor: 'admin@pve',
        token: null,
        source: 'log',
        confidence: 'exact',
      },
    ]);
    expect(await changes('--until 90s --guest 101')).toMatchObject([
      { kind: 'created', path: null, before: null, after: { memory: 8192 } },
    ]);
    expect(await changes('--by admin@pve --limit 1')).toHaveLength(2);
    expect(await world.rollcall('show-changes --provider nobody')).toEqual({
      status: EXIT.failed,
      stdout: '',
      stderr: 'error: there is no provider nobody\nhint: there are: lab\n',
    });
    expect(await world.rollcall('show-changes --since 30s --exit-code')).toMatchObject({ status: EXIT.changed });
    world.clock.advance(60_000);
    expect(await world.rollcall('show-changes --since 1s --exit-code')).toMatchObject({
      status: EXIT.done,
      stdout: '',
    });
    const csv = (await world.rollcall('show-changes --kind changed -o csv')).stdout.split('\n');
    const [first] = await changes('--kind changed');
    // Who asked Rollcall itself is a column where it is asked for.
    const keys = Object.keys(first ?? {}).filter((key) => key !== 'isPruned' && !key.startsWith('operation'));
    expect(csv[0]?.split(',')).toEqual(keys);
    expect((await world.rollcall('show-changes --columns path,after --sort path --kind changed')).stdout).toBe(
      'PATH            AFTER\npending.cores   2\npending.memory  4096\n',
    );
    expect((await world.rollcall('show-changes -o name --kind changed')).stdout).toBe('lab/101\nlab/101\n');
  });
});

describe('a listing', () => {
  it('is sorted in JSON as in a table, and filtered with wildcards', async () => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    const names = async (line: string) => (await world.rollcall(`${line} -o json`)).rows.map(({ name }) => name);
    expect(await names('list-vms --sort -name')).toEqual(['web-01', 'proxy-02', 'app-03']);
    expect(await names("list-vms --name 'w*,APP-0?'")).toEqual(['web-01', 'app-03']);
    expect(await names('list-vms --tag dev --tag prod')).toEqual(['web-01', 'app-03']);
    expect(await names('list-vms --node pve2 --status running')).toEqual(['proxy-02']);
    expect(await names('list-vms --pool nothing')).toEqual([]);
    expect(await names('list-nodes --status online --name pve1')).toEqual(['pve1']);
    expect(await names("list-storage --type 'nfs' --node pve2 --at now")).toEqual(['backup', 'shared']);
    expect(await names('list-nodes --at now --all')).toEqual(['pve1', 'pve2']);
    expect(await names('list-storage --all')).toHaveLength(6);
    const tasks = await world.rollcall(
      'list-tasks --user root@pam --type vzstart --guest 200 --node pve1 --since 2h --until now -o json',
    );
    expect(tasks.json).toMatchObject([{ type: 'vzstart', user: 'root@pam' }]);
    expect((await world.rollcall('list-tasks --failed --running -o name')).status).toBe(EXIT.done);
    expect((await world.rollcall('list-tasks -o wide')).stdout).toMatch(/UPID:pve/);
  });

  it('has colour on a terminal only, and not with --no-color or NO_COLOR', async () => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    const io = { isTTY: true, columns: 100 };
    expect((await world.rollcall('list-vms', { io })).stdout).toContain(`${ESC}[32mrunning${ESC}[39m`);
    expect((await world.rollcall('list-vms --no-color', { io })).stdout).not.toContain(ESC);
    expect((await world.rollcall('list-vms', { io, env: { NO_COLOR: '1' } })).stdout).not.toContain(ESC);
    expect((await world.rollcall('list-vms')).stdout).not.toContain(ESC);
  });

  it('shows what a name holds, and does not obey it', async () => {
    const world = await openWorld();
    world.lab.as('admin@pve').setConfig(100, { description: `${ESC}]0;owned\u0007 \u202egnp.exe` });
    await world.rollcall('discover-all');
    for (const format of ['table', 'json', 'yaml', 'csv']) {
      const { stdout } = await world.rollcall(`show-vm 100 -o ${format}`);
      for (const character of [ESC, '\u0007', '\u202e']) expect(stdout).not.toContain(character);
      expect(stdout).toContain('owned');
    }
  });
});

describe('progress', () => {
  it('is a line on a terminal, and nothing elsewhere or when quiet', async () => {
    const world = await openWorld();
    const io = { isErrTTY: true };
    world.lab.faults.add({ match: /GET .*config/, times: 1, effect: { kind: 'delay', ms: 300 } });
    const shown = await world.rollcall('discover-all', { io });
    expect(shown.stderr).toContain(ESC);
    expect(shown.stderr).toMatch(/lab: /);
    expect(shown.stdout).not.toContain(ESC);
    expect((await world.rollcall('discover-all', { io: { ...io, columns: 0 } })).status).toBe(EXIT.done);
    expect((await world.rollcall('discover-all --quiet', { io })).stderr).toBe('');
    expect((await world.rollcall('discover-all')).stderr).toBe('');
  });
});

describe('an interruption', () => {
  it('ends a run with 130, of which nothing is stored', async () => {
    const world = await openWorld();
    const abort = new AbortController();
    world.lab.faults.add({ match: /GET .*config/, effect: { kind: 'delay', ms: 1000 } });
    const running = world.rollcall('discover-all', { io: { signal: abort.signal } });
    await until('configurations are asked for', () => world.lab.requests.some(({ path }) => path.endsWith('/config')));
    abort.abort();
    expect(await running).toMatchObject({
      status: EXIT.interrupted,
      stdout: '',
      stderr: expect.stringMatching(/^error: .*interrupted.*\nhint: /),
    });
    world.lab.faults.clear();
    expect((await world.rollcall('list-vms')).stdout).toBe('');
    expect((await world.rollcall('discover-all')).status).toBe(EXIT.done);
  });

  it('ends `watch` and `lab` with 0', async () => {
    const world = await openWorld({ clock: () => Date.now() });
    const abort = new AbortController();
    let stdout = '';
    const watched = world.rollcall('watch --interval 1s -o json', {
      io: { signal: abort.signal, clock: () => new Date(), stdout: (text) => (stdout += text) },
    });
    await until('two runs', () => stdout.split('\n').length > 2);
    abort.abort();
    const ran = await watched;
    expect(ran.status).toBe(EXIT.done);
    const lines = stdout.trim().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ providerName: 'lab', outcome: 'complete' });
    expect(ran.stderr).toMatch(
      /^\S+Z info watching 1 provider, every 1 s unless told otherwise, polling for changes every 10 s\n$/,
    );
  });

  it('of a lab ends it; its lines can be read by a shell', async () => {
    const signal = AbortSignal.timeout(400);
    const env = await runProgram('lab --nodes 1 --vms 1 --containers 0 --print-env', { signal });
    expect(env).toMatchObject({
      status: EXIT.done,
      stderr: 'serving 1 nodes, 1 VMs and 0 containers until it is ended\n',
    });
    expect(env.stdout).toMatch(
      /^PROXMOX_VE_ENDPOINT='https:\/\/127\.0\.0\.1:\d+'\nPROXMOX_VE_API_TOKEN='[^']+'\nPROXMOX_VE_CA_FILE='[^']+'\n$/,
    );
    const told = await runProgram('lab --nodes 1 --vms 1', { signal: AbortSignal.abort() });
    expect(told.stdout).toMatch(/^https:\/\/127\.0\.0\.1:\d+\n$/);
    expect(told.stderr).toMatch(/export PROXMOX_VE_ENDPOINT='/);
    const apart = await runProgram('lab --nodes 2 --vms 1 --per-node', { signal: AbortSignal.abort() });
    expect(apart.stderr).toMatch(/^serving 2 nodes \(from 127\.0\.0\.1 on\), 1 VMs/);
  });
});

it('`watch` goes on after a failure, in words', async () => {
  const world = await openWorld();
  await world.rollcall('providers add lab');
  world.lab.faults.add({ match: /GET .*\/version/, times: 1, effect: { kind: 'status', status: 401 } });
  const abort = new AbortController();
  let stdout = '';
  const watched = world.rollcall('watch --retry-after 1s --no-feeds', {
    io: { signal: abort.signal, clock: () => new Date(), stdout: (text) => (stdout += text) },
  });
  await until('it goes on', () => /lab: complete/.test(stdout));
  abort.abort();
  const ran = await watched;
  expect(ran.status).toBe(EXIT.done);
  expect(stdout).toMatch(/lab: failed, .*\n.* lab: complete, 4 guests/);
  expect(ran.stderr).toMatch(/Z error lab: .*\n.*Z warn lab: tried again in 1 s \(failure 1 in a row\)\n/);
});

it('a first run counts what it finds', async () => {
  const world = await openWorld({ vms: 60, containers: 5 });
  const ran = await world.rollcall('discover-all');
  expect(ran.stdout).toBe(
    'lab: 65 guests, 73 first seen (complete)\n  first seen: 2 nodes, 60 virtual machines, 5 containers, 6 storages\n',
  );
});

it('`verify` finds a row that was changed behind its back, and ends with 1', async () => {
  const world = await openWorld();
  await world.rollcall('discover-all');
  expect(await world.rollcall('verify --quiet')).toEqual({ status: EXIT.done, stdout: '', stderr: '' });
  const connection = await openDatabase(world.databaseUrl);
  await connection.db.$executeRawUnsafe(`UPDATE guests SET name = 'other' WHERE vmid = 100`);
  await connection.close();
  const ran = await world.rollcall('verify');
  expect(ran).toMatchObject({
    status: EXIT.failed,
    stdout: expect.stringMatching(/^the history is NOT whole: \d+ problems? in .*\nhead 1:\w{64}\nWHERE +PROBLEM\n/),
    stderr: expect.stringMatching(/^hint: the database was changed/),
  });
  expect(await world.rollcall('verify -o json')).toMatchObject({ status: EXIT.failed, json: { ok: false } });
});

it('providers are listed with their trust, credential and interval', async () => {
  const world = await openWorld();
  const add = (name: string, ...options: string[]) =>
    world.rollcall(['providers', 'add', name, '--no-check', '--endpoint', name, ...options], {
      env: { PROXMOX_VE_CA_FILE: undefined },
    });
  await add('a', '--insecure', '--user', 'root@pam', '--password', 'env:P', '--interval', '5m');
  await add('b', '--fingerprint', 'ab'.repeat(32));
  await add('c');
  const columns = '--columns name,trust,credential,interval,lastRunAt';
  expect(
    (await world.rollcall(`providers list ${columns}`)).stdout,
  ).toBe(`NAME  TRUST                     CREDENTIAL                                     INTERVAL  LAST RUN
a     INSECURE                  user root@pam (env:P)                          5 min     never
b     fingerprint AB:AB:AB:AB…  token root@pam!lab (env:PROXMOX_VE_API_TOKEN)  -         never
c     system CAs                token root@pam!lab (env:PROXMOX_VE_API_TOKEN)  -         never
`);
  expect((await world.rollcall('providers list --provider c,[a-b]')).stderr).toContain('there is no provider [a-b]');
  expect((await world.rollcall('providers list --provider c -o name')).stdout).toBe('c\n');
  expect((await world.rollcall('providers show a')).stdout).toMatch(/cluster +-\nnodes +-\n/);
  expect((await world.rollcall('sync-status -o wide')).stdout).toMatch(/a +never synced +never/);
  expect((await world.rollcall('list-vms')).stderr).toMatch(/^no virtual machines\na: never synced\n/);
  const update = await world.rollcall('providers update b --endpoint x,y --insecure --rename d --token-id a@pve!t');
  expect(update).toEqual({ status: EXIT.done, stdout: '', stderr: 'changed d\n' });
  expect(await world.rollcall('providers show d -o json')).toMatchObject({
    json: {
      name: 'd',
      endpoints: ['https://x:8006', 'https://y:8006'],
      tls: { mode: 'insecure' },
      credential: { tokenId: 'a@pve!t' },
    },
  });
});
