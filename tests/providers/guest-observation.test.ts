import { describe, expect, it } from '@jest/globals';
import type { PveGuestListEntry, PveGuestResource } from '../../src/api/pve-types.ts';
import { guestConfiguration } from '../../src/providers/proxmox/guest-document.ts';
import { type GuestSources, observeGuest } from '../../src/providers/proxmox/guest-observation.ts';
import type { GuestObservation } from '../../src/types/observation.ts';
import { MASK_KEY } from '../helpers/mask-key.ts';

const ROW: PveGuestResource = { kind: 'qemu', vmid: 100, node: 'pve1', status: 'running' };
const AUDITOR = { '/': { 'VM.Audit': true, 'Pool.Audit': true } };

function observe(row: Partial<PveGuestResource>, more: Partial<GuestSources> = {}): GuestObservation {
  return observeGuest({
    row: { ...ROW, ...row },
    live: null,
    configuration: null,
    unobservable: null,
    permissions: AUDITOR,
    ...more,
  });
}

function live(entry: Partial<PveGuestListEntry>): PveGuestListEntry {
  return { vmid: 100, ...entry };
}

describe('the power state', () => {
  it.each<[status: string | undefined, lock: string | undefined, expected: string | undefined]>([
    ['running', undefined, 'running'],
    ['stopped', undefined, 'stopped'],
    ['stopped', 'suspended', 'suspended'],
    ['stopped', 'backup', 'stopped'],
    ['paused', undefined, 'suspended'],
    ['suspended', undefined, 'suspended'],
    ['unknown', undefined, undefined],
    ['prelaunch', undefined, undefined],
    [undefined, undefined, undefined],
  ])('of status %s and lock %s is %s', (status, lock, expected) => {
    const guest = observe({ status: 'running' }, { live: live({ status, lock }) });
    expect(guest.document['status']).toBe(expected);
    expect(guest.complete.has('power')).toBe(expected !== undefined);
    expect(guest.powerSource).toBe(expected === undefined ? 'none' : 'live');
  });
});

describe('the HA state', () => {
  it.each<[hastate: string | undefined, isComplete: boolean, expected: string | undefined]>([
    ['started', true, 'started'],
    ['error', true, 'error'],
    ['request_stop', false, undefined],
    ['migrate', false, undefined],
    ['something new', false, undefined],
    [undefined, true, undefined],
    ['', true, undefined],
  ])('%s', (hastate, isComplete, expected) => {
    const guest = observe({ hastate });
    expect(guest.document['ha.state']).toBe(expected);
    expect(guest.complete.has('ha')).toBe(isComplete);
  });
});

describe('the pool', () => {
  it.each([
    ['told', 'prod', {}, true],
    ['none, as the token may say', undefined, AUDITOR, true],
    ['not told to this token', undefined, { '/vms': { 'VM.Audit': true } }, false],
    ['not told, as far as is known', undefined, null, false],
    ['told of some only', undefined, { '/pool/prod': { 'Pool.Audit': true } }, false],
  ])('%s', (_name, pool, permissions, isComplete) => {
    const guest = observe({ pool }, { permissions });
    expect(guest.document['pool']).toBe(pool);
    expect(guest.complete.has('pool')).toBe(isComplete);
  });
});

describe('a guest whose configuration was not read', () => {
  it.each<[kind: 'qemu' | 'lxc', row: string | undefined, own: string | undefined, expected: string | undefined]>([
    ['qemu', 'web', undefined, 'web'],
    ['qemu', 'web', 'web-2', 'web-2'],
    ['qemu', 'VM 100', undefined, undefined],
    ['qemu', 'CT100', undefined, 'CT100'],
    ['lxc', 'CT100', undefined, undefined],
    ['lxc', 'CT 100', undefined, undefined],
    ['qemu', '', undefined, undefined],
  ])('is named by the lists: %s %s %s', (kind, name, own, expected) => {
    const guest = observe({ kind, name }, own === undefined ? {} : { live: live({ name: own, status: 'running' }) });
    expect(guest.document['name']).toBe(expected);
    expect(guest.complete.has('config')).toBe(false);
  });

  it('has tags and template of the lists', () => {
    expect(observe({ tags: ['a'], template: true }).document).toMatchObject({ tags: ['a'], template: true });
    expect(observe({ tags: [], template: false }).document).toEqual({ node: 'pve1', status: 'running' });
    expect(observe({}, { live: live({ tags: ['b'], template: true, lock: 'clone' }) })).toMatchObject({
      document: { tags: ['b'], template: true },
      lock: 'clone',
    });
  });

  it('has nothing of the guest that had its vmid before, which the listing still tells', () => {
    const before = { name: 'golden', tags: ['old'], template: true };
    const now = live({ name: 'reborn', status: 'stopped' });
    expect(observe(before, { live: now }).document).toEqual({ node: 'pve1', status: 'stopped', name: 'reborn' });
    const sameName = live({ name: 'golden', status: 'stopped' });
    expect(observe(before, { live: sameName }).document).not.toHaveProperty('template');
  });
});

describe('a guest', () => {
  it('has the name and the lock of its configuration, and none when it has none there', () => {
    const configuration = { ...guestConfiguration('qemu', { cores: 2 }, MASK_KEY), lock: null };
    const guest = observe(
      { name: 'old', lock: 'backup' },
      { configuration, live: live({ name: 'old', lock: 'backup' }) },
    );
    expect(guest.document).not.toHaveProperty('name');
    expect(guest.lock).toBeNull();
  });

  it('has the sizes of the running one', () => {
    const usage = { cpu: 0.5, mem: 1, uptime: 9, netin: 2, netout: 3, disk: 4 };
    const guest = observe(
      { maxcpu: 4, maxmem: 40, maxdisk: 400, lock: 'clone' },
      { live: live({ cpus: 2, maxmem: 20, maxdisk: 200, ...usage }) },
    );
    expect(guest).toMatchObject({
      cpus: 2,
      memoryBytes: 20,
      diskBytes: 200,
      lock: 'clone',
      telemetry: { cpu: 0.5, memoryUsedBytes: 1, diskUsedBytes: null, uptimeSeconds: 9, netInBytes: 2, netOutBytes: 3 },
    });
    expect(observe({ kind: 'lxc', maxcpu: 4, maxmem: 40, maxdisk: 400, disk: 7 })).toMatchObject({
      cpus: 4,
      memoryBytes: 40,
      diskBytes: 400,
      telemetry: { cpu: null, diskUsedBytes: 7 },
    });
  });

  it('keeps nothing for certain while its node is down', () => {
    const guest = observe(
      { tags: ['a'], pool: 'p', lock: 'backup', hastate: 'started', name: 'web' },
      { unobservable: 'node pve1 is offline' },
    );
    expect(guest).toMatchObject({
      complete: new Set(),
      unobservable: 'node pve1 is offline',
      powerSource: 'none',
      telemetry: null,
      lock: 'backup',
    });
    expect(guest.document).toEqual({ node: 'pve1', tags: ['a'], pool: 'p', 'ha.state': 'started', name: 'web' });
  });
});
