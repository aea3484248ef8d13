import { expect, it } from '@jest/globals';
import type { VsphereDatastore } from '../../src/providers/vsphere/read-datastores.ts';
import type { VsphereHost } from '../../src/providers/vsphere/read-hosts.ts';
import { observeStorages } from '../../src/providers/vsphere/storages.ts';

function datastore(moref: string, more: Partial<VsphereDatastore> = {}): VsphereDatastore {
  return {
    moref,
    unread: [],
    name: 'local',
    type: 'VMFS',
    url: `ds:///${moref}/`,
    capacityBytes: 1000,
    freeBytes: 400,
    isAccessible: true,
    isShared: false,
    maintenance: 'normal',
    folder: '/DC0/datastore',
    mounts: [{ host: { type: 'HostSystem', value: 'host-1', name: 'esx1' }, isAccessible: true }],
    ...more,
  };
}

const HOSTS = new Map<string, VsphereHost>();

function observe(rows: VsphereDatastore[], hosts = HOSTS) {
  return observeStorages({ rows, present: rows.length, unread: [] }, hosts, 'read');
}

it('names datastores of equal names by their path', () => {
  const { storages, defined } = observe([
    datastore('datastore-1'),
    datastore('datastore-2', { folder: '/DC1/datastore' }),
    datastore('datastore-3', { name: 'shared', isShared: true }),
  ]);
  expect(storages.map(({ name }) => name)).toEqual(['/DC0/datastore/local', '/DC1/datastore/local', 'shared']);
  expect(defined).toEqual(storages.map(({ name }) => name));
  expect(storages[2]?.document).toEqual({
    type: 'VMFS',
    url: 'ds:///datastore-3/',
    shared: true,
    folder: '/DC0/datastore',
    nodes: ['esx1'],
  });
});

it('tells the sizes on each host, and that a silent host tells nothing', () => {
  expect(observe([datastore('datastore-1')]).storages[0]?.onNodes).toEqual([
    { node: 'esx1', status: 'available', totalBytes: 1000, usedBytes: 600 },
  ]);
  const silent = { name: 'esx1', moref: 'host-1', connectionState: 'notResponding', power: 'unknown' } as VsphereHost;
  expect(observe([datastore('datastore-1')], new Map([['host-1', silent]])).storages[0]?.onNodes).toMatchObject([
    { status: 'unknown', isUntold: true },
  ]);
});

it('does not take a list for whole that has a datastore without a name', () => {
  const { scope, defined } = observe([datastore('datastore-1'), datastore('datastore-2', { name: undefined })]);
  expect(scope).toMatchObject({ coverage: 'error', message: 'a datastore is listed without its name' });
  expect(defined).toBeUndefined();
});

it('keeps fields that could not be read', () => {
  expect(observe([datastore('datastore-1', { mounts: undefined })]).storages[0]?.isPartial).toBe(true);
  expect(observe([datastore('datastore-1')]).storages[0]).not.toHaveProperty('isPartial');
});
