import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openBilling } from '../../src/app/open-billing.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { WatchDeliveries } from '../../src/cli/notify/watch-deliveries.ts';
import type { WatchLog } from '../../src/cli/watch/log.ts';
import { openWatchedOperations } from '../../src/cli/watch/operations.ts';
import { type Receiver, startReceiver } from '../helpers/receiver.ts';
import { type ServeWorld, serve as serveOver } from '../helpers/serve-world.ts';
import { openWorld } from '../helpers/world.ts';
import { until } from '../watch/processes.ts';

// Loaded when an operation is performed: see world.ts.
import '../../src/app/open-billing.ts';
import '../../src/app/open-notify.ts';
import '../../src/app/open-panel.ts';
import '../../src/app/owner-file.ts';
import '../../src/panels/file/open-file.ts';
import '../../src/services/operations/worker.ts';

const PRICES = 'currency: EUR\ncharge: present\nbyCore: { per: hour, amount: 0.01 }\n';
const HOUR_MS = 3_600_000;

let serve: ServeWorld;
let receiver: Receiver;
const tokens = new Map<string, string>();

beforeAll(async () => {
  const world = await openWorld({ vms: 4, containers: 0 });
  receiver = await startReceiver();
  serve = await serveOver(world, world, { syncWaitMs: 15_000 });
  for (const vmid of [100, 102]) world.lab.as('admin@pve').setConfig(vmid, { tags: 'owner-7' });
  for (let hour = 0; hour < 2; hour++) {
    await world.rollcall('discover-all --quiet');
    world.clock.advance(HOUR_MS);
  }
  writeFileSync(path.join(world.dir, 'shop.csv'), 'id,native_id,owner\n1,101,8\n2,103,8\n');
  writeFileSync(path.join(world.dir, 'prices.yaml'), PRICES);
  await world.rollcall('panel add shop --type file --file shop.csv');
  await world.rollcall('accounts rules set tag:owner-*=shop');
  await world.rollcall('billing prices set prices.yaml');
  await world.rollcall(`notify add webhook ops --url ${receiver.url} --allow-private --kind finding`);
  for (const role of ['admin', 'operator'] as const) tokens.set(role, await serve.token(role, role));
  await serve.hub.tick();
});

const ask = (who: string, method: string, url: string, body?: unknown) =>
  serve.send(method, `/api/v1${url}`, { token: tokens.get(who), body });

it('a finding of a comparison over the API is told once, also by a process that syncs one provider alone', async () => {
  const { app, world } = serve;
  const said: string[] = [];
  const say = (level: string, message: string) => void (level !== 'info' && said.push(message));
  const deliveries = new WatchDeliveries(app, say, () => world.clock.now());
  const context = { app, io: { signal: app.machine.signal }, options: { provider: ['lab'] } };
  const operations = await openWatchedOperations(context as unknown as CliContext, {
    log: { say } as unknown as WatchLog,
    deliveries,
    timeoutMs: 60_000,
    graceMs: 1000,
  });
  operations.start();
  try {
    // Where that fails the comparison is none the worse, and the next one tells.
    jest.spyOn(app, 'notifiers').mockRejectedValueOnce(new Error('no notifiers'));
    expect((await ask('admin', 'POST', '/admin/servers/sync', {})).json).toMatchObject({ state: 'done' });
    world.clock.advance(31_000);
    for (const isRecent of [false, true, false]) {
      const { json } = await ask('admin', 'POST', '/admin/servers/sync', {});
      expect(json).toMatchObject({ state: 'done', isRecent });
      await until('both findings are told', () => receiver.received.length >= 2, 10_000);
      if (isRecent) world.clock.advance(31_000);
    }
  } finally {
    await operations.close();
    await deliveries.close();
  }
  const titles = receiver.received.map(({ json }) => (json as { title: string }).title);
  expect(titles.toSorted()).toEqual([
    'external-server (shop): lab/100 (web-01): it runs, and the panel does not know it',
    'external-server (shop): lab/102 (app-03): it runs, and the panel does not know it',
  ]);
  expect(said).toEqual(['notifications were not made: no notifiers']);
});

describe('a proposal', () => {
  let ids: string[];

  beforeAll(async () => {
    await (await openBilling(serve.app)).propose();
    const { json } = await ask('operator', 'GET', '/billing/proposals');
    ids = json.items.map(({ id }: { id: string }) => id);
  });

  const decide = (id: string | undefined, what: string, who = 'admin') =>
    ask(who, 'POST', `/billing/proposals/${id}/${what}`, { reason: `${what} of November` });

  it('is applied by an admin, once', async () => {
    expect(ids).toHaveLength(2);
    expect((await decide(ids[0], 'apply', 'operator')).status).toBe(403);
    expect((await decide(ids[0]?.slice(0, -1), 'apply')).status).toBe(404);
    expect(await decide(ids[0], 'apply')).toMatchObject({
      status: 200,
      json: { id: ids[0], kind: 'create', state: 'applied' },
    });
    expect(await decide(ids[0], 'apply')).toMatchObject({
      status: 409,
      json: { code: 'not-applied', detail: 'it is applied already' },
    });
    const { servers, transactions } = await (await openBilling(serve.app)).book();
    expect(servers.map(({ accountKey }) => accountKey)).toEqual(['shop:7']);
    expect(new Set(transactions.map(({ by, reason }) => `${by}: ${reason}`))).toEqual(
      new Set(['admin: apply of November']),
    );
  });

  it('that is rejected is not applied', async () => {
    expect(await decide(ids[1], 'reject')).toMatchObject({ status: 200, json: { id: ids[1], state: 'rejected' } });
    expect((await decide(ids[1], 'reject')).status).toBe(404);
    expect(await decide(ids[1], 'apply')).toMatchObject({ status: 409, json: { detail: 'it is rejected already' } });
    expect((await (await openBilling(serve.app)).book()).servers).toHaveLength(1);
  });

  it('leaves who decided, and why, in the record of actions', async () => {
    const { json } = await ask('admin', 'GET', '/actions');
    const decisions = json.actions.filter(({ action }: { action: string }) => action.startsWith('billing.'));
    expect(decisions).toMatchObject([
      { action: 'billing.reject', target: ids[1], actor: 'admin', detail: { reason: 'reject of November' } },
      { action: 'billing.apply', target: ids[0], actor: 'admin', detail: { reason: 'apply of November' } },
    ]);
  });
});
