import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { dateParameter, placeholder } from '../../src/repositories/db/dialect.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { type Behaviour, type Receiver, startReceiver } from '../helpers/receiver.ts';
import { openWorld, type World } from '../helpers/world.ts';
import { start, until } from '../watch/processes.ts';

interface Told {
  title: string;
  kinds: string[];
}

async function open(options: Parameters<typeof openWorld>[0], ...filters: readonly string[]) {
  const world = await openWorld(options);
  const receiver = await startReceiver();
  await world.rollcall('discover-all');
  const target = ['--url', receiver.url, '--allow-private'];
  expect(await world.rollcall(['notify', 'add', 'webhook', 'ops', ...target, ...filters])).toMatchObject({ status: 0 });
  return { world, receiver };
}

/** Five minutes later. */
async function sync(world: World, line = 'discover-all') {
  world.clock.advance(300_000);
  return world.rollcall(line);
}

function told(receiver: Receiver): Told[] {
  return receiver.received.splice(0).map(({ json }) => {
    const { title, events } = json as { title: string; events: { kind: string }[] };
    return { title, kinds: events.map(({ kind }) => kind) };
  });
}

describe('of guests', () => {
  let world: World;
  let receiver: Receiver;

  beforeAll(async () => {
    ({ world, receiver } = await open({}));
  });

  it('tells of a change of the state and of another field as two events in one message', async () => {
    const admin = world.lab.as('admin@pve');
    admin.stop(100);
    admin.setConfig(100, { description: 'off for the winter' });
    await sync(world);
    expect(told(receiver)).toEqual([
      { title: 'lab/100 web-01: changed: description; status running → stopped', kinds: ['changed', 'state'] },
    ]);
  });

  it('tells of new guests and of removed ones', async () => {
    const admin = world.lab.as('admin@pve');
    admin.clone(100, { newid: 120, name: 'copy' });
    await sync(world);
    expect(told(receiver)).toEqual([{ title: 'lab/120 copy: cloned', kinds: ['new'] }]);
    admin.destroy(120);
    await sync(world);
    expect(told(receiver)).toEqual([{ title: 'lab/120 copy: removed', kinds: ['removed'] }]);
  });

  it('tells nothing of a run without changes', async () => {
    await sync(world);
    expect(told(receiver)).toEqual([]);
  });

  it('tells nothing while it is paused, and all of it afterwards', async () => {
    expect((await world.rollcall('notify pause ops')).stderr).toBe(
      'paused ops; `rollcall notify resume ops` goes on where it stopped\n',
    );
    world.lab.as('admin@pve').setConfig(101, { description: 'one' });
    await sync(world);
    expect((await world.rollcall('notify list -o json')).rows).toMatchObject([{ name: 'ops', state: 'paused' }]);
    world.lab.as('admin@pve').setConfig(102, { description: 'two' });
    await sync(world);
    expect(told(receiver)).toEqual([]);
    expect((await world.rollcall('notify resume ops')).stderr).toBe('resumed ops\n');
    expect((await world.rollcall('notify run')).stdout).toBe(
      'NOTIFIER  NEW  DELIVERED  FAILED  NEXT  ERROR\nops         2          2       0  -     -\n',
    );
    expect(told(receiver).map(({ title }) => title.replace(/ .*:/, ''))).toEqual([
      'lab/101 description',
      'lab/102 description',
    ]);
  });

  it('drops what happened in a pause, if that is wanted', async () => {
    await world.rollcall('notify pause ops');
    world.lab.as('admin@pve').setConfig(101, { description: 'three' });
    await sync(world);
    expect((await world.rollcall('notify resume ops --from-now')).stderr).toBe('resumed ops, from now on\n');
    await world.rollcall('notify run');
    expect(told(receiver)).toEqual([]);
  });

  it('keeps a log', async () => {
    const { stdout } = await world.rollcall('notify log --limit 2 --utc');
    expect(stdout).toBe(
      [
        'WHEN                 NOTIFIER  STATE      ATTEMPTS  MESSAGE',
        '2026-11-21 10:30:00  ops       delivered         1  lab/102 app-03: changed: description',
        '2026-11-21 10:30:00  ops       delivered         1  lab/101 proxy-02: changed: description',
        '',
      ].join('\n'),
    );
    expect((await world.rollcall('notify log ops --state failed')).stderr).toBe('no message has been made yet\n');
  });
});

describe('of imported guests', () => {
  it('tells which connection leads nowhere', async () => {
    const { world, receiver } = await open({ containers: 0 }, '--kind', 'import-gone');
    world.env['HOME'] = world.dir;
    const admin = world.lab.as('admin@pve');
    admin.stop(100);
    admin.setConfig(100, { ipconfig0: 'ip=10.0.0.100/24' });
    await sync(world);
    expect(await world.rollcall('import-hosts 100 --user admin --yes')).toMatchObject({ status: 0 });
    if (world.lab.guest(100).haState !== null) admin.setHa(100, null);
    admin.destroy(100);
    admin.destroy(admin.clone(101, { newid: 130 }));
    await sync(world);
    expect(told(receiver)).toEqual([{ title: 'lab/100 web-01: gone, and imported as web-01', kinds: ['import-gone'] }]);
  });
});

describe('of many guests', () => {
  it('sends one message for a run, with the counts and the first ten', async () => {
    const { world, receiver } = await open({ vms: 15, containers: 0 }, '--batch-over', '3');
    const admin = world.lab.as('admin@pve');
    for (const vmid of [100, 101, 102]) admin.setConfig(vmid, { description: 'three' });
    await sync(world);
    expect(told(receiver)).toHaveLength(3);
    for (const { vmid } of world.lab.guests()) admin.setConfig(vmid, { description: 'all' });
    admin.clone(100, { newid: 200, name: 'copy' });
    await sync(world);
    const [request, ...others] = receiver.received.splice(0);
    expect(others).toEqual([]);
    if (request === undefined) throw new Error('nothing arrived');
    const { title, counts, total, events, text } = request.json as Record<string, unknown> & {
      events: unknown[];
      text: string;
    };
    expect({ title, counts, total }).toEqual({
      title: 'lab: 16 guests: 15 changed, 1 new',
      counts: { changed: 15, new: 1 },
      total: 16,
    });
    expect(events).toHaveLength(10);
    expect(text.split('\n').slice(-1)).toEqual(['and 6 more events']);
  });
});

describe('filters', () => {
  it.each([
    [['--select', 'vmid=101'], ['lab/101']],
    [
      ['--select', '!tag=none,vmid<101'],
      ['lab/100', 'lab/100'],
    ],
    [['--kind', 'state'], ['lab/100']],
    [
      ['--path', 'desc*'],
      ['lab/100', 'lab/101'],
    ],
    [['--path', 'status'], ['lab/100']],
    [['--by', 'root@*'], ['lab/101']],
    [['--by', 'unknown'], []],
    [['--kind', 'removed,new'], []],
    [
      ['--provider', 'lab'],
      ['lab/100', 'lab/100', 'lab/101'],
    ],
    [['--provider', 'other'], []],
  ] as const)('%j', async (filters, expected) => {
    const { world, receiver } = await open({}, ...filters);
    world.lab.as('admin@pve').stop(100);
    world.lab.as('admin@pve').setConfig(100, { description: 'x' });
    world.lab.as('root@pam').setConfig(101, { description: 'y' });
    await sync(world);
    const refs = receiver.received.flatMap(({ json }) =>
      (json as { events: { guest: { ref: string } }[] }).events.map(({ guest }) => guest.ref),
    );
    expect(refs).toEqual(expected);
  });
});

describe('of syncs', () => {
  it('tells once that a sync fails, and when it works again', async () => {
    const { world, receiver } = await open({});
    const fault = { match: /GET \//, effect: { kind: 'status' as const, status: 401 } };
    world.lab.faults.add(fault);
    for (let run = 0; run < 3; run += 1) await sync(world);
    expect(told(receiver)).toEqual([
      { title: expect.stringMatching(/^lab: the sync fails: .*401/), kinds: ['sync-failed'] },
    ]);
    world.lab.faults.clear();
    await sync(world);
    await sync(world);
    expect(told(receiver)).toEqual([{ title: 'lab: the sync works again', kinds: ['sync-ok'] }]);
  });

  it('tells of a failure among any number of other runs', async () => {
    const { world, receiver } = await open({});
    const connection = await openDatabase(world.databaseUrl);
    const columns = ['startedAt', 'finishedAt', 'outcome', 'providerId', 'trigger', 'requested', 'scopes', 'counts'];
    const names = [...columns, 'warnings'].map((name) => `"${name}"`).join(', ');
    await connection.writer.transaction((tx) =>
      tx.execute(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
        INSERT INTO "sync_runs" ("id", ${names}) SELECT r."id" || '-' || n.i, ${names} FROM "sync_runs" r, n`),
    );
    await connection.close();
    world.lab.faults.add({ match: /GET \//, effect: { kind: 'status' as const, status: 401 } });
    await sync(world);
    expect(told(receiver).map(({ kinds }) => kinds)).toEqual([['sync-failed']]);
  });

  it('is not silenced by a clock that was ahead', async () => {
    const { world, receiver } = await open({});
    const connection = await openDatabase(world.databaseUrl);
    const ahead = dateParameter(connection.provider, new Date(world.clock.now().getTime() + 86_400_000));
    const mark = (index: number) => placeholder(connection.provider, index);
    await connection.writer.transaction((tx) =>
      tx.execute(`UPDATE "notifiers" SET "runsAt" = ${mark(1)}, "createdAt" = ${mark(2)}`, ahead, ahead),
    );
    await connection.close();
    world.lab.faults.add({ match: /GET \//, effect: { kind: 'status' as const, status: 401 } });
    await sync(world);
    expect(told(receiver).map(({ kinds }) => kinds)).toEqual([['sync-failed']]);
    world.clock.advance(60_000);
    expect((await world.rollcall('notify run')).stdout).toMatch(/^ops +0 +0 +0 /m);
  });

  it('tells that the guard holds removals back', async () => {
    const { world, receiver } = await open({ vms: 12 }, '--kind', 'guard');
    const admin = world.lab.as('admin@pve');
    for (const { vmid, haState } of world.lab.guests()) if (haState !== null) admin.setHa(vmid, null);
    for (const { vmid, power } of world.lab.guests().filter((guest) => guest.kind === 'qemu' && guest.vmid < 106)) {
      if (power !== 'stopped') admin.stop(vmid);
      if (world.lab.guest(vmid).config['template'] === undefined) admin.destroy(vmid);
    }
    world.lab.faults.add({ match: /GET \/.*(tasks|log)/, effect: { kind: 'empty-list' } });
    expect(await sync(world)).toMatchObject({ status: 6 });
    expect(await sync(world)).toMatchObject({ status: 6 });
    expect(told(receiver)).toEqual([
      {
        title: expect.stringMatching(
          /^lab: the guard holds back \d removals: \d of 1\d guests are missing at once \(\S+, /,
        ),
        kinds: ['guard'],
      },
    ]);
  });

  it('tells once that a provider was not read for too long', async () => {
    const { world, receiver } = await open({}, '--stale-after', '2h');
    world.clock.advance(2 * 3_600_000);
    await world.rollcall('notify run');
    expect(told(receiver)).toEqual([]);
    world.clock.advance(60_000);
    await world.rollcall('notify run');
    await world.rollcall('notify run');
    expect(told(receiver)).toEqual([
      { title: 'lab: not read completely since 2026-11-21T10:00:00.000Z', kinds: ['sync-stale'] },
    ]);
  });

  it('tells once that the history is not whole', async () => {
    const { world, receiver } = await open({});
    const connection = await openDatabase(world.databaseUrl);
    await connection.writer.transaction((tx) => tx.execute(`UPDATE "guests" SET "document" = '{}' WHERE "vmid" = 100`));
    await connection.close();
    for (let count = 0; count < 2; count += 1) expect(await world.rollcall('verify')).toMatchObject({ status: 1 });
    expect(told(receiver)).toEqual([
      { title: expect.stringMatching(/^the recorded history is not whole, \d+ problems?: /), kinds: ['history'] },
    ]);
  });
});

describe('quiet hours', () => {
  it.each([
    [[], { waits: 1, later: 1 }],
    [['--drop-quiet'], { waits: 0, later: 0 }],
  ])('%j', async (more, { waits, later }) => {
    const quiet = ['--quiet-hours', '10:00-12:00', '--time-zone', 'UTC', ...more];
    const { world, receiver } = await open({}, ...quiet);
    world.lab.as('admin@pve').setConfig(100, { description: 'x' });
    await sync(world);
    expect(told(receiver)).toEqual([]);
    expect((await world.rollcall('notify list -o json')).rows).toMatchObject([{ pending: waits }]);
    const [row] = (await world.rollcall('notify log -o json')).rows;
    expect(row).toMatchObject({ state: waits === 1 ? 'pending' : 'dropped', attempts: 0 });
    world.clock.advance(2 * 3_600_000);
    await world.rollcall('notify run');
    expect(told(receiver)).toHaveLength(later);
  });

  it('hold a retry back that falls into them, and do not drop it', async () => {
    const quiet = ['--quiet-hours', '11:00-12:00', '--time-zone', 'UTC', '--drop-quiet'];
    const { world, receiver } = await open({}, ...quiet);
    receiver.behave(...Array.from({ length: 9 }, () => 500));
    world.lab.as('admin@pve').setConfig(100, { description: 'x' });
    await sync(world);
    receiver.calm();
    receiver.received.splice(0);
    world.clock.advance(3_600_000);
    expect((await world.rollcall('notify run --now --utc')).stdout).toMatch(/^ops +0 +0 +0 +2026-11-21 12:00:00 /m);
    expect(told(receiver)).toEqual([]);
    world.clock.advance(3_600_000);
    await world.rollcall('notify run');
    expect(told(receiver)).toHaveLength(1);
  }, 20_000);
});

describe('a receiver', () => {
  let world: World;
  let receiver: Receiver;

  beforeAll(async () => {
    ({ world, receiver } = await open({}));
  });

  afterEach(() => receiver.calm());

  it('that fails is tried again soon, and gets the same id', async () => {
    receiver.behave(500, 503);
    world.lab.as('admin@pve').setConfig(100, { description: 'one' });
    expect(await sync(world)).toMatchObject({ status: 0, stderr: expect.not.stringContaining('notifier') });
    const ids = receiver.received.splice(0).map(({ headers }) => headers['rollcall-event-id']);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    expect((await world.rollcall('notify log -o json')).rows).toMatchObject([
      { state: 'delivered', attempts: 3, error: null },
    ]);
  });

  it.each([
    ['seconds', () => '1200'],
    ['a date', () => new Date(Date.now() + 1_200_000).toUTCString()],
  ])('that asks for a later attempt by %s is left alone until then', async (_form, header) => {
    receiver.behave((response) => response.writeHead(503, { 'Retry-After': header() }).end());
    world.lab.as('admin@pve').setConfig(100, { description: header() });
    await sync(world);
    const [row] = (await world.rollcall('notify list -o json')).rows;
    const waitMs = Date.parse(String(row?.['retryAt'])) - world.clock.now().getTime();
    expect(Math.round(waitMs / 60_000)).toBe(20);
    expect(receiver.received.splice(0)).toHaveLength(1);
    await world.rollcall('notify run --now');
    expect(told(receiver)).toHaveLength(1);
  });

  it('that redirects is not followed, and does not fail the sync', async () => {
    const redirect: Behaviour = (response) => response.writeHead(307, { Location: `${receiver.url}/elsewhere` }).end();
    receiver.behave(...Array.from({ length: 9 }, () => redirect));
    world.lab.as('admin@pve').setConfig(100, { description: 'two' });
    const ran = await sync(world);
    expect(ran).toMatchObject({ status: 0 });
    const why = `${receiver.url} answered 307, and redirects are not followed`;
    expect(ran.stderr).toContain(`warning: notifier ops: ${why}\n`);
    expect(new Set(receiver.received.splice(0).map(({ path: at }) => at))).toEqual(new Set(['/']));
    expect((await world.rollcall('notify list --utc')).stdout).toMatch(
      /^ops +webhook +failing .* 1 +2026-11-21 10:\d\d:\d\d +http/m,
    );
    receiver.calm();
    await world.rollcall('notify run');
    expect(receiver.received).toHaveLength(0);
    await world.rollcall('notify run --now');
    expect(told(receiver)).toHaveLength(1);
  }, 20_000);

  it('that refuses a message for good does not keep the next one', async () => {
    world.lab.as('admin@pve').setConfig(100, { description: 'three' });
    receiver.behave(413, 413, 413, 413, 413);
    await sync(world);
    world.lab.as('admin@pve').setConfig(101, { description: 'four' });
    await sync(world);
    expect((await world.rollcall('notify run --now --timeout 20s')).status).toBe(0);
    expect((await world.rollcall('notify log --limit 2 -o json')).rows).toMatchObject([
      { state: 'delivered', attempts: 1 },
      { state: 'failed', attempts: 5, error: `${receiver.url} answered 413: answer` },
    ]);
    receiver.received.splice(0);
  }, 40_000);

  it('over HTTPS has to show a certificate that is trusted', async () => {
    const certificate = await makeCertificate();
    const requests: string[] = [];
    const server = createServer({ key: certificate.key, cert: certificate.pem }, (request, response) => {
      requests.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    writeFileSync(path.join(world.dir, 'ca.pem'), certificate.pem);
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    await world.rollcall(`notify add webhook strange --url ${url} --allow-private`);
    await world.rollcall(`notify add webhook known --url ${url} --allow-private --ca-file ca.pem`);
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    expect(await world.rollcall('notify test strange', { env })).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/^error: strange: https:\/\/localhost:\d+: .*SELF_SIGNED/),
    });
    expect(requests).toEqual([]);
    expect(await world.rollcall('notify test known')).toMatchObject({ status: 0 });
    expect(requests).toEqual(['/']);
    rmSync(path.join(world.dir, 'ca.pem'));
    expect(await world.rollcall('notify test known')).toEqual({
      status: 4,
      stdout: '',
      stderr: [
        `error: known: there is no file ${world.dir}/ca.pem`,
        'hint: put it back, or add the notifier again with another --ca-file',
        '',
      ].join('\n'),
    });
    for (const name of ['strange', 'known']) await world.rollcall(`notify remove ${name}`);
    await new Promise((resolve) => server.close(resolve));
  });

  it('gets a message from one of two programs that deliver at the same time', async () => {
    await world.rollcall('notify pause ops');
    world.lab.as('admin@pve').setConfig(100, { description: 'at once' });
    await sync(world);
    await world.rollcall('notify resume ops');
    receiver.behave((response) => setTimeout(() => response.end(), 200));
    const env = { ...world.env, XDG_CONFIG_HOME: process.env['XDG_CONFIG_HOME'] };
    await Promise.all(Array.from({ length: 3 }, () => start(['notify', 'run', 'ops'], env).ended));
    // For real clocks the data is old, which is told, too.
    const titles = told(receiver).map(({ title }) => title);
    expect(titles.filter((title) => title.includes('description'))).toHaveLength(1);
  });

  it('at a private address gets nothing unless that was allowed', async () => {
    await world.rollcall(`notify add webhook private --url ${receiver.url}`);
    expect(await world.rollcall('notify test private')).toEqual({
      status: 4,
      stdout: '',
      stderr: [
        `error: private: ${receiver.url} is refused: 127.0.0.1 is no public address`,
        'hint: Give an address that everyone can reach; a notifier that is added with --allow-private takes any',
        '',
      ].join('\n'),
    });
    expect(receiver.received).toEqual([]);
    await world.rollcall('notify remove private');
  });
});

describe('a token', () => {
  it('does not leave this machine in plain text, wherever the address comes from', async () => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    await world.rollcall('notify add webhook plain --url env:HOOK --token env:TOKEN --allow-private');
    const env = { HOOK: 'http://192.0.2.1/hook', TOKEN: 's3cr3t' };
    expect(await world.rollcall('notify test plain', { env })).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('http://192.0.2.1 is refused: a token is not sent over plain HTTP\n'),
    });
    const receiver = await startReceiver();
    expect(await world.rollcall('notify test plain', { env: { ...env, HOOK: receiver.url } })).toMatchObject({
      status: 0,
    });
    expect(receiver.received[0]?.headers.authorization).toBe('Bearer s3cr3t');
  });
});

describe('a command', () => {
  it('gets the message on its standard input, and no shell', async () => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    const file = path.join(world.dir, 'got.json');
    const program = path.join(world.dir, 'take.mjs');
    writeFileSync(
      program,
      `import fs from 'node:fs'; fs.writeFileSync(process.argv[2], process.argv[3] + fs.readFileSync(0, 'utf8'));`,
    );
    const argv = [process.execPath, program, file, '$(id);'];
    expect(await world.rollcall(['notify', 'add', 'command', 'pager', '--', ...argv])).toMatchObject({ status: 0 });
    expect(await world.rollcall('notify test pager')).toMatchObject({
      status: 0,
      stderr: 'pager took the test message\n',
    });
    const got = readFileSync(file, 'utf8');
    expect(got.slice(0, 6)).toBe('$(id);');
    expect(JSON.parse(got.slice(6))).toMatchObject({
      title: 'this is a test of the notifier pager',
      notifier: 'pager',
    });
  });

  it('is ended after its time, and its failure is told', async () => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    const sleep = [process.execPath, '-e', 'setTimeout(() => {}, 60000)'];
    await world.rollcall(['notify', 'add', 'command', 'slow', '--timeout', '1s', '--', ...sleep]);
    expect((await world.rollcall('notify test slow')).stderr).toMatch(
      /^error: slow: \S+node failed \(timeout\)\nhint: it was ended after 1 s: /,
    );
    await world.rollcall(['notify', 'add', 'command', 'bad', '--', process.execPath, '-e', 'process.exit(3)']);
    expect((await world.rollcall('notify test bad')).stderr).toMatch(/^error: bad: \S+node failed \(3\)\n/);
  });
});

describe('watch', () => {
  it('delivers after its runs, and when the next attempt is due', async () => {
    const world = await openWorld({ clock: () => Date.now() });
    const receiver = await startReceiver();
    const clock = () => new Date();
    await world.rollcall('discover-all', { io: { clock } });
    await world.rollcall(`notify add webhook ops --url ${receiver.url} --allow-private`, { io: { clock } });
    const abort = new AbortController();
    receiver.behave(500, 500, 500);
    let stdout = '';
    const io = { clock, signal: abort.signal, stdout: (text: string) => (stdout += text) };
    const watched = world.rollcall('watch --interval 1s --no-feeds', { io });
    try {
      await until('the first run', () => stdout.includes('complete'));
      world.lab.as('admin@pve').setConfig(100, { description: 'x' });
      await until('four attempts', () => receiver.received.length === 4);
    } finally {
      abort.abort();
    }
    const { status, stderr } = await watched;
    expect(status).toBe(0);
    expect(stderr).toContain(`warn notifier ops: ${receiver.url} answered 500: answer\n`);
    expect(new Set(receiver.received.map(({ headers }) => headers['rollcall-event-id'])).size).toBe(1);
    expect((await world.rollcall('notify log -o json')).rows).toMatchObject([{ state: 'delivered', attempts: 4 }]);
  }, 30_000);
});

describe('what the database says', () => {
  it('is not acted on unless it was sealed', async () => {
    const { world, receiver } = await open({});
    const connection = await openDatabase(world.databaseUrl);
    const other = `${receiver.url}/thief`;
    await connection.writer.transaction(async (tx) => {
      const cast = connection.provider === 'postgresql' ? ['::text', '::jsonb'] : ['', ''];
      const changed = `REPLACE("settings"${cast[0]}, '${receiver.url}', '${other}')`;
      await tx.execute(`UPDATE "notifiers" SET "settings" = (${changed})${cast[1]}`);
    });
    await connection.close();
    world.lab.as('admin@pve').setConfig(100, { description: 'x' });
    const ran = await sync(world);
    expect(ran.status).toBe(0);
    expect(ran.stderr).toContain(
      'warning: notifier ops: the settings of the notifier ops are not sealed with the key of this inventory\n',
    );
    expect(receiver.received).toEqual([]);
    expect(await world.rollcall('notify confirm ops')).toMatchObject({
      status: 2,
      stderr: `error: ops sends to ${other}: everything\nhint: if that is right: rollcall notify confirm ops --yes\n`,
    });
    await world.rollcall('notify confirm ops --yes');
    await world.rollcall('notify run');
    expect(receiver.received.map(({ path: at }) => at)).toEqual(['/thief']);
  });

  it('is no message unless it looks like one', async () => {
    const { world, receiver } = await open({}, '--quiet-hours', '10:00-11:00', '--time-zone', 'UTC');
    for (const vmid of [100, 101]) world.lab.as('admin@pve').setConfig(vmid, { description: 'x' });
    await sync(world);
    const connection = await openDatabase(world.databaseUrl);
    await connection.writer.transaction((tx) =>
      tx.execute(`UPDATE "notifier_messages" SET "body" = '{"events":[1]}' WHERE "seq" = 1`),
    );
    await connection.close();
    world.clock.advance(3_600_000);
    expect((await world.rollcall('notify run --now')).status).toBe(1);
    for (let count = 0; count < 3; count += 1) await world.rollcall('notify run --now');
    expect(told(receiver)).toHaveLength(1);
    expect((await world.rollcall('notify log --state failed -o json')).rows).toMatchObject([
      { error: 'the database holds a damaged message', attempts: 5 },
    ]);
  }, 20_000);

  it('goes with it when it is copied', async () => {
    const { world, receiver } = await open({});
    receiver.behave(...Array.from({ length: 6 }, () => 500));
    world.lab.as('admin@pve').setConfig(100, { description: 'x' });
    await sync(world);
    const copy = `file:${world.dir}/copy.db`;
    expect(await world.rollcall(`db copy --to ${copy}`)).toMatchObject({ status: 0 });
    receiver.calm();
    const [id] = receiver.received.splice(0).map(({ headers }) => headers['rollcall-event-id']);
    expect(await world.rollcall(`notify run --now --db ${copy}`)).toMatchObject({ status: 0 });
    expect(receiver.received.map(({ headers }) => headers['rollcall-event-id'])).toEqual([id]);
  }, 20_000);
});

describe('a secret', () => {
  it('that cannot be read keeps the messages, and is not shown', async () => {
    const world = await openWorld();
    const receiver = await startReceiver();
    await world.rollcall('discover-all');
    await world.rollcall('notify add slack team --url env:SLACK_URL --allow-private');
    world.lab.as('admin@pve').setConfig(100, { description: 'x' });
    const ran = await sync(world);
    expect(ran.status).toBe(0);
    expect(ran.stderr).toContain('warning: notifier team: the environment variable SLACK_URL is not set\n');
    const env = { SLACK_URL: `${receiver.url}/services/T0/B0/s3cr3t` };
    expect(await world.rollcall('notify run --now', { env })).toMatchObject({ status: 0 });
    expect((await world.rollcall('notify log -o json')).rows).toMatchObject([{ state: 'delivered' }]);
    expect(receiver.received.map(({ path: at }) => at)).toEqual(['/services/T0/B0/s3cr3t']);
    receiver.behave((response) => response.writeHead(404).end(`no ${env.SLACK_URL}`));
    const tested = await world.rollcall('notify test team', { env });
    expect(tested).toMatchObject({
      status: 4,
      stderr: expect.stringContaining(`${receiver.url} answered 404: no ***\n`),
    });
    for (const line of ['notify list -o json', 'notify show team', 'notify log -o json']) {
      expect((await world.rollcall(line)).stdout).not.toContain('s3cr3t');
    }
  }, 20_000);
});

describe('add refuses', () => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld();
    await world.rollcall('discover-all');
    await world.rollcall('notify add webhook taken --url https://example.com');
  });

  it.each([
    ['slack a --url https://hooks.slack.com/services/T/B/x', 'the address in --url holds a secret'],
    ['webhook a --url https://u:p@example.com', 'the address in --url holds a secret'],
    ['webhook a --url https://example.com/?token=x', 'the address in --url holds a secret'],
    ['webhook a --url http://example.com --token env:T', 'a token is not sent over plain HTTP'],
    ['command a --timeout 20s -- program', '--timeout is longer than 15s'],
    ['webhook a --url ftp://example.com', '--url is no address of the web'],
    ['webhook a', '--url is missing'],
    ['webhook a --url https://example.com --secret plain', '--secret is no reference to a secret'],
    ['webhook a --url https://example.com --room !a:b', '--room means nothing to the channel webhook'],
    ['webhook a --url https://example.com --kind chnaged', "there is no kind of event 'chnaged'"],
    ['webhook a --url https://example.com --select memory=', 'a value is missing here'],
    ['webhook a --url https://example.com --template {{secret}}', 'the template has an unknown field {{secret}}'],
    ['webhook a --url https://example.com -- program', 'the channel webhook takes no program'],
    ['webhook a --url https://example.com --ca-file gone.pem', '--ca-file: there is no file '],
    ['command a', 'the program is missing'],
    ['matrix a --url https://example.com --token env:T --room general', "--room 'general' is no room"],
    ['ntfy a --url https://ntfy.sh --topic a/b', "--topic 'a/b' is no topic"],
    ['email a --smtp mail.example.com --from a@b.c --to x@y,z', "'z' is no address"],
    ['email a --smtp mail.example.com:x --from a@b.c --to x@y', "--smtp 'mail.example.com:x' is no server"],
    ['webhook taken --url https://example.com', 'there is a notifier taken already'],
    ['webhook ../a --url https://example.com', "'../a' cannot be the name of a notifier"],
    ['pigeon a', "command-argument value 'pigeon' is invalid"],
  ])('%s', async (line, message) => {
    const { status, stderr, stdout } = await world.rollcall(`notify add ${line}`);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.replaceAll('\n', ' ')).toContain(message);
  });

  it('a recipient that adds a header', async () => {
    const mail = ['--smtp', 'm.example.com', '--from', 'a@b.c', '--to', 'x@y.z\r\nBcc: thief@example.com'];
    expect((await world.rollcall(['notify', 'add', 'email', 'a', ...mail])).status).toBe(2);
  });

  it.each(['notify show takn', 'notify run taken takn'])('a notifier that is not there: %s', async (line) => {
    expect(await world.rollcall(line)).toEqual({
      status: 1,
      stdout: '',
      stderr: 'error: there is no notifier takn\nhint: did you mean taken? there are: taken\n',
    });
  });
});
