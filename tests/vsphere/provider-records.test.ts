import { describe, expect, it } from '@jest/globals';
import type { KnownRecords } from '../../src/providers/provider.ts';
import { hideSecrets } from '../../src/providers/vsphere/free-text.ts';
import { configFields } from '../../src/providers/vsphere/records/config-fields.ts';
import { readSoFar } from '../../src/providers/vsphere/records/read-records.ts';
import { toRecord } from '../../src/providers/vsphere/records/to-record.ts';
import type { EventRecord } from '../../src/providers/vsphere/soap/event-record.ts';

const AT = new Date('2026-11-26T10:00:00.123Z');

function event(type: string, more: Partial<EventRecord> = {}): EventRecord {
  return {
    key: 4711,
    type,
    at: AT,
    user: 'VSPHERE.LOCAL\\alice',
    vm: { object: { type: 'VirtualMachine', value: 'vm-1' }, name: 'web%2f01' },
    host: { object: { type: 'HostSystem', value: 'host-1' }, name: 'esx2' },
    renamedTo: null,
    fault: null,
    changes: [],
    ...more,
  };
}

const VCENTER = { product: 'vcenter', maskKey: null } as const;

describe('a record of an event', () => {
  it('has who did what to which VM, and no message', () => {
    expect(toRecord(event('VmPoweredOnEvent'), VCENTER)).toEqual({
      source: 'event',
      ref: 'event/0000004711',
      verb: 'start',
      native: 'VmPoweredOnEvent',
      target: 'vm-1',
      targetName: 'web/01',
      place: 'esx2',
      actor: 'VSPHERE.LOCAL\\alice',
      credential: null,
      at: AT,
      endedAt: AT,
      outcome: 'ok',
      text: null,
      pid: null,
      sets: { status: 'running' },
    });
  });

  it('has the time first on an ESXi, which counts anew after a start', () => {
    expect(toRecord(event('VmPoweredOnEvent'), { ...VCENTER, product: 'esxi' })?.ref).toBe(
      `event/${AT.getTime()}-0000004711`,
    );
  });

  it.each<[string, Partial<EventRecord>, object]>([
    ['VmCreatedEvent', {}, { verb: 'create', outcome: 'ok' }],
    ['VmClonedEvent', {}, { verb: 'clone' }],
    ['VmRegisteredEvent', {}, { verb: 'register', sets: { node: 'esx2' } }],
    ['VmRemovedEvent', {}, { verb: 'destroy' }],
    ['VmRenamedEvent', { renamedTo: 'b%2f1' }, { verb: 'rename', sets: { name: 'b/1' } }],
    ['VmMigratedEvent', {}, { verb: 'migrate', sets: { node: 'esx2' }, touches: ['disk', 'nic', 'pool'] }],
    ['DrsVmMigratedEvent', { user: null }, { verb: 'migrate', sets: { node: 'esx2' }, actor: null }],
    ['VmPoweredOffEvent', {}, { verb: 'stop', sets: { status: 'stopped' } }],
    ['VmSuspendedEvent', {}, { verb: 'suspend', sets: { status: 'suspended' } }],
    ['VmResettingEvent', {}, { verb: 'reset', touches: [] }],
    ['VmFailedToPowerOnEvent', {}, { verb: 'start', outcome: 'failed' }],
    ['VmFailedMigrateEvent', {}, { verb: 'migrate', outcome: 'failed' }],
  ])('%s', (type, more, record) => {
    expect(toRecord(event(type, more), VCENTER)).toMatchObject(record);
  });

  it('of a reconfiguration that tells nothing is open', () => {
    const record = toRecord(event('VmReconfiguredEvent'), VCENTER);
    expect(record).not.toHaveProperty('sets');
    expect(record).not.toHaveProperty('touches');
    const other = event('VmReconfiguredEvent', { changes: [{ path: 'extraConfig[a]', after: null }] });
    expect(toRecord(other, VCENTER)).toMatchObject({ touches: [] });
  });

  it.each([
    ['another event', event('UserLoginSessionEvent')],
    ['what only announces it', event('VmBeingMigratedEvent')],
    ['an event without a VM', event('VmPoweredOnEvent', { vm: null })],
  ])('is not made of %s', (_what, other) => {
    expect(toRecord(other, VCENTER)).toBeNull();
  });
});

describe('where the reading of events goes on', () => {
  const at = (text: string) => new Date(`2026-11-26T${text}Z`);
  const now = { serverNow: at('12:00:00').getTime(), skewMs: 2_000 };
  it.each<[string, Partial<KnownRecords>, string]>([
    ['the newest record', { newestAt: at('11:50:00') }, '2026-11-26T11:50:00.000Z'],
    ['the last run, without a record', {}, '2026-11-26T11:00:02.000Z'],
    ['the last run, after a record of the future', { newestAt: at('13:00:00') }, '2026-11-26T11:00:02.000Z'],
    ['a day ago, at first', { lastCompleteAt: null }, '2026-11-25T12:00:00.000Z'],
  ])('%s', (_what, more, time) => {
    const known = { refs: new Set<string>(), newestAt: null, lastCompleteAt: at('11:00:00'), ...more };
    expect(new Date(readSoFar(known, now)).toISOString()).toBe(time);
  });
});

describe('what a reconfiguration did', () => {
  it.each<[string, string | null, object]>([
    ['config.hardware.memoryMB', '2048', { sets: { memory: 2048 }, touches: [] }],
    ['memoryMB', '2048', { sets: { memory: 2048 }, touches: [] }],
    ['memoryMB', null, { sets: {}, touches: ['memory'] }],
    ['config.hardware.numCPU', '2', { sets: {}, touches: ['cores', 'sockets'] }],
    ['numCPUs', '2', { sets: {}, touches: ['cores', 'sockets'] }],
    ['config.annotation', 'x', { sets: { description: 'x' }, touches: [] }],
    ['config.annotation', null, { sets: {}, touches: ['description'] }],
    ['annotation', 'x'.repeat(2_000), { sets: {}, touches: ['description'] }],
    ['annotation', 'password=geheim', { sets: { description: '«hidden»' }, touches: [] }],
    ['config.guestId', 'debian11_64Guest', { sets: { ostype: 'debian11_64Guest' }, touches: [] }],
    ['deviceChange[2000]', 'edit VirtualDisk', { sets: {}, touches: ['disk-2000', 'nic-2000'] }],
    ['deviceChange[-101]', 'add VirtualDisk', { sets: {}, touches: ['disk', 'nic'] }],
    ['config.hardware.device(4000).macAddress', 'x', { sets: {}, touches: ['disk-4000', 'nic-4000'] }],
    ['firmware', 'efi', { sets: {}, touches: [] }],
  ])('%s', (path, after, fields) => {
    expect(configFields([{ path, after }], null)).toEqual(fields);
  });
});

describe('a text of people', () => {
  it('is hidden if it may hold a secret, by a mask that is the same for the same text', () => {
    const key = { id: '0f0f', secret: 'k' };
    expect(hideSecrets('the web server', key)).toBe('the web server');
    const masked = hideSecrets('root / Passwort: x, password: y', key);
    expect(masked).toMatch(/^«hidden:0f0f\.[0-9a-f]{8}»$/);
    expect(hideSecrets('root / Passwort: x, password: y', key)).toBe(masked);
    expect(hideSecrets('root / Passwort: x, password: z', key)).not.toBe(masked);
    expect(hideSecrets('https://user:pw@host/', key)).toMatch(/^«hidden/);
    for (const text of [
      'Zugang: root, Kennwort x',
      'admin pw: x',
      'PIN 1234',
      'api_key=x',
      'access-key x',
      'Authorization: Bearer x',
      '-----BEGIN OPENSSH PRIVATE KEY-----',
      'passphrase x',
      'pwd x',
    ]) {
      expect(hideSecrets(text, key)).toMatch(/^«hidden/);
    }
    expect(hideSecrets('x', key, 'root pass')).toMatch(/^«hidden/);
    for (const text of ['spinning disks', 'compass', 'pwned last year', 'owner: web']) {
      expect(hideSecrets(text, key)).toBe(text);
    }
  });
});
