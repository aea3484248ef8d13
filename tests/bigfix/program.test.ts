import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { databaseAt } from '../helpers/postgres.ts';
import { type Ran, runProgram } from '../helpers/world.ts';
import { BigfixServer } from '../providers/conformance/bigfix-server.ts';

const START_MS = Date.UTC(2026, 10, 21, 10);
const DAY_MS = 86_400_000;

describe('a BigFix server', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bigfix-'));
  let nowMs = START_MS;
  let ids = 0;
  const server = new BigfixServer(() => new Date(nowMs));
  beforeAll(async () => {
    await server.start();
    for (const name of ['web', 'db', 'mail', 'laptop']) server.create(name);
  });
  afterAll(async () => {
    await server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  beforeEach(() => {
    nowMs += 60_000;
    server.spoil = () => null;
  });

  const named = (name: string) => {
    const found = [...server.computers.values()].find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };

  async function rollcall(line: string): Promise<Ran> {
    const url = await databaseAt(path.join(dir, 'rollcall.db'));
    return runProgram(line.split(/\s+/), {
      env: { BF_PASSWORD: server.password, WRONG: 'not-the-password', DATABASE_URL: url, HOME: dir },
      cwd: dir,
      clock: () => new Date(nowMs),
      newId: () => `id${String(++ids).padStart(14, '0')}`,
    });
  }

  it('is stored once the password of the operator works', async () => {
    const how = `--type bigfix --endpoint ${server.url} --fingerprint ${server.fingerprint} --user rollcall`;
    const refused = await rollcall(`providers add bigfix ${how} --password env:WRONG`);
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('Check the name and the password of the operator');
    const added = await rollcall(`providers add bigfix ${how} --password env:BF_PASSWORD`);
    expect(added.status).toBe(0);
    expect(added.stderr).toContain('stored bigfix: cluster bigfix.example.com, 1 node');
  });

  it('is checked step by step, with what a smaller right means', async () => {
    const master = await rollcall('providers test bigfix');
    expect(master.status).toBe(0);
    for (const text of [
      'the server accepts the password of rollcall',
      'bigfix.example.com, masthead 152178487',
      '4 computers',
      'rollcall is a master operator, who sees all computers',
      'facts of 4 computers',
      'nobody is named for a change',
    ])
      expect(master.stdout).toContain(text);
    server.isMaster = false;
    const smaller = await rollcall('providers test bigfix');
    expect(smaller.status).toBe(0);
    expect(smaller.stdout).toContain(
      'rollcall is not a master operator: computers that it does not see are not listed',
    );
    server.tellsOperators = false;
    const untold = await rollcall('providers test bigfix');
    expect(untold.stdout).toContain('whether rollcall is a master operator cannot be read');
    server.isMaster = true;
    server.tellsOperators = true;
  });

  it('has its computers in the inventory, with what they told, and without their settings', async () => {
    expect(await rollcall('discover-all --quiet')).toMatchObject({ status: 0, stderr: '' });
    const { rows, stdout } = await rollcall('list-hosts -o json');
    expect(rows).toHaveLength(4);
    expect(rows.find(({ name }) => name === 'web')).toMatchObject({
      kind: 'vm',
      nativeId: String(named('web').id),
      node: 'bigfix.example.com',
      status: 'unknown',
      osType: 'Linux Debian 12 (6.1.0-28-amd64)',
      memoryBytes: 2048 * 2 ** 20,
      addresses: [expect.objectContaining({ address: '192.0.2.1', source: 'platform' })],
      document: expect.objectContaining({ type: ['Server', 'Virtual'], 'guest.hostname': 'web.example.com' }),
    });
    expect(stdout).not.toContain('_Enterprise Server');
    expect(server.queries.join()).not.toContain('Settings');
  });

  it('tells the age of the last report in place of a power state', async () => {
    nowMs = START_MS + 2 * 3_600_000 + 30_000;
    named('web').silentSince = START_MS;
    await rollcall('discover-all --quiet');
    expect((await rollcall('show-host web')).stdout).toContain('unknown (reported 2 h ago)');
    expect((await rollcall('list-hosts')).stdout).toContain('unknown (reported 2 h ago)');
    named('web').silentSince = null;
  });

  it('tells what changed, and nobody for it', async () => {
    named('web').memory = 4096;
    await rollcall('discover-all --quiet');
    const { rows } = await rollcall('show-changes --kind changed -o json');
    expect(rows.map(({ path: field, before, after, actor }) => [field, before, after, actor])).toEqual([
      ['memory', 2048, 4096, null],
    ]);
  });

  it('takes nothing from a query that lags behind, neither facts nor presence', async () => {
    server.copy = server.asked().filter(({ inspectors }) => inspectors['name'] !== 'db');
    named('web').memory = 8192;
    server.create('new');
    nowMs += 20 * 60_000;
    const run = await rollcall('discover-all');
    expect(run.status).toBe(5);
    expect(run.stderr + run.stdout).toContain('the query does not have the last report of 5 of 5 computers yet');
    expect((await rollcall('show-changes --kind changed --since 90s -o json')).rows).toEqual([]);
    const { rows } = await rollcall('list-hosts -o json');
    expect(rows.map(({ name, presence }) => [name, presence])).toEqual(
      expect.arrayContaining([
        ['db', 'present'],
        [null, 'present'],
      ]),
    );
    server.copy = null;
    nowMs += 60_000;
    expect((await rollcall('discover-all --quiet')).status).toBe(0);
    const later = (await rollcall('list-hosts -o json')).rows;
    expect(later.map(({ name }) => name)).toContain('new');
    expect(later.find(({ name }) => name === 'web')).toMatchObject({ memoryBytes: 8192 * 2 ** 20 });
  });

  it('is read completely from a query that lags by minutes, as copies do', async () => {
    named('laptop').silentSince = Math.floor(nowMs / 1000) * 1000;
    nowMs += DAY_MS;
    server.copy = server.asked();
    nowMs += 5 * 60_000;
    // It is back after a day, and the copy has only its report of then.
    named('laptop').silentSince = null;
    named('web').memory = 4096;
    expect(await rollcall('discover-all --quiet')).toMatchObject({ status: 0, stderr: '' });
    const memory = async () => (await rollcall('list-hosts -o json')).rows.find(({ name }) => name === 'web');
    expect(await memory()).toMatchObject({ memoryBytes: 8192 * 2 ** 20 });
    const readAt = nowMs;
    server.copy = null;
    nowMs += 60_000;
    await rollcall('discover-all --quiet');
    expect(await memory()).toMatchObject({ memoryBytes: 4096 * 2 ** 20 });
    const [change] = (await rollcall('show-changes --kind changed --since 30s -o json')).rows;
    expect(change).toMatchObject({ path: 'memory', before: 8192, after: 4096 });
    expect(Date.parse(String(change?.['notBefore']))).toBeLessThan(readAt - 14 * 60_000);
  });

  it('removes no computer that an operator with a partial view is not shown', async () => {
    server.isMaster = false;
    named('mail').isAssigned = false;
    server.computers.delete(named('new').id);
    const run = await rollcall('discover-all --accept-removals');
    expect(run.stderr).toContain('rollcall is not a master operator');
    expect((await rollcall('show-changes --kind removed -o json')).rows).toEqual([]);
    const hidden = (await rollcall('list-hosts -o json')).rows.filter(({ presence }) => presence !== 'present');
    expect(hidden.map(({ name, presence }) => [name, presence])).toEqual([
      ['mail', 'unobservable'],
      ['new', 'unobservable'],
    ]);
  });

  it('removes, for a master operator, what the server does not have any more, and nothing that only the list leaves out', async () => {
    server.isMaster = true;
    const { id } = named('db');
    server.spoil = (target, text) =>
      target === '/api/computers' ? { text: text.replace(new RegExp(`<Computer [^\n]*/${id}">[^\n]*\n`), '') } : null;
    await rollcall('discover-all --quiet');
    const { rows } = await rollcall('show-changes --kind removed -o json');
    expect(rows.map(({ name, actor }) => [name, actor])).toEqual([['new', null]]);
    expect((await rollcall('list-hosts -o json')).rows.find(({ name }) => name === 'db')).toMatchObject({
      presence: 'unobservable',
    });
  });

  it('loses sight of a computer that does not report, and does not take it for gone', async () => {
    named('laptop').silentSince = Math.floor(nowMs / 1000) * 1000;
    nowMs += 3 * DAY_MS;
    await rollcall('discover-all --quiet');
    expect((await rollcall('list-hosts -o json')).rows.find(({ name }) => name === 'laptop')).toMatchObject({
      presence: 'present',
      status: 'unknown',
    });
    const lastMs = Math.floor(nowMs / 1000) * 1000 + 3_600_000;
    named('laptop').silentSince = lastMs;
    nowMs += 60 * DAY_MS;
    expect((await rollcall('discover-all --quiet --accept-removals')).status).toBe(0);
    expect((await rollcall('list-hosts -o json')).rows.find(({ name }) => name === 'laptop')).toMatchObject({
      presence: 'unobservable',
      presenceReason: 'silent: no report for more than 4 days',
      lastReportAt: new Date(lastMs).toISOString(),
    });
    named('laptop').silentSince = null;
    await rollcall('discover-all --quiet');
    expect((await rollcall('list-hosts -o json')).rows.find(({ name }) => name === 'laptop')).toMatchObject({
      presence: 'present',
    });
    expect((await rollcall('show-changes --kind removed --since 70d -o json')).rows).toHaveLength(1);
  });

  it('is not read further than a run may', async () => {
    const { status, stderr } = await rollcall('discover-all --quiet --max-guests 2');
    expect(status).not.toBe(0);
    expect(stderr).toContain(`${server.computers.size} computers are listed, more than the 2 that a run reads`);
  });

  it('takes a new installation for another computer', async () => {
    const { name, id, uuid, macs, addresses } = named('web');
    server.computers.delete(id);
    server.create(name, { uuid, macs, addresses });
    await rollcall('discover-all --quiet');
    const rows = (await rollcall('list-hosts --all -o json')).rows.filter((row) => row['name'] === 'web');
    expect(rows.map(({ nativeId, presence }) => [nativeId, presence])).toEqual([
      [String(id), 'gone'],
      [String(named('web').id), 'present'],
    ]);
    expect((await rollcall('verify')).status).toBe(0);
  });
});
