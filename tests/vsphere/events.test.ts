import { describe, expect, it } from '@jest/globals';
import { readEvent } from '../../src/providers/vsphere/soap/event-record.ts';
import { readEvents } from '../../src/providers/vsphere/soap/read-events.ts';
import { readXml } from '../../src/providers/vsphere/soap/xml-reader.ts';
import { describeVsphere, vcsim } from '../helpers/vcsim.ts';
import { openProxy } from './faulty-proxy.ts';

const ALL = new Date(0);

describeVsphere('the events of a vCenter', () => {
  const world = vcsim({ vms: 2, hosts: 1 });

  it('tell who did what, in order, from a moment on', async () => {
    const { hand } = world;
    const client = world.open();
    const before = await readEvents(client, { since: ALL });
    expect(before.unreadable).toBe(0);
    const keys = before.events.map(({ key }) => key);
    expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b));
    expect(keys.length).toBeGreaterThan(10);

    const since = new Date();
    await hand.as('DOM\\alice', 'power-off', 'DC0_C0_RP0_VM0');
    await hand.as('bob@vsphere.local', 'reconfigure', 'DC0_C0_RP0_VM0', {
      memoryMB: 96,
      annotation: 'a & b',
      extra: { 'guestinfo.userdata': 'password: geheim' },
    });
    await hand.as('bob@vsphere.local', 'clone', 'DC0_C0_RP0_VM0', { name: 'copy' });
    await hand.as('DOM\\alice', 'destroy', 'copy');
    const { events } = await readEvents(client, { since });
    const told = events.filter(({ vm }) => vm !== null).map(({ user, type, vm }) => [user, type, vm?.name]);
    expect(told).toEqual(
      expect.arrayContaining([
        ['DOM\\alice', 'VmPoweredOffEvent', 'DC0_C0_RP0_VM0'],
        ['bob@vsphere.local', 'VmReconfiguredEvent', 'DC0_C0_RP0_VM0'],
        ['bob@vsphere.local', 'VmClonedEvent', 'copy'],
        ['DOM\\alice', 'VmRemovedEvent', 'copy'],
      ]),
    );
    expect(events.every(({ at }) => at >= since)).toBe(true);
    expect(Math.min(...events.map(({ key }) => key))).toBeGreaterThan(Math.max(...keys));
    const changed = events.find(({ type }) => type === 'VmReconfiguredEvent');
    expect(changed).toMatchObject({
      vm: { object: { type: 'VirtualMachine', value: expect.stringMatching(/^vm-/) } },
      host: { name: 'DC0_C0_H0' },
      changes: [
        { path: 'annotation', after: 'a & b' },
        { path: 'memoryMB', after: '96' },
        { path: 'extraConfig[guestinfo.userdata]', after: null },
      ],
    });
    expect(JSON.stringify(events)).not.toContain('geheim');
  });

  it('are asked for by time, 1,000 at a time, from a collector that is destroyed afterwards', async () => {
    const proxy = await openProxy(world.server.url);
    const client = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } });
    const since = new Date('2026-11-26T10:00:00Z');
    await readEvents(client, { since, types: ['VmReconfiguredEvent'] });
    expect(proxy.calls.slice(2)).toEqual([
      'CreateCollectorForEvents',
      'SetCollectorPageSize',
      'ReadNextEvents',
      'ReadNextEvents',
      'DestroyCollector',
    ]);
    expect(proxy.bodies[2]).toContain(
      '<filter><time><beginTime>2026-11-26T10:00:00.000Z</beginTime></time>' +
        '<eventTypeId>VmReconfiguredEvent</eventTypeId></filter>',
    );
  });

  it('are read from the start again when a page gets lost: the collector has moved on', async () => {
    const proxy = await openProxy(world.server.url);
    proxy.on('ReadNextEvents', async ({ count, forward }) => {
      const answer = await forward();
      return count === 1 ? { ...answer, cutAfter: 500 } : answer;
    });
    const client = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } });
    const { events } = await readEvents(client, { since: ALL });
    expect(events[0]?.key).toBe(1);
    expect(proxy.calls.filter((call) => call === 'ReadNextEvents')).toHaveLength(3);
    expect(proxy.calls.filter((call) => call === 'CreateCollectorForEvents')).toHaveLength(2);
    expect(proxy.calls.filter((call) => call === 'DestroyCollector')).toHaveLength(2);
  });

  it('are refused when they are too many, and their collector is destroyed all the same', async () => {
    const proxy = await openProxy(world.server.url);
    const client = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } });
    await expect(readEvents(client, { since: ALL, maxEvents: 5 })).rejects.toMatchObject({ code: 'limit' });
    expect(proxy.calls.at(-1)).toBe('DestroyCollector');
  });
});

describeVsphere('the events of an ESXi', () => {
  const world = vcsim({ isEsx: true, vms: 1 });

  it('are read by a collector too', async () => {
    await world.hand.as('root', 'power-off', 'ha-host_VM0');
    const { events } = await readEvents(world.open(), { since: ALL });
    expect(events.filter(({ user }) => user === 'root').map(({ type }) => type)).toContain('VmPoweredOffEvent');
  });
});

describe('an event as vCenter 6.5 and newer write it', () => {
  const base = '<key>7</key><createdTime>2026-11-26T10:00:00.123Z</createdTime><userName></userName>';
  const event = async (type: string, inside: string) =>
    readEvent(await readXml(`<returnval xmlns:xsi="x" xsi:type="${type}">${base}${inside}</returnval>`));

  it('tells the differences, but no value of an extra option', async () => {
    const modified =
      'config.hardware.memoryMB: 1024 -> 2048; \n\nconfig.annotation: &lt;unset&gt; -> &quot;x: y -> z&quot;;\n' +
      'config.extraConfig(&quot;guestinfo.p&quot;).value: &quot;geheim&quot; -> &quot;geheimer&quot;;';
    const read = await event(
      'VmReconfiguredEvent',
      `<configSpec><memoryMB>2048</memoryMB></configSpec><configChanges><modified>${modified}</modified>` +
        '<added>config.hardware.device(2001): (key = 2001)</added><deleted>config.extraConfig("a"): (value = "geheim")</deleted></configChanges>',
    );
    expect(read?.changes).toEqual([
      { path: 'config.hardware.memoryMB', after: '2048' },
      { path: 'config.annotation', after: 'x: y -> z' },
      { path: 'config.extraConfig("guestinfo.p").value', after: null },
      { path: 'config.hardware.device(2001)', after: '(key = 2001)' },
      { path: 'config.extraConfig("a")', after: null },
    ]);
  });

  it('names devices that were asked for', async () => {
    const read = await event(
      'VmReconfiguredEvent',
      '<configSpec><deviceChange><operation>add</operation><device xsi:type="VirtualDisk"><key>-101</key></device></deviceChange></configSpec>',
    );
    expect(read?.changes).toEqual([{ path: 'deviceChange[-101]', after: 'add VirtualDisk' }]);
  });

  it('tells why something failed, and what was renamed', async () => {
    const reason = '<reason><fault xsi:type="NoPermission"/><localizedMessage>denied</localizedMessage></reason>';
    expect(await event('VmFailedToPowerOnEvent', reason)).toMatchObject({
      key: 7,
      user: null,
      at: new Date('2026-11-26T10:00:00.123Z'),
      fault: 'NoPermission',
    });
    expect(await event('VmRenamedEvent', '<oldName>a</oldName><newName>b</newName>')).toMatchObject({
      renamedTo: 'b',
    });
  });

  it('has the id of an extended event as its type', async () => {
    expect(await event('EventEx', '<eventTypeId>esx.problem.x</eventTypeId>')).toMatchObject({ type: 'esx.problem.x' });
  });

  it('is not read without a key or a date', async () => {
    expect(readEvent(await readXml('<returnval><key>7</key></returnval>'))).toBeNull();
  });
});
