import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { UpdateFeed } from '../../src/providers/vsphere/soap/update-feed.ts';
import type { ObjectUpdate } from '../../src/providers/vsphere/soap/update-set.ts';
import { describeVsphere, vcsim } from '../helpers/vcsim.ts';
import { type FaultyProxy, faultReply, openProxy, reply } from './faulty-proxy.ts';

const WATCHED = { VirtualMachine: ['name', 'runtime.powerState', 'config.hardware.memoryMB'] };

function shown({ kind, object, changes }: ObjectUpdate): string {
  return [kind, object.value, ...changes.map(({ path, value }) => `${path}=${value?.text ?? 'none'}`)].join(' ');
}

describeVsphere('a feed of changes', () => {
  const world = vcsim({ vms: 2 });
  let proxy: FaultyProxy;
  let feed: UpdateFeed;
  beforeEach(async () => {
    proxy = await openProxy(world.server.url);
    feed = new UpdateFeed(world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } }), WATCHED);
  });
  afterEach(() => feed.close());

  it('begins with everything there is, then tells what enters, changes and leaves', async () => {
    const { hand } = world;
    const start = await feed.next({ maxWaitSeconds: 10 });
    expect(start.isStart).toBe(true);
    expect(start.updates.map(({ kind }) => kind)).toEqual(['enter', 'enter']);
    const vm = start.updates[0]?.object.value ?? '';

    await hand.as('alice', 'power-off', vm);
    const modified = await feed.next({ maxWaitSeconds: 10 });
    expect(modified.isStart).toBe(false);
    expect(modified.updates.map(shown)).toEqual([`modify ${vm} runtime.powerState=poweredOff`]);

    const clone = await hand.as('alice', 'clone', vm, { name: 'copy' });
    const entered = await feed.next({ maxWaitSeconds: 10 });
    expect(entered.updates.map(shown)[0]).toMatch(
      new RegExp(`^enter ${clone} name=copy runtime.powerState=poweredOff`),
    );

    await hand.as('alice', 'destroy', 'copy');
    const left = await feed.next({ maxWaitSeconds: 10 });
    expect(left.updates.map(shown)).toEqual([`leave ${clone}`]);
    expect(proxy.calls.filter((call) => call === 'WaitForUpdatesEx')).toHaveLength(4);
    await hand.as('alice', 'power-on', vm);
  });

  it('waits as long as it was told when nothing changes', async () => {
    await feed.next({ maxWaitSeconds: 10 });
    const startedAt = performance.now();
    expect(await feed.next({ maxWaitSeconds: 1 })).toEqual({ isStart: false, updates: [] });
    expect(performance.now() - startedAt).toBeGreaterThan(900);
    expect(proxy.bodies.at(-1)).toContain('<maxWaitSeconds>1</maxWaitSeconds><maxObjectUpdates>250</maxObjectUpdates>');
  });

  it('puts a batch together that the server cut', async () => {
    proxy.on('WaitForUpdatesEx', async ({ count, forward }) => {
      const answer = await forward();
      if (count === 1)
        return { ...answer, body: answer.body.replace('</version>', '</version><truncated>true</truncated>') };
      return reply('WaitForUpdatesEx', part('vm-more'));
    });
    const { isStart, updates } = await feed.next({ maxWaitSeconds: 10 });
    expect(isStart).toBe(true);
    expect(updates.map(({ object }) => object.value)).toEqual([expect.any(String), expect.any(String), 'vm-more']);
    // What follows is there already: nobody waits for it.
    expect(proxy.bodies.at(-1)).toContain('<maxWaitSeconds>0<');
    expect(proxy.bodies.at(-1)).toContain('<version>-</version>');
  });

  it.each([
    ['the session ended', () => faultReply('NotAuthenticated', 'The session is not authenticated.'), 2],
    ['the version is unknown', () => faultReply('InvalidCollectorVersion', ''), 1],
    [
      'the collector is gone',
      () => faultReply('ManagedObjectNotFound', '', '<obj type="PropertyCollector">session[1]</obj>'),
      2,
    ],
  ])('begins anew when %s', async (_what, answer, logins) => {
    await feed.next({ maxWaitSeconds: 10 });
    let failed = false;
    proxy.on('WaitForUpdatesEx', async ({ forward }) => {
      if (failed) return forward();
      failed = true;
      return answer();
    });
    const again = await feed.next({ maxWaitSeconds: 10 });
    expect(again.isStart).toBe(true);
    expect(again.updates).toHaveLength(2);
    expect(proxy.calls.filter((call) => call === 'Login')).toHaveLength(logins);
  });

  it('asks once when an answer is lost, and begins anew: the server may count it as told', async () => {
    await feed.next({ maxWaitSeconds: 10 });
    proxy.on('WaitForUpdatesEx', async ({ count, forward }) => {
      const answer = await forward();
      return count === 2 ? { ...answer, cutAfter: 100 } : answer;
    });
    await expect(feed.next({ maxWaitSeconds: 1 })).rejects.toMatchObject({ code: 'malformed', retryable: true });
    expect(proxy.calls.filter((call) => call === 'WaitForUpdatesEx')).toHaveLength(2);
    expect(await feed.next({ maxWaitSeconds: 1 })).toMatchObject({ isStart: true, updates: [{}, {}] });
    expect(proxy.calls.filter((call) => call === 'DestroyPropertyCollector')).toHaveLength(1);
  });

  it('ends a wait at once when it is aborted, and frees its collector when closed', async () => {
    await feed.next({ maxWaitSeconds: 10 });
    const abort = new AbortController();
    const waiting = feed.next({ maxWaitSeconds: 60, signal: abort.signal });
    setTimeout(() => abort.abort(), 300);
    const startedAt = performance.now();
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await feed.close();
    expect(proxy.calls.slice(-2)).toEqual(['DestroyPropertyCollector', 'DestroyView']);
  });

  function part(vm: string): string {
    return (
      '<returnval><version>2</version><filterSet><filter type="PropertyFilter">f</filter><objectSet><kind>enter</kind>' +
      `<obj type="VirtualMachine">${vm}</obj></objectSet></filterSet></returnval>`
    );
  }
});

describeVsphere('a feed of changes of an ESXi', () => {
  const world = vcsim({ isEsx: true, vms: 1 });

  it('tells them as vCenter does', async () => {
    const feed = new UpdateFeed(world.open(), WATCHED);
    expect((await feed.next({ maxWaitSeconds: 10 })).updates.map(shown)).toEqual([
      expect.stringMatching(/^enter vm-\d+ name=ha-host_VM0 runtime.powerState=poweredOn/),
    ]);
    await world.hand.as('root', 'power-off', 'ha-host_VM0');
    expect((await feed.next({ maxWaitSeconds: 10 })).updates.map(shown)).toEqual([
      expect.stringMatching(/^modify vm-\d+ runtime.powerState=poweredOff$/),
    ]);
    await feed.close();
  });
});
