import { beforeAll, describe, expect, it } from '@jest/globals';
import { routeTable } from '../../src/server/auth/access.ts';
import { type FeedSocket, openServeWorld, type ServeWorld } from '../helpers/serve-world.ts';
import { until } from '../watch/processes.ts';

let serve: ServeWorld;
let admin: string;
let tag: string;
let provider: string;
/** Of somebody whose tag no guest has now, though one had it `before`. */
let bygone: string;
let before: string;
/** Of guest 100, which the scope of the tag shows. */
let shown: string;
/** Of guest 101, which it showed once. */
let former: string;
/** What none of the answers may have in it: ids, and names, of everything else. */
let hiddenOfTag: string[];
let hiddenOfProvider: string[];

const ofOther = { PROXMOX_VE_NAME: 'other' };
const syncOther = () => serve.world.rollcall('discover-all --quiet', { env: { ...serve.other.lab.env(), ...ofOther } });

async function sync(): Promise<void> {
  serve.world.clock.advance(3_600_000);
  await serve.world.rollcall('discover-all --quiet');
  await syncOther();
  await serve.hub.tick();
}

beforeAll(async () => {
  serve = await openServeWorld();
  const { lab } = serve.world;
  const actor = lab.as('admin@pve');
  actor.setConfig(100, { tags: 'shop' });
  actor.setConfig(101, { tags: 'shop;bygone' });
  serve.other.lab.as('admin@pve').setConfig(100, { name: 'hidden-one', tags: 'secret' });
  await sync();
  before = serve.world.clock.now().toISOString();
  actor.setConfig(101, { tags: 'secret', name: 'moved-away' });
  serve.other.lab.as('admin@pve').setConfig(100, { memory: 4096 });
  await sync();
  admin = await serve.token('root', 'admin');
  tag = await serve.token('tess', 'operator', { tags: ['shop'] });
  bygone = await serve.token('bea', 'operator', { tags: ['bygone'] });
  provider = await serve.token('pia', 'operator', { providers: [serve.providerId('lab')] });
  const hosts = [...serve.hub.current.hosts.values()];
  shown = hosts.find(({ tags }) => tags.includes('shop'))?.id ?? '';
  former = serve.idOf('moved-away');
  const otherId = serve.providerId('other');
  const asked = await serve.send('POST', `/api/v1/providers/${otherId}/sync`, { token: admin, body: {} });
  const marked = hosts.filter(({ id, providerId }) => id === former || providerId === otherId).map(({ id }) => id);
  await serve.send('POST', '/api/v1/imports', { token: admin, body: { hostIds: marked } });
  await serve.hub.tick();
  const { nodes, storages } = serve.hub.current;
  const runs = await serve.send('GET', '/api/v1/runs', { token: admin });
  const idsOf = (rows: Iterable<{ id: string; providerId: string }>) =>
    [...rows].filter(({ providerId }) => providerId === otherId).map(({ id }) => id);
  hiddenOfProvider = [
    otherId,
    '"other"',
    'hidden-one',
    asked.json.id,
    ...idsOf(serve.hub.current.hosts.values()),
    ...idsOf(nodes.values()),
    ...idsOf(storages.values()),
    ...idsOf(runs.json.items),
  ];
  hiddenOfTag = [
    ...hiddenOfProvider,
    'moved-away',
    ...nodes.keys(),
    ...storages.keys(),
    ...hosts.flatMap(({ id }) => (id === shown ? [] : [id])),
  ];
});

/** Every answer that a user can ask for, with what might get more out of it. */
function paths(): string[] {
  const ids = [shown, former, serve.idOf('hidden-one')];
  const providers = [serve.providerId('lab'), serve.providerId('other')];
  const at = `at=${encodeURIComponent(before)}`;
  const plain = routeTable(serve.server).flatMap(({ method, url }) =>
    method === 'GET' && !url.includes(':') && url !== '/api/v1/ws' && url !== '/api/v1/openapi.json' ? [url] : [],
  );
  return [
    ...plain,
    ...['', `?${at}`, '/history', '/diff?from=1w', '/availability'].flatMap((end) =>
      ids.map((id) => `/api/v1/hosts/${id}${end}`),
    ),
    ...['', '/availability'].flatMap((end) => providers.map((id) => `/api/v1/providers/${id}${end}`)),
    ...['hosts', 'nodes', 'storages'].map((list) => `/api/v1/${list}?${at}`),
    'hosts?gone=true',
    `hosts?gone=true&${at}`,
    'hosts?selector=tag=secret',
    'hosts?selector=name=hidden*',
    'changes?by=*',
    'changes?path=*',
    'changes?path=memory',
    'changes?selector=tag=secret',
    'changes?afterRev=0',
    'changes?provider=other',
    'changes?provider=*',
    `changes?provider=${providers[1]}`,
    'changes?provider=oth%3Fr',
    'changes?kind=node',
    'changes?kind=storage',
    'changes?until=now',
    'tasks?user=*',
    'tasks?type=*',
    `runs?provider=${providers[1]}`,
    `operations?provider=${providers[1]}`,
    'operations?state=waiting',
    ...['state?filter=tag=secret', 'state?filter=name=*', ...Array.from('abcdefghijklmnopqrstuvwxyz0123456789')].map(
      (end) => (end.length === 1 ? `operations/${end}` : end),
    ),
  ].map((path) => (path.startsWith('/') ? path : `/api/v1/${path}`));
}

const leaks = (text: string, hidden: readonly string[]) => hidden.filter((one) => text.includes(one));

describe('a user who sees a part', () => {
  it.each([
    ['by a tag', () => tag, () => hiddenOfTag],
    ['by a tag that no guest has any more', () => bygone, () => [...hiddenOfTag, shown]],
    ['by a provider', () => provider, () => hiddenOfProvider],
  ])('%s finds nothing of the rest in any answer', async (_how, token, hidden) => {
    for (const path of paths()) {
      const { status, text } = await serve.send('GET', path, { token: token() });
      // What was asked for may be named by who refuses it.
      const asked = decodeURIComponent(path);
      const found = leaks(text, hidden()).filter((one) => !asked.includes(one.replaceAll('"', '')));
      expect([path, status < 500, found]).toEqual([path, true, []]);
    }
    const sent = await serve.send('POST', '/api/v1/sync', { token: token(), body: { epoch: '', rev: 0 } });
    expect(leaks(sent.text, hidden())).toEqual([]);
  });

  it('is shown what others are not, so that the test above can fail', async () => {
    const texts = await Promise.all(paths().map((path) => serve.send('GET', path, { token: admin })));
    const all = texts.map(({ text }) => text).join('\n');
    expect(hiddenOfTag.filter((one) => !all.includes(one))).toEqual([]);
  });

  it('sees what is in the scope, and counts of that', async () => {
    const { json } = await serve.send('GET', '/api/v1/state', { token: tag });
    expect(json.hosts.map(({ id }: { id: string }) => id)).toEqual([shown]);
    expect(json.providers).toMatchObject([{ name: 'lab', counts: { present: 1, unobservable: 0 }, pauseReason: null }]);
    expect([json.nodes, json.storages, json.operations]).toEqual([[], [], []]);
    const changes = await serve.send('GET', '/api/v1/changes?provider=lab', { token: tag });
    expect(changes.json.items.length).toBeGreaterThan(0);
    const history = await serve.send('GET', `/api/v1/hosts/${shown}/history`, { token: tag });
    expect(history.json.items.length).toBeGreaterThan(0);
  });

  it('cannot tell what is hidden from what there is not', async () => {
    const same = [
      [`hosts/${former}`, 'hosts/nothing'],
      [`hosts/${former}?at=${encodeURIComponent(before)}`, `hosts/nothing?at=${encodeURIComponent(before)}`],
      [`providers/${serve.providerId('other')}`, 'providers/nothing'],
      ['changes?provider=other', 'changes?provider=nothing'],
      ['changes?provider=oth*', 'changes?provider=noth*'],
      ['changes?selector=tag=secret', 'changes?selector=tag=nothing'],
      ['hosts?selector=name=hidden-one', 'hosts?selector=name=nothing'],
      ['tasks?user=admin@pve!nothing', 'tasks?user=nothing'],
    ] as const;
    const asked = (await serve.send('GET', '/api/v1/operations', { token: admin })).json.items[0].id;
    for (const [hidden, none] of [...same, [`operations/${asked}`, 'operations/nothing']]) {
      const [one, other] = [await serve.send('GET', `/api/v1/${hidden}`, { token: tag }), none];
      const { status, text } = await serve.send('GET', `/api/v1/${other}`, { token: tag });
      const id = /\/([^?]*)/.exec(hidden)?.[1] ?? '-';
      expect([hidden, one.status, one.text.replaceAll(id, 'nothing')]).toEqual([hidden, status, text]);
    }
  });

  it('asks for nothing that is not of the part, and adds no user who sees more', async () => {
    const [lab, other] = [serve.providerId('lab'), serve.providerId('other')];
    const asks = [
      [tag, `/api/v1/providers/${lab}/sync`, 404],
      [tag, `/api/v1/providers/${other}/test`, 404],
      [provider, `/api/v1/providers/${other}/sync`, 404],
    ] as const;
    for (const [token, path, status] of asks) {
      expect((await serve.send('POST', path, { token, body: {} })).status).toBe(status);
    }
    const boss = await serve.token('boss', 'admin', { tags: ['shop'] });
    const whole = { name: 'eve', role: 'admin', scope: null };
    const escapes = [
      ['POST', '/api/v1/users', whole, 403],
      ['PATCH', '/api/v1/users/boss', { scope: null }, 403],
      ['POST', '/api/v1/users/root/tokens', { name: 'x', expiresAt: null }, 403],
      ['POST', '/api/v1/users/root/invitation', {}, 403],
      ['PATCH', `/api/v1/providers/${lab}`, { isEnabled: false }, 404],
      ['DELETE', `/api/v1/providers/${lab}`, undefined, 404],
      ['POST', '/api/v1/providers/inspect', { url: 'https://127.0.0.1:1', type: 'proxmox' }, 403],
    ] as const;
    for (const [method, path, body, status] of escapes) {
      const answer = await serve.send(method, path, { token: boss, body });
      expect([method, path, answer.status]).toEqual([method, path, status]);
    }
    const { json } = await serve.send('GET', `/api/v1/providers/${lab}`, { token: boss });
    expect([json.endpoints, json.credential, json.tls]).toEqual([undefined, undefined, undefined]);
  });

  it('gets no events of the rest', async () => {
    const [part, whole] = [await serve.connect(tag, { telemetry: true }), await serve.connect(admin)];
    serve.other.lab.as('admin@pve').setConfig(100, { tags: 'secret;more' });
    serve.world.lab.as('admin@pve').setConfig(101, { tags: 'secret;more' });
    await sync();
    serve.world.lab.as('admin@pve').setConfig(100, { tags: 'shop;more' });
    await sync();
    const eventsOf = (messages: readonly { type: string }[]) => JSON.stringify(messages);
    // The last message is of the change that both see.
    const hasAll = ({ messages }: FeedSocket) => eventsOf(messages.slice(1)).includes(shown);
    await until('both are told', () => hasAll(whole) && hasAll(part), 5000);
    expect(leaks(eventsOf(part.messages), hiddenOfTag)).toEqual([]);
    expect(leaks(eventsOf(whole.messages.slice(1)), [serve.idOf('hidden-one'), former])).toHaveLength(2);
    part.socket.terminate();
    whole.socket.terminate();
  });

  it('is given its operations, however many of the rest are newer', async () => {
    const [lab, other] = [serve.providerId('lab'), serve.providerId('other')];
    const asked = await serve.send('POST', `/api/v1/providers/${lab}/sync`, { token: provider, body: {} });
    const who = { requestedBy: 'root', requestedVia: 'web', requestedAt: new Date('2099-01-01'), alsoAskedBy: [] };
    const data = { kind: 'sync', providerId: other, providerName: 'other', parameters: {}, state: 'done', ...who };
    const { db } = await serve.app.connection();
    await db.operation.createMany({
      data: Array.from({ length: 1000 }, (_, index) => ({ id: `new${index}`, ...data })),
    });
    const idsOf = async (token: string, query = '') => {
      const { json } = await serve.send('GET', `/api/v1/operations?limit=10${query}`, { token });
      return json.items.map(({ id }: { id: string }) => id);
    };
    expect([await idsOf(provider), await idsOf(admin, `&provider=${lab}`)]).toEqual([[asked.json.id], [asked.json.id]]);
    expect([await idsOf(tag), await idsOf(provider, `&provider=${other}`)]).toEqual([[], []]);
    expect(await idsOf(admin)).toHaveLength(10);
  });

  it('is told where a machine is seen now only where it sees that too', async () => {
    const { db } = await serve.app.connection();
    const [hostId, otherId] = [shown, serve.idOf('hidden-one')];
    await db.guest.update({ where: { id: otherId }, data: { uuid: 'one-machine' } });
    await db.guest.update({
      where: { id: hostId },
      data: { uuid: 'one-machine', presence: 'unobservable', presenceReason: 'its node is offline' },
    });
    const elsewhere = async (token: string) =>
      (await serve.send('GET', `/api/v1/hosts/${hostId}/availability`, { token })).json.elsewhere;
    const [lab, other] = [serve.providerId('lab'), serve.providerId('other')];
    expect(await elsewhere(admin)).toEqual([{ hostId, providerId: lab, otherId, otherProviderId: other }]);
    expect([await elsewhere(tag), await elsewhere(provider)]).toEqual([[], []]);
    await db.guest.update({ where: { id: hostId }, data: { presence: 'present', presenceReason: null } });
  });

  it('gets no body that was made for another, nor is told to keep one', async () => {
    const state = (token: string, headers = {}) => serve.send('GET', '/api/v1/state', { token, headers });
    const whole = await state(admin);
    const etag = whole.headers.get('etag') ?? '';
    expect((await state(admin, { 'if-none-match': etag })).status).toBe(304);
    for (const token of [tag, provider]) {
      const part = await state(token, { 'if-none-match': etag });
      expect(part.status).toBe(200);
      expect(part.text).not.toBe(whole.text);
      expect(part.headers.get('etag')).not.toBe(etag);
    }
    expect(whole.headers.get('vary')).toMatch(/cookie.*authorization/);
    expect(whole.headers.get('cache-control')).toBe('private, no-cache');
    for (const path of ['/api/v1/hosts', '/api/v1/version', '/api/v1/changes', '/api/v1/session', '/api/v1/hosts/x']) {
      expect((await serve.send('GET', path, { token: admin })).headers.get('cache-control')).toBe('no-store');
    }
  });
});

it('tells those who see all what an admin has changed of a provider', async () => {
  const path = `/api/v1/providers/${serve.providerId('other')}`;
  const schedule = { autoDiscover: true, discoverInterval: 600, discoverCron: null };
  for (const body of [{ isEnabled: false }, { isEnabled: false }, { isEnabled: true, schedule }]) {
    serve.world.clock.advance(1000);
    expect(await serve.send('PATCH', path, { token: admin, body })).toMatchObject({ status: 200 });
  }
  const { json } = await serve.send('GET', '/api/v1/actions?target=other&limit=3', { token: admin });
  const told = json.actions.map(({ actor, action, detail }: Record<string, unknown>) => ({ actor, action, detail }));
  expect(told).toHaveLength(3);
  expect(told).toEqual(
    expect.arrayContaining([
      { actor: 'root', action: 'provider.enable', detail: null },
      { actor: 'root', action: 'provider.change', detail: { fields: ['schedule'] } },
      { actor: 'root', action: 'provider.disable', detail: null },
    ]),
  );
});
