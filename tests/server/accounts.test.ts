import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { openWorker } from '../../src/app/open-operations.ts';
import { openAccounts, openReconcile, setAccountRules } from '../../src/app/open-reconcile.ts';
import { routeTable } from '../../src/server/auth/access.ts';
import { ROOT, type ServeWorld, serve as serveOver } from '../helpers/serve-world.ts';
import { openWorld } from '../helpers/world.ts';
import { until } from '../watch/processes.ts';

// Loaded when an operation is performed: see world.ts.
import '../../src/app/open-panel.ts';
import '../../src/app/owner-file.ts';
import '../../src/panels/file/open-file.ts';
import '../../src/services/operations/worker.ts';

const CUSTOMERS = ['anna', 'bert', 'carl'] as const;
type Customer = (typeof CUSTOMERS)[number];

let serve: ServeWorld;
let admin: string;
const tokens = new Map<string, string>();
/** Names of the servers of each, by the panel, by a rule alone, and by nobody. */
const names: Record<Customer | 'nobody', string[]> = { anna: [], bert: [], carl: [], nobody: [] };
/** Ids of everything that is not of a customer: servers, findings, operations, accounts. */
const foreign = new Map<Customer, string[]>();
const stop = new AbortController();
let worked: Promise<void> = Promise.resolve();

const idOf: Record<Customer, string> = { anna: '1', bert: '2', carl: '3' };

/** 60 guests in turn: known to the panel, of a rule alone, and some whose owner is disputed. */
function populate(): string {
  const { lab } = serve.world;
  const actor = lab.as('admin@pve');
  const rows = ['id,native_id,provider,name,owner,state,cores'];
  for (const [index, { vmid }] of lab.guests().entries()) {
    const owner = CUSTOMERS[index % 3] ?? 'anna';
    const other = CUSTOMERS[(index + 1) % 3] ?? 'anna';
    const name = `${owner}-host-${vmid}`;
    const isDisputed = index % 20 === 19;
    const isRecorded = index % 4 !== 0 || isDisputed;
    const isTagged = !isRecorded || isDisputed;
    actor.setConfig(vmid, {
      ...(vmid > 0 && (lab.guest(vmid).kind === 'lxc' ? { hostname: name } : { name })),
      tags: isTagged ? `owner-${idOf[isDisputed ? other : owner]}` : 'none',
    });
    // Each seventh has another size.
    if (isRecorded)
      rows.push(`rec-${owner}-${vmid},${vmid},lab,${name},${idOf[owner]},running,${index % 7 === 0 ? 63 : ''}`);
    names[isDisputed ? 'nobody' : owner].push(name);
  }
  for (const owner of CUSTOMERS)
    rows.push(`rec-${owner}-lost,900${idOf[owner]},lab,${owner}-lost,${idOf[owner]},running,`);
  return rows.join('\n');
}

beforeAll(async () => {
  const world = await openWorld({ nodes: 2, vms: 45, containers: 15 });
  serve = await serveOver(world, world, { syncWaitMs: 15_000 });
  const file = path.join(world.dir, 'shop.csv');
  writeFileSync(file, populate());
  await world.rollcall('discover-all --quiet');
  await withoutTemplates();
  const added = await world.rollcall(['panel', 'add', 'shop', '--type', 'file', '--file', file]);
  expect([added.status, added.stderr]).toEqual([0, expect.stringContaining('added shop')]);
  await setAccountRules(serve.app, [{ kind: 'tag', pattern: 'owner-*', system: 'shop' }], ROOT);
  const accounts = await openAccounts(serve.app);
  await accounts.add('ACME', [{ system: 'shop', value: '1' }], ROOT);
  // By the name of the user alone.
  await accounts.add(
    'Bert Ltd',
    [
      { system: 'shop', value: '2' },
      { system: 'user', value: 'bert' },
    ],
    ROOT,
  );
  admin = await serve.token('overseer', 'admin');
  const accountOf = { anna: 'ACME', bert: 'Bert Ltd', carl: 'shop:3' };
  for (const name of CUSTOMERS) {
    const accountKey = await accounts.keyOf(accountOf[name]);
    const draft = { name, role: 'customer', accountKey, password: 'a very long password' } as const;
    const { user } = await serve.people.users.add(draft, ROOT);
    tokens.set(name, (await serve.people.tokens.add(user, { name: 't', expiresAt: null }, ROOT)).secret);
  }
  const worker = await openWorker(serve.app, { say: () => undefined });
  worked = worker.run({ stop: stop.signal, abort: stop.signal });
  await serve.hub.tick();
});
afterAll(async () => {
  stop.abort();
  await worked;
});

/** They are nobody's servers. */
async function withoutTemplates(): Promise<void> {
  const { db } = await serve.app.connection();
  const templates = (await db.guest.findMany({ where: { isTemplate: true } })).map(({ name }) => name);
  for (const [owner, own] of Object.entries(names))
    Object.assign(names, { [owner]: own.filter((name) => !templates.includes(name)) });
}

const ask = (who: string, method: string, url: string, body?: unknown) =>
  serve.send(method, `/api/v1${url}`, { token: who === 'overseer' ? admin : tokens.get(who), body });

const pick = (items: readonly Record<string, unknown>[], field: string) => items.map((one) => String(one[field]));

describe('a customer', () => {
  it('has the servers compared with one request, and again only after a while', async () => {
    const first = await ask('anna', 'POST', '/me/servers/sync', {});
    expect(first).toMatchObject({ status: 200, json: { state: 'done', isRecent: false } });
    const recorded = names.anna.length - (await byRule('anna')).length;
    // With those of disputed owners, which its records are about.
    const disputed = names.nobody.filter((name) => name.startsWith('anna')).length;
    const tagged = names.nobody.filter((name) => name.startsWith('carl')).length;
    expect(first.json.counts).toMatchObject({ synced: recorded + disputed + tagged, errors: 0 });
    const second = await ask('anna', 'POST', '/me/servers/sync', {});
    expect(second.json).toEqual({ ...first.json, operationId: null, isRecent: true });
    serve.world.clock.advance(31_000);
    // What the panel has and the inventory has not is only believed once guests were listed again.
    await serve.world.rollcall('discover-all --quiet');
    const third = await ask('anna', 'POST', '/me/servers/sync', {});
    expect(third.json).toMatchObject({ state: 'done', isRecent: false, counts: { new: 0, updated: 0 } });
  });

  it('joins a comparison of the same account that is under way, also one of another user', async () => {
    serve.world.clock.advance(31_000);
    const accountKey = await (await openAccounts(serve.app)).keyOf('Bert Ltd');
    const draft = { name: 'beate', role: 'customer', accountKey, password: 'a very long password' } as const;
    const { user } = await serve.people.users.add(draft, ROOT);
    tokens.set('beate', (await serve.people.tokens.add(user, { name: 't', expiresAt: null }, ROOT)).secret);
    const who = ['bert', 'beate', 'bert', 'beate', 'bert'];
    const answers = await Promise.all(who.map((one) => ask(one, 'POST', '/me/servers/sync', {})));
    const ids = new Set(answers.flatMap(({ json }) => json.operationId ?? []));
    expect([answers.every(({ json }) => json.state === 'done'), ids.size]).toEqual([true, 1]);
  });

  it.each(CUSTOMERS)('%s sees these servers, counts and findings, and no others', async (name) => {
    const { json: servers } = await ask(name, 'GET', '/me/servers');
    expect(pick(servers.items, 'name').toSorted()).toEqual(names[name].toSorted());
    serve.world.clock.advance(31_000);
    await ask(name, 'POST', '/me/servers/sync', {});
    const { json: findings } = await ask(name, 'GET', '/me/findings');
    const { json: status } = await ask(name, 'GET', '/me/servers/sync/status');
    const external = (await byRule(name)).length;
    expect(external).toBeGreaterThan(2);
    expect(status).toMatchObject({
      totals: { servers: names[name].length, findings: findings.items.length },
      externalServers: external,
      billingRecords: { proposals: 0, servers: 0 },
      operation: null,
    });
    expect(new Set(pick(findings.items, 'kind'))).toEqual(
      new Set(['external-server', 'size-mismatch', 'orphaned-record', ...(await disputes(name))]),
    );
    expect(findings.items.find(({ kind }: { kind: string }) => kind === 'orphaned-record')).toMatchObject({
      subject: `${name}-lost`,
    });
  });
});

/** Names of the servers that a rule alone gives to somebody. */
async function byRule(name: Customer): Promise<string[]> {
  const { db } = await serve.app.connection();
  const guests = await db.guest.findMany({ where: { name: { in: names[name] } } });
  const linked = new Set((await db.panelLink.findMany()).map(({ guestId }) => guestId));
  return guests.flatMap(({ id, name: guest }) => (linked.has(id) ? [] : [guest ?? '']));
}

async function disputes(name: Customer): Promise<string[]> {
  return names.nobody.some((one) => one.startsWith(name)) ? ['owner-mismatch'] : [];
}

describe('an admin', () => {
  it('has all accounts compared by one reading, and looks at and decides on what was found', async () => {
    serve.world.clock.advance(31_000);
    const { status, json } = await ask('overseer', 'POST', '/admin/servers/sync', {});
    expect([status, json]).toMatchObject([200, { state: 'done', counts: { errors: 0 } }]);
    const one = await ask('overseer', 'POST', '/admin/accounts/ACME/servers/sync', {});
    // Of the account it has just ended as well.
    expect(one.json).toMatchObject({ state: 'done', isRecent: true });
    const { json: found } = await ask('overseer', 'GET', '/findings?kind=external-server&limit=3');
    expect([found.items.length, typeof found.next]).toEqual([3, 'string']);
    const [{ id }] = found.items;
    expect((await ask('overseer', 'POST', `/findings/${id}/assign`, { to: 'root' })).json).toMatchObject({
      assignedTo: 'root',
    });
    const accepted = await ask('overseer', 'POST', `/findings/${id}/accept`, { reason: 'ours' });
    expect(accepted.json).toMatchObject({ acceptedBy: 'overseer', acceptedReason: 'ours', isOpen: false });
    expect(pick((await ask('overseer', 'GET', '/findings?kind=external-server')).json.items, 'id')).not.toContain(id);
    expect((await ask('overseer', 'GET', '/findings?account=ACME')).json.items.length).toBeGreaterThan(3);
    expect((await ask('overseer', 'GET', '/admin/servers/sync/status')).json).toMatchObject({
      totals: { servers: Object.values(names).flat().length },
    });
    expect((await ask('overseer', 'GET', '/billing/proposals')).json).toEqual({ items: [] });
  });
});

describe('of the rest', () => {
  beforeAll(async () => {
    const { db } = await serve.app.connection();
    const accounts = await openAccounts(serve.app);
    keys
      .set(await accounts.keyOf('ACME'), 'anna')
      .set(await accounts.keyOf('Bert Ltd'), 'bert')
      .set('shop:3', 'carl');
    const everything = [
      ...(await db.guest.findMany()).map(({ id, name }) => ({ id, owner: ownerOf(name ?? '') })),
      ...(await db.finding.findMany()).map(({ id, accountKey }) => ({ id, owner: ownerOfKey(accountKey) })),
      ...(await db.operation.findMany()).map(({ id, parameters }) => ({
        id,
        owner: ownerOfKey(Reflect.get(Object(parameters), 'accountKey') ?? null),
      })),
      ...(await db.account.findMany()).map(({ id }) => ({ id, owner: ownerOfKey(id) })),
      ...(await db.provider.findMany()).map(({ id }) => ({ id, owner: null })),
      ...['ACME', 'Bert Ltd', 'overseer'].map((id) => ({ id, owner: null })),
      ...[...CUSTOMERS, 'nobody' as const].flatMap((of) => names[of].map((id) => ({ id, owner: of }))),
      ...CUSTOMERS.flatMap((of) => [`rec-${of}`, `${of}-lost`].map((id) => ({ id, owner: of }))),
    ];
    for (const name of CUSTOMERS) {
      foreign.set(
        name,
        everything.filter(({ owner }) => owner !== name).map(({ id }) => id),
      );
    }
  });

  const keys = new Map<string, Customer>();
  const ownerOfKey = (key: string | null): Customer | null => (key === null ? null : (keys.get(key) ?? null));
  const ownerOf = (name: string) => CUSTOMERS.find((one) => names[one].includes(name)) ?? null;

  it('nothing is in any answer, whatever a customer asks for', async () => {
    const routes = routeTable(serve.server).filter(({ method }) => ['GET', 'POST'].includes(method));
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...CUSTOMERS),
        fc.constantFrom(...routes.map(({ method, url }) => ({ method, url }))),
        fc.nat(),
        fc.constantFrom('account', 'accountKey', 'filter', 'selector', 'kind', 'all', 'owner', 'id', 'cursor'),
        async (who, { method, url }, index, field) => {
          const hidden = foreign.get(who) ?? [];
          const id = hidden[index % hidden.length] ?? '';
          const to = url.replace(/:\w+/g, encodeURIComponent(id));
          const asked = `${to}?${field}=${encodeURIComponent(id)}`;
          if (/session|invite/.test(url)) return;
          const body = method === 'POST' ? (index % 2 === 0 ? {} : { [field]: id }) : undefined;
          const { status, text } = await serve.send(method, asked, { token: tokens.get(who), body });
          if (status === 200) seen.add(url);
          const found = hidden.filter((one) => one !== id && text.includes(one));
          expect([asked, status < 500, found]).toEqual([asked, true, []]);
        },
      ),
      { numRuns: 400, seed: 7 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(['/api/v1/me/servers', '/api/v1/me/findings']));
  });

  it('nothing is told to somebody without an account, whatever a panel of the name of users calls its owners', async () => {
    const { world, app } = serve;
    const file = path.join(world.dir, 'user.csv');
    writeFileSync(file, 'id,native_id,provider,owner\nx,100,lab,oscar\n');
    await world.rollcall(['panel', 'add', 'user', '--type', 'file', '--file', file]);
    tokens.set('oscar', await serve.token('oscar', 'viewer', { tags: ['none'] }));
    await (await openReconcile(app)).run({ by: 'root', signal: app.machine.signal });
    for (const [method, url] of [
      ['GET', '/me/servers'],
      ['GET', '/me/findings'],
      ['GET', '/me/servers/sync/status'],
      ['POST', '/me/servers/sync'],
    ] as const) {
      const { status, json } = await ask('oscar', method, url, method === 'POST' ? {} : undefined);
      expect([status, json.code]).toEqual([403, 'no-account']);
    }
    expect((await world.rollcall(['panel', 'remove', 'user'])).status).toBe(0);
  });

  it('everything is shown to an admin, so that the test above can fail', async () => {
    const lists = ['hosts?limit=1000', 'findings?all=true&limit=1000', 'operations?limit=1000', 'actions?limit=500'];
    const texts = await Promise.all(lists.map(async (list) => (await ask('overseer', 'GET', `/${list}`)).text));
    const all = texts.join('\n');
    const hidden = new Set(CUSTOMERS.flatMap((name) => foreign.get(name) ?? []));
    expect([...hidden].filter((one) => !all.includes(one))).toEqual([]);
  });

  it('only /me and the session are open to a customer', async () => {
    const open: string[] = [];
    for (const { method, url, access } of routeTable(serve.server)) {
      if ('public' in access) continue;
      const to = url.replace(/:\w+/g, 'none');
      const { status } = await serve.send(method, to, {
        token: tokens.get('carl'),
        ...(method === 'POST' && { body: {} }),
      });
      if (status !== 403) open.push(`${method} ${url}`);
    }
    expect(open.toSorted()).toEqual([
      'DELETE /api/v1/session',
      'GET /api/v1/me/findings',
      'GET /api/v1/me/servers',
      'GET /api/v1/me/servers/sync/status',
      'HEAD /api/v1/me/findings',
      'HEAD /api/v1/me/servers',
      'HEAD /api/v1/me/servers/sync/status',
      'POST /api/v1/me/servers/sync',
    ]);
  });

  it('no event of the feed is told to a customer, and none of an account to who sees a part', async () => {
    const refused = await new Promise<string>((resolve) => {
      const headers = { authorization: `Bearer ${tokens.get('anna')}` };
      const socket = new WebSocket(`ws://${serve.host}/api/v1/ws`, { headers });
      socket.on('error', (error) => resolve(error.message));
      socket.on('open', () => resolve('open'));
    });
    expect(refused).toBe('Unexpected server response: 403');
    const part = await serve.connect(await serve.token('pia', 'operator', { providers: [serve.providerId('lab')] }));
    const whole = await serve.connect(await serve.token('vera', 'viewer'));
    serve.world.clock.advance(31_000);
    const { json } = await ask('carl', 'POST', '/me/servers/sync', {});
    await serve.hub.tick();
    await until('who sees all is told', () => JSON.stringify(whole.messages).includes(json.operationId), 5000);
    expect(JSON.stringify(part.messages)).not.toContain(json.operationId);
    expect(JSON.stringify(part.messages)).not.toContain('reconcile');
    part.socket.terminate();
    whole.socket.terminate();
  });
});
