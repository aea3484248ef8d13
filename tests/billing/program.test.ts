import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { openWorld, type World } from '../helpers/world.ts';
import { PRICES } from './billing-world.ts';

let world: World;
const HOUR_MS = 3_600_000;

beforeAll(async () => {
  world = await openWorld();
  writeFileSync(path.join(world.dir, 'prices.yaml'), PRICES);
  world.env['XDG_CONFIG_HOME'] = world.dir;
  await world.rollcall('discover-all');
  world.clock.advance(HOUR_MS);
  await world.rollcall('discover-all');
  const connection = await openDatabase(world.databaseUrl);
  const { db } = connection;
  const [guest, unowned] = await db.guest.findMany({
    where: { status: 'running', isTemplate: false },
    orderBy: { vmid: 'asc' },
  });
  const find = async (id: string, data: { guestId: string | null; accountKey: string | null; subject: string }) =>
    db.finding.create({
      data: {
        id,
        kind: 'external-server',
        key: id,
        openKey: id,
        severity: 'high',
        panelName: '',
        ...data,
        evidence: { text: 'nobody pays for it', comparisons: [], guests: [], records: [] },
        firstSeenAt: world.clock.now(),
        lastSeenAt: world.clock.now(),
      },
    });
  await find('f1', { guestId: guest?.id ?? null, accountKey: 'acme', subject: '=web' });
  await find('f2', { guestId: unowned?.id ?? null, accountKey: null, subject: 'db' });
  await connection.close();
  world.clock.advance(HOUR_MS);
});

it('asks for a price list, and tells what is wrong with one', async () => {
  const none = await world.rollcall('billing propose');
  expect([none.status, none.stderr]).toEqual([EXIT.failed, expect.stringContaining('there is no price list')]);
  writeFileSync(path.join(world.dir, 'bad.yaml'), 'currency: EUR\ncharge: always\n');
  const bad = await world.rollcall('billing prices set bad.yaml');
  expect([bad.status, bad.stderr]).toEqual([EXIT.usage, expect.stringContaining('bad.yaml:2:1  charge:')]);
  expect(await world.rollcall('billing prices set prices.yaml')).toMatchObject({ status: EXIT.done });
  expect((await world.rollcall('billing prices show')).stdout).toMatch(/^S +month +5$/m);
  expect((await world.rollcall('billing prices show 1 -o json')).json).toMatchObject({ version: 1 });
  expect(await world.rollcall('billing prices show 2')).toMatchObject({ status: EXIT.failed, stdout: '' });
});

it('does not act on a price list that was written past the program', async () => {
  const connection = await openDatabase(world.databaseUrl);
  const { db } = connection;
  const { document } = await db.sealedSetting.findFirstOrThrow();
  const changed = { ...(document as object), currency: 'USD' };
  await db.sealedSetting.updateMany({ data: { document: changed } });
  expect(await world.rollcall('billing propose')).toMatchObject({ status: EXIT.usage });
  await db.sealedSetting.updateMany({ data: { document: document as object } });
  await connection.close();
});

it('proposes, and bills nothing by itself', async () => {
  const { rows } = await world.rollcall('billing propose -o json');
  expect(rows).toMatchObject([{ kind: 'create', state: 'open', subject: '=web', accountKey: 'acme', currency: 'EUR' }]);
  expect((await world.rollcall('billing propose')).stderr).toContain('hint: 1 external server has no account');
  const { status, stderr } = await world.rollcall('billing apply --all');
  expect([status, stderr]).toEqual([EXIT.usage, expect.stringContaining('into the account book, for good')]);
  expect((await world.rollcall('billing apply --by-rule --yes')).stderr).toContain('nothing to apply');
  expect((await world.rollcall('billing ledger')).stdout).toBe('the account book is empty\n');
});

it('writes what a person applies, once', async () => {
  const [proposal] = (await world.rollcall('billing list -o json')).rows;
  const id = String(proposal?.['id']);
  expect((await world.rollcall(`billing show ${id.slice(0, -1)}`)).stdout).toMatch(/^amount +0\.\d+ EUR$/m);
  expect((await world.rollcall('billing show nosuch')).stderr).toContain('there is no proposal nosuch');
  const asked: string[] = [];
  const ask = { confirm: async (text: string) => asked.push(text) > 0 };
  const applied = await world.rollcall(`billing apply ${id} ${id}`, { io: { ask: ask as never } });
  expect([applied.status, asked]).toEqual([EXIT.done, [expect.stringContaining('Write them?')]]);
  const again = await world.rollcall(`billing apply ${id} --yes`);
  expect([again.status, again.stdout]).toEqual([EXIT.failed, expect.stringContaining('it is applied already')]);
  const book = (await world.rollcall('billing ledger -o json')).json;
  expect(book).toMatchObject({
    servers: [{ accountKey: 'acme', name: '=web' }],
    transactions: [{ kind: 'open' }, { kind: 'charge', reason: null, proposalId: id }],
    totals: [{ accountKey: 'acme', hours: 2 }],
  });
  expect((await world.rollcall('verify')).stdout).toContain('the history is whole');
  for (const line of ['show-changes', 'history 100', 'prune --dry-run']) {
    expect(await world.rollcall(line)).toMatchObject({ status: EXIT.done });
  }
});

it('exports what was written, as text that nothing runs', async () => {
  const csv = (await world.rollcall('billing export')).stdout.split('\n');
  expect(csv[0]).toMatch(/^id,accountKey,serverId/);
  expect(csv).toHaveLength(4);
  expect((await world.rollcall('billing export --format sql')).stdout).toMatch(
    /^INSERT INTO .* ON CONFLICT \("id"\) DO NOTHING;$/m,
  );
  expect((await world.rollcall('billing export --format json --since 2026-11-22')).json).toEqual([]);
  const connection = await openDatabase(world.databaseUrl);
  await connection.db.transaction.updateMany({ data: { reason: 'a\u202eb' } });
  await connection.close();
  const [text, same] = await Promise.all(
    ['--format json', '-o json'].map((how) => world.rollcall(`billing export ${how}`)),
  );
  expect(text?.rows).toMatchObject([{ kind: 'open', reason: 'a\u202eb' }, { kind: 'charge' }]);
  expect(same?.stdout).toBe(text?.stdout);
  for (const how of ['-o yaml', '-o csv --format sql', '--columns id']) {
    expect(await world.rollcall(`billing export ${how}`)).toMatchObject({ status: EXIT.usage, stdout: '' });
  }
});

it('posts each transaction with its id as the idempotency key, signed', async () => {
  const got: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += String(part);
    });
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      response.writeHead(got.length === 2 ? 503 : 200).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const line = `billing export --webhook ${url} --secret env:HOOK --allow-private`;
  const env = { HOOK: 'k3y' };
  const first = await world.rollcall(line, { env });
  expect([first.status, first.stderr]).toEqual([EXIT.failed, expect.stringContaining('answered 503')]);
  expect(await world.rollcall(line, { env })).toMatchObject({ status: EXIT.done });
  server.close();
  const keys = got.map(({ headers }) => headers['idempotency-key']);
  expect(keys.slice(2)).toEqual(keys.slice(0, 2));
  for (const { headers, body } of got) {
    const [, seconds, digest] = /^t=(\d+),v1=(\w+)$/.exec(String(headers['rollcall-signature'])) ?? [];
    expect(createHmac('sha256', 'k3y').update(`${seconds}.${body}`).digest('hex')).toBe(digest);
    expect(JSON.parse(body)).toMatchObject({ id: headers['idempotency-key'] });
  }
  expect(await world.rollcall(`billing export --webhook ${url}`)).toMatchObject({ status: EXIT.usage });
});

it('keeps why somebody rejected a proposal', async () => {
  await world.rollcall('discover-all');
  world.clock.advance(HOUR_MS);
  const [charge] = (await world.rollcall('billing propose -o json')).rows;
  const id = String(charge?.['id']);
  expect(charge).toMatchObject({ kind: 'charge' });
  expect(await world.rollcall(`billing reject ${id} --reason gift`)).toMatchObject({ status: EXIT.done });
  expect((await world.rollcall('billing list --state rejected -o json')).rows).toMatchObject([
    { id, decidedBy: expect.stringMatching(/: gift$/) },
  ]);
  expect((await world.rollcall('billing propose -o json')).rows).toEqual([]);
});
