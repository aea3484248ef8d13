import { describe, expect, it } from '@jest/globals';
import type { FeedPoll, Provider } from '../../src/providers/provider.ts';
import { ChangeList } from '../../src/providers/vsphere/feed/change-list.ts';
import { rules } from '../../src/providers/vsphere/rules/rules.ts';
import type { ObjectUpdate } from '../../src/providers/vsphere/soap/update-set.ts';
import { findScope } from '../../src/types/scope.ts';
import { describeVsphere, vcsim } from '../helpers/vcsim.ts';
import { faultReply, openProxy } from './faulty-proxy.ts';
import { EVERYTHING, guestNamed, providers } from './provider-world.ts';

async function poll(provider: Provider, cursor: FeedPoll['cursor'] | null): Promise<FeedPoll> {
  const polled = await provider.poll?.({ cursor });
  if (polled === undefined) throw new Error('the provider has no feed');
  return polled;
}

describeVsphere('a poll', () => {
  const world = vcsim({ vms: 3, hosts: 2 });
  const open = providers(world);

  it('names the VMs that changed, and a partial run reads those', async () => {
    const { hand } = world;
    const provider = open();
    // vcsim breaks the connection over a VM that changed and left in one batch.
    await hand.as('bob', 'power-off', 'DC0_C0_RP0_VM1');
    const begun = await poll(provider, null);
    expect(begun).toMatchObject({ changed: [], fullRun: 'this is the first poll' });
    const first = await provider.discover(EVERYTHING);
    const quiet = await poll(provider, begun.cursor);
    expect(quiet).toMatchObject({ changed: [], fullRun: null });

    await hand.as('alice', 'power-off', 'DC0_C0_RP0_VM0');
    await hand.as('alice', 'reconfigure', 'DC0_C0_RP0_VM0', { memoryMB: 96 });
    await hand.as('bob', 'destroy', 'DC0_C0_RP0_VM1');
    const made = await hand.as('carol', 'create', null, { name: 'new' });
    const polled = await poll(provider, quiet.cursor);
    const [changed, gone] = ['DC0_C0_RP0_VM0', 'DC0_C0_RP0_VM1'].map((name) => guestNamed(first, name));
    expect(polled.fullRun).toBeNull();
    const reasons = new Map(polled.changed.map(({ nativeId, reason }) => [nativeId, reason]));
    expect(reasons.get(changed?.nativeId ?? '')).toBe('status');
    expect(reasons.get(gone?.nativeId ?? '')).toBe('vanished');
    expect([...reasons.values()].sort()).toEqual([expect.stringMatching(/^appeared/), 'status', 'vanished']);

    const partial = await provider.discoverChanged?.(polled, EVERYTHING);
    const seen = partial?.seen;
    if (seen === undefined) throw new Error('nothing was read');
    expect(seen.guests.map(({ document }) => String(document['name'])).sort()).toEqual(['DC0_C0_RP0_VM0', 'new']);
    expect(guestNamed(seen, 'DC0_C0_RP0_VM0').document).toMatchObject({ status: 'stopped', memory: 96 });
    expect(guestNamed(seen, 'new').identity.handle).toBe(made);
    expect([...(seen.partialRead?.guests ?? [])].sort()).toEqual(
      polled.changed.map(({ nativeId }) => `vm/${nativeId}`).sort(),
    );
    expect(seen.partialRead).toMatchObject({ listedCount: 3, isSettled: true });
    expect(seen.startedAt).toEqual(polled.cursor.takenAt);
    expect(findScope(seen.scopes, 'guests')).toEqual({ scope: 'guests', coverage: 'complete', count: 3 });
    expect(seen.records.map(({ native }) => native)).toContain('VmRemovedEvent');
    if (gone !== undefined) expect(rules.doubtAbsence(gone, seen)).toBeNull();

    // What could not be stored is told again.
    const again = await poll(provider, quiet.cursor);
    expect(again.changed.map(({ nativeId }) => nativeId)).toEqual(polled.changed.map(({ nativeId }) => nativeId));
    expect(await poll(provider, again.cursor)).toMatchObject({ changed: [], fullRun: null });
  });

  it('asks for a full run when the server lost its state', async () => {
    const proxy = await openProxy(world.server.url);
    const provider = open(proxy);
    const begun = await poll(provider, null);
    let failed = false;
    proxy.on('WaitForUpdatesEx', async ({ forward }) => {
      if (failed) return forward();
      failed = true;
      return faultReply('NotAuthenticated', 'The session is not authenticated.');
    });
    const polled = await poll(provider, begun.cursor);
    expect(polled).toMatchObject({ changed: [], fullRun: 'the server began its feed of changes anew' });
    expect(await poll(provider, polled.cursor)).toMatchObject({ changed: [], fullRun: null });
  });
});

describe('the changes of a feed', () => {
  const value = (text: string) => ({ name: 'val', kind: null, type: null, text, children: [] });
  function update(kind: ObjectUpdate['kind'], moref: string, fields: Record<string, string> = {}): ObjectUpdate {
    const changes = Object.entries(fields).map(([path, text]) => ({ path, value: value(text) }));
    return { kind, object: { type: 'VirtualMachine', value: moref }, changes };
  }
  function list(...start: [string, string][]): ChangeList {
    const changes = new ChangeList();
    changes.restart(start.map(([moref, uuid]) => update('enter', moref, { 'config.instanceUuid': uuid })));
    return changes;
  }

  it('are one for each VM', () => {
    const changes = list(['vm-1', 'A'], ['vm-2', 'B']);
    changes.add(1, [update('modify', 'vm-1', { name: 'x', 'runtime.powerState': 'poweredOff' })]);
    changes.add(2, [update('modify', 'vm-1', { name: 'y' })]);
    expect(changes.toRead()).toEqual([
      { nativeId: 'a', moref: 'vm-1', isGone: false, isNew: false, reasons: ['name', 'status'] },
    ]);
    changes.forgetUntil(1);
    expect(changes.toRead()).toMatchObject([{ reasons: ['name'] }]);
    changes.forgetUntil(2);
    expect(changes.toRead()).toEqual([]);
  });

  it.each([
    ['before', ['leave', 'enter']],
    ['after', ['enter', 'leave']],
  ] as const)(
    'have one that was registered anew under its new moref, which came %s the old one left',
    (_when, kinds) => {
      const changes = list(['vm-1', 'A']);
      const updates = {
        enter: update('enter', 'vm-9', { 'config.instanceUuid': 'A' }),
        leave: update('leave', 'vm-1'),
      };
      changes.add(
        1,
        kinds.map((kind) => updates[kind]),
      );
      expect(changes.toRead()).toMatchObject([{ nativeId: 'a', moref: 'vm-9', isGone: false }]);
      expect(changes.listedCount).toBe(1);
    },
  );

  it('have one that gets its uuid after it came', () => {
    const changes = list();
    changes.add(1, [update('enter', 'vm-1')]);
    expect(changes.toRead()).toEqual([]);
    changes.add(2, [update('modify', 'vm-1', { 'config.instanceUuid': 'A' })]);
    expect(changes.toRead()).toMatchObject([{ nativeId: 'a', moref: 'vm-1' }]);
  });

  it('need a full run where one left while the uuid of another one is not known: they may be the same', () => {
    const changes = list(['vm-1', 'A'], ['vm-2', 'B']);
    changes.add(1, [update('enter', 'vm-9')]);
    expect(changes.fullRunReason()).toBeNull();
    changes.add(2, [update('leave', 'vm-1')]);
    expect(changes.fullRunReason()).toMatch(/a VM is gone, and the uuid of another one/);
    changes.add(3, [update('modify', 'vm-9', { 'config.instanceUuid': 'A' })]);
    expect(changes.fullRunReason()).toBeNull();
  });

  it('need a full run where two VMs have a uuid, or a host changed', () => {
    const changes = list(['vm-1', 'A'], ['vm-2', 'B']);
    changes.add(1, [update('enter', 'vm-3', { 'config.instanceUuid': 'A' })]);
    expect(changes.fullRunReason()).toBe('several VMs have the uuid a');
    changes.add(2, [{ ...update('modify', 'host-1'), object: { type: 'HostSystem', value: 'host-1' } }]);
    expect(changes.fullRunReason()).toBe('a host changed');
    changes.forgetUntil(2);
    expect(changes.fullRunReason()).toBeNull();
  });
});
