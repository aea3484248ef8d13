import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import '../../src/cli/watch/run-watch.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import '../../src/repositories/providers/watch-claims.ts';
import { openWorld, type World } from '../helpers/world.ts';
import { until } from './processes.ts';

/** A `watch` in this process, on the real clock. */
function watch(world: World, options: string, env: Record<string, string> = {}) {
  const end = new AbortController();
  const said = { stdout: '', stderr: '' };
  const ended = world.rollcall(`watch ${options}`, {
    env,
    io: {
      signal: end.signal,
      clock: () => new Date(),
      stdout: (text) => {
        said.stdout += text;
      },
      stderr: (text) => {
        said.stderr += text;
      },
    },
  });
  const stop = async () => {
    end.abort();
    return (await ended).status;
  };
  return { said, stop };
}

/** The lab on the real clock too. */
const now = { clock: () => Date.now() };

it('records a change within seconds of the feeds that tell of it, for a single configuration', async () => {
  const world = await openWorld(now);
  const watching = watch(world, '--feed-interval 1s --interval 1h');
  await until('the first run', () => /lab: complete/.test(watching.said.stdout));
  world.lab.clearRequests();
  world.lab.as('admin@pve').setConfig(100, { memory: 6144 });
  await until('the line of the poll', () => /lab: poll, .* 1 changed/.test(watching.said.stdout));
  expect(world.lab.requests.filter((request) => request.path.includes('/config'))).toHaveLength(1);
  // The rows of the changes, as `show-changes` has them.
  expect(watching.said.stdout).toMatch(
    /^\S+ \S+ {2}created +lab +first seen: 2 nodes, 3 virtual machines, 1 container, 6 storages/m,
  );
  await until('its row', () => watching.said.stdout.includes('6 GiB pending'));
  expect(watching.said.stdout).toMatch(
    /lab: poll, .* 1 changed\n\S+ \S+ {2}changed +lab\/100 web-01 +memory 6 GiB pending +admin@pve +update VM\n/,
  );
  expect((await world.rollcall('show-changes --guest 100 --path memory')).stdout).toMatch(/memory 6 GiB pending/);
  expect(await watching.stop()).toBe(0);
});

it('pauses a provider whose credential is refused, tells so, and goes on when it is enabled', async () => {
  const world = await openWorld(now);
  const stop = world.lab.faults.add({ match: /./, effect: { kind: 'status', status: 401 } });
  const watching = watch(world, '--feed-interval 1s --interval 1s --retry-after 1s');
  await until('it is paused', () => /error lab: paused/.test(watching.said.stderr));
  const attempts = world.lab.requests.length;
  // One poll before each of three runs, which end with the first answer.
  expect(attempts).toBeLessThanOrEqual(6);
  const status = await world.rollcall('sync-status', { io: { clock: () => new Date() } });
  expect(status.stdout).toMatch(/NEXT RUN/);
  expect(status.stdout).toMatch(/paused since .*: .*401.*; `rollcall providers enable lab` resumes it/);
  await until('it would have tried again', () => new Promise((resolve) => setTimeout(() => resolve(true), 3000)));
  expect(world.lab.requests).toHaveLength(attempts);
  stop();
  const connection = await openDatabase(world.databaseUrl);
  await connection.db.provider.updateMany({ data: { pausedAt: null, pauseReason: null, failures: 0, retryAt: null } });
  await connection.close();
  await until('it goes on', () => /lab: complete/.test(watching.said.stdout));
  expect(await watching.stop()).toBe(0);
});

it('goes on with a run by hand that got through', async () => {
  const world = await openWorld(now);
  await world.rollcall('discover-all');
  const connection = await openDatabase(world.databaseUrl);
  await connection.db.provider.updateMany({ data: { pausedAt: new Date(), pauseReason: 'no', failures: 3 } });
  expect((await world.rollcall('discover-all')).status).toBe(0);
  expect(await connection.db.provider.findFirst()).toMatchObject({ pausedAt: null, failures: 0 });
  await connection.close();
});

it('follows providers that are disabled, removed, added and changed', async () => {
  const world = await openWorld(now);
  await world.rollcall('discover-all');
  const connection = await openDatabase(world.databaseUrl);
  const set = (data: object) => connection.db.provider.updateMany({ data });
  const watching = watch(world, '--interval 1s --no-feeds');
  const runs = () => watching.said.stdout.split(' lab: ').length - 1;
  await until('two runs', () => runs() >= 2);
  await set({ autoDiscover: false });
  await until('it is let go of', async () => (await connection.db.provider.findFirst())?.watchHolder === null);
  // Besides the run by hand.
  await until('its last run is told', async () => (await connection.db.syncRun.count()) === runs() + 1);
  const before = runs();
  await until('it would have run again', () => new Promise((resolve) => setTimeout(() => resolve(true), 2500)));
  expect(runs()).toBe(before);
  await set({ autoDiscover: true, discoverCron: 'whenever' });
  await until('the bad expression is told', () =>
    /error lab: 'whenever' is not a cron expression/.test(watching.said.stderr),
  );
  await set({ discoverCron: null });
  await until('it runs again', () => runs() > before);
  expect(await watching.stop()).toBe(0);
  await connection.close();
});

it('says who holds the lease, waits for it when asked to, and tells problems alone when quiet', async () => {
  const world = await openWorld();
  await world.rollcall('discover-all');
  const connection = await openDatabase(world.databaseUrl);
  const leaseUntil = new Date('2099-01-01T00:00:00Z');
  await connection.db.provider.updateMany({ data: { leaseHolder: '7@far#a.b', leaseSince: new Date(), leaseUntil } });
  const refused = await world.rollcall('discover-all --quiet');
  expect(refused).toMatchObject({ status: 1, stdout: '' });
  expect(refused.stderr).toMatch(
    /^error: Provider lab is being synced by 7@far since \S+Z\nhint: Wait until it has finished\./,
  );
  const waited = await world.rollcall('discover-all --quiet --wait 1');
  expect(waited).toMatchObject({ status: 1, stderr: refused.stderr });
  const waiting = world.rollcall('discover-all --quiet --wait 1m');
  setTimeout(() => void connection.db.provider.updateMany({ data: { leaseHolder: null } }).then(() => undefined), 700);
  expect(await waiting).toEqual({ status: 0, stdout: '', stderr: '' });
  await connection.db.provider.updateMany({
    data: { leaseHolder: '7@far#a.b', leaseSince: world.clock.now(), leaseUntil },
  });
  const signal = AbortSignal.timeout(500);
  expect((await world.rollcall('discover-all --wait 1h', { io: { signal } })).status).toBe(130);
  expect((await world.rollcall('sync-status')).stdout).toMatch(/RUNNING\n.* 7@far for /);
  await connection.db.provider.updateMany({ data: { leaseHolder: null } });
  await connection.close();
  world.clock.advance(60_000);
  world.lab.node('pve2').powerOff();
  const partial = await world.rollcall('discover-all --quiet');
  expect(partial).toMatchObject({ status: 5, stdout: '' });
  expect(partial.stderr).toMatch(/^warning: lab: .*pve2/);
});

it('tells systemd that it is ready, lives and stops, without its secrets', async () => {
  const world = await openWorld(now);
  const log = path.join(world.dir, 'notified');
  const program = path.join(world.dir, 'systemd-notify');
  writeFileSync(program, `#!/bin/sh\necho "$@" >> ${log}\nenv >> ${log}.env\n`);
  chmodSync(program, 0o755);
  const env = { NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '1000000', PATH: `${world.dir}:${process.env['PATH']}` };
  const watching = watch(world, '--interval 1h --no-feeds', env);
  const { readFileSync, existsSync } = await import('node:fs');
  const told = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  await until('it lives', () => /--ready\n(.*\n)*WATCHDOG=1\n/.test(told()));
  expect(await watching.stop()).toBe(0);
  await until('it stops', () => /STOPPING=1\n/.test(told()));
  expect(readFileSync(`${log}.env`, 'utf8')).not.toMatch(/PROXMOX|DATABASE/);
});

it('serves metrics and its health on loopback, and logs as JSON', async () => {
  const world = await openWorld(now);
  const watching = watch(world, '--interval 1h --feed-interval 1s --listen 127.0.0.1:0 --log-format json');
  await until('the first run', () => /lab: complete/.test(watching.said.stdout));
  const [first = ''] = watching.said.stderr.split('\n');
  const { message } = JSON.parse(first) as { message: string };
  const url = message.replace('listening on ', '');
  const get = async (where: string) => {
    const response = await fetch(url + where);
    return { status: response.status, body: await response.text() };
  };
  expect(await get('/healthz')).toEqual({ status: 200, body: 'ok\n' });
  expect(await get('/readyz')).toEqual({ status: 200, body: 'ok\n' });
  expect((await get('/')).status).toBe(404);
  await until('a poll', async () =>
    /feed_looks_total\{provider="lab",outcome="nothing"\}/.test((await get('/metrics')).body),
  );
  const { body } = await get('/metrics');
  expect(body).toMatch(/^rollcall_runs_total\{provider="lab",kind="run",outcome="complete"\} 1$/m);
  expect(body).toMatch(/^rollcall_guests\{provider="lab",presence="present"\} 4$/m);
  expect(body).toMatch(/^rollcall_endpoint_up\{provider="lab",endpoint="https:\/\/127\.0\.0\.1:\d+"\} 1$/m);
  expect(body).toMatch(/^rollcall_watched\{provider="lab"\} 1$/m);
  expect(body).toMatch(/^process_cpu_seconds_total /m);
  for (const { config } of world.lab.guests()) expect(body).not.toContain(String(config['name'] ?? config['hostname']));
  expect(body).not.toContain(world.env['PROXMOX_VE_API_TOKEN']?.split('=')[1]);
  expect(await watching.stop()).toBe(0);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

it.each([
  ['0.0.0.0:9469', /^error: 0\.0\.0\.0 can be reached by others.*\nhint: .*--allow-remote/],
  ['9469', /^error: '9469' is not an address to listen on\nhint: write --listen 127\.0\.0\.1:9469/],
  ['127.0.0.1:99999', /is not an address/],
])('refuses to listen on %s', async (address, words) => {
  const world = await openWorld();
  expect(await world.rollcall(`watch --listen ${address}`)).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(words),
  });
});

it('says that a port is taken', async () => {
  const world = await openWorld();
  const ran = await world.rollcall(`watch --listen 127.0.0.1:${world.lab.port}`);
  expect(ran).toMatchObject({ status: 2, stderr: expect.stringMatching(/cannot be listened on: .*EADDRINUSE/) });
});
