import { describe, expect, it } from '@jest/globals';
import { rules } from '../../src/providers/vsphere/rules/rules.ts';
import type { AuditRecord } from '../../src/types/audit-record.ts';
import { NO_TASKS } from '../../src/types/incarnation.ts';
import type { ClusterIdentity, GuestObservation, NodeObservation, Observation } from '../../src/types/observation.ts';
import type { KnownGuest, KnownState } from '../../src/types/plan.ts';
import { eventRecord } from '../helpers/records.ts';
import { emptyState } from '../helpers/sync-state.ts';

const AT = new Date('2026-11-26T10:00:00Z');

function identity(more: Partial<ClusterIdentity> = {}): ClusterIdentity {
  return { clusterName: 'vc', nodeNames: ['esx1', 'esx2'], rootCa: null, certificates: [], systemId: 'one', ...more };
}

function node(name: string, more: Partial<NodeObservation> = {}): NodeObservation {
  return { name, status: 'online', document: {}, isComplete: true, telemetry: null, unobservable: null, ...more };
}

function seen(more: Partial<Observation> = {}): Observation {
  return {
    startedAt: AT,
    observedAt: new Date(AT.getTime() + 60_000),
    clockSkewMs: 0,
    requested: ['vms'],
    identity: identity(),
    version: '8.0.2',
    quorate: null,
    permissions: null,
    scopes: [
      { scope: 'guests', coverage: 'complete', count: 1 },
      { scope: 'storage', coverage: 'complete', count: 1 },
      { scope: 'events', coverage: 'complete', count: 1 },
    ],
    nodes: [node('esx1'), node('esx2')],
    guests: [],
    storages: [],
    records: [],
    warnings: [],
    ...more,
  };
}

function known(more: Partial<KnownState> = {}): KnownState {
  return emptyState({ providerId: 'p1', identity: identity(), lastCompleteAt: AT, ...more });
}

function event(verb: AuditRecord['verb']): AuditRecord {
  const at = new Date(AT.getTime() + 30_000);
  return eventRecord({ ref: `event/${verb}`, verb, native: verb, target: 'vm-9', actor: 'alice', at });
}

describe('which system answers', () => {
  it('is known by its id alone', () => {
    expect(rules.compareIdentity(identity(), identity({ clusterName: 'other', nodeNames: [] }))).toBe('same');
    expect(rules.compareIdentity(identity(), identity({ systemId: 'two' }))).toBe('other');
    const { systemId: _, ...nameless } = identity();
    expect(rules.compareIdentity(identity(), nameless)).toBe('unknown');
  });

  it('refuses another system than before, and one that is watched already', () => {
    const other = seen({ identity: identity({ systemId: 'two' }) });
    expect(() => rules.admit(known(), other)).toThrow(
      expect.objectContaining({
        code: 'wrong-cluster',
        message: 'home: the endpoint answers as vc (two), and was vc (one)',
      }),
    );
    const otherProviders = [{ name: 'first', identity: identity() }];
    expect(() => rules.admit(known({ identity: null, otherProviders }), seen())).toThrow(
      expect.objectContaining({ code: 'wrong-cluster', hint: 'use provider first, or remove it' }),
    );
    expect(rules.admit(known({ otherProviders }), seen())).toMatchObject([{ code: 'duplicate-cluster' }]);
    expect(rules.admit(known(), seen())).toEqual([]);
  });

  it('keeps what was not told this time', () => {
    expect(rules.nextIdentity(identity(), seen())).toBeNull();
    expect(rules.nextIdentity(identity(), seen({ identity: identity({ nodeNames: [] }) }))).toBeNull();
    const doubtful = seen({ identity: identity({ nodeNames: ['esx1'] }), membersDoubt: 'filtered' });
    expect(rules.nextIdentity(identity(), doubtful)).toBeNull();
    expect(rules.nextIdentity(identity(), seen({ identity: identity({ nodeNames: ['esx1'] }) }))?.nodeNames).toEqual([
      'esx1',
    ]);
  });
});

describe('whether an absence counts', () => {
  const guest = { nativeId: 'u1', node: 'esx1', identity: { handle: 'vm-1' }, document: { name: 'web' } };
  it.each<[string, Partial<Observation>, string | null]>([
    ['a whole list', {}, null],
    ['no list', { scopes: [{ scope: 'guests', coverage: 'error', count: 1, message: 'lost' }] }, 'lost'],
    [
      'a part of the list',
      { scopes: [{ scope: 'guests', coverage: 'filtered', count: 1, message: 'hidden' }] },
      'hidden',
    ],
    [
      'its VM has no uuid',
      { unidentified: [{ handle: 'vm-1', reason: 'it has no uuid' }] },
      'it is listed, but it has no uuid',
    ],
    ['another VM has no uuid', { unidentified: [{ handle: 'vm-2', name: 'db', reason: 'it has no uuid' }] }, null],
    ...['web', '/vmfs/volumes/ds/web/web.vmx', null].map((name): [string, Partial<Observation>, string] => [
      `a VM without a uuid is called ${name}`,
      { unidentified: [{ handle: 'vm-2', name, reason: 'it has no uuid' }] },
      'it is listed, but it has no uuid',
    ]),
    [
      'two VMs have its uuid',
      { unidentified: [{ handle: 'vm-8', nativeId: 'u1', reason: 'shares the uuid u1 with vm-9' }] },
      'it is listed, but shares the uuid u1 with vm-9',
    ],
    [
      'its host is silent',
      { nodes: [node('esx1', { status: 'unknown', unobservable: 'host esx1 is disconnected' })] },
      'host esx1 is disconnected',
    ],
    ['its host is off', { nodes: [node('esx1', { status: 'offline' })] }, 'host esx1 is off'],
    ['its host was not seen', { nodes: [] }, 'host esx1 was not seen'],
    ['its host left', { nodes: [], identity: identity({ nodeNames: ['esx2'] }) }, null],
    [
      'hosts may be hidden',
      { nodes: [], identity: identity({ nodeNames: ['esx2'] }), membersDoubt: 'hidden' },
      'hidden',
    ],
  ])('of a guest: %s', (_what, more, why) => {
    expect(rules.doubtAbsence(guest, seen(more))).toBe(why);
  });

  it('of a guest that was removed, and may have been registered again', () => {
    const removed = { ...event('destroy'), target: 'vm-1' };
    const window = { notBefore: AT, notAfter: seen().observedAt };
    const destroyed = (name: string) => {
      const unidentified = [{ handle: 'vm-2', name, reason: 'it has no uuid' }];
      const facts = rules.toFacts(known(), seen({ records: [removed], unidentified }), AT);
      return rules.findDestruction({ kind: 'vm', ...guest }, window, facts);
    };
    expect(destroyed('db')).toEqual({ actor: 'alice' });
    expect(destroyed('web')).toBeNull();
  });

  it('of hosts and datastores only where somebody accepts it, for a lost right hides both', () => {
    const options = { acceptRemovals: true };
    const cautious = { acceptRemovals: false };
    expect(rules.doubtNode({ name: 'esx3' }, seen(), options)).toBeNull();
    expect(rules.doubtNode({ name: 'esx3' }, seen(), cautious)).toMatch(/removed or hidden/);
    expect(rules.doubtNode({ name: 'esx3' }, seen({ membersDoubt: 'hidden' }), options)).toBe('hidden');
    expect(rules.doubtStorage({ name: 'ds' }, known(), seen(), options)).toBeNull();
    expect(rules.doubtStorage({ name: 'ds' }, known(), seen(), cautious)).toMatch(/hidden or renamed/);
    const filtered = seen({ scopes: [{ scope: 'storage', coverage: 'filtered', count: 0, message: 'hidden' }] });
    expect(rules.doubtStorage({ name: 'ds' }, known(), filtered, options)).toBe('hidden');
  });
});

describe('what is known of actions', () => {
  it.each<[string, Partial<KnownState>, Partial<Observation>, boolean]>([
    ['all', {}, {}, false],
    ['not all of this run', {}, { scopes: [{ scope: 'events', coverage: 'error', count: 0 }] }, true],
    ['not all of earlier runs', { incompleteSince: { events: AT.toISOString() } }, {}, true],
  ])('is %s', (_what, before, now, isDoubtful) => {
    expect(rules.toFacts(known(before), seen(now), AT).evidence.gaps?.log).toBe(isDoubtful);
  });
});

describe('whether a VM is the known one', () => {
  const web = { kind: 'vm', identity: { uuid: 'bios', macs: ['00:50:56:00:00:01'], handle: 'vm-1' } } as const;
  it.each<[string, object, 'same' | 'new']>([
    ['nothing changed', {}, 'same'],
    ['it was registered again', { handle: 'vm-2' }, 'same'],
    ['its card was replaced', { macs: ['00:50:56:00:00:02'] }, 'same'],
    ['its card was replaced when it was registered again', { handle: 'vm-2', macs: ['00:50:56:00:00:02'] }, 'same'],
    ['its BIOS uuid could not be read', { handle: 'vm-2', uuid: undefined, macs: ['00:50:56:00:00:02'] }, 'same'],
    ['only its moref is the same', { uuid: 'b', macs: ['00:50:56:00:00:02'] }, 'same'],
    ['nothing but its instance uuid is the same', { handle: 'vm-2', uuid: 'b', macs: ['00:50:56:00:00:02'] }, 'new'],
  ])('%s', (_what, more, decision) => {
    const other = { ...web, identity: { ...web.identity, ...more } };
    expect(rules.decideIncarnation(web, other, NO_TASKS).decision).toBe(decision);
  });
});

describe('where a new VM comes from', () => {
  const guest: GuestObservation = {
    kind: 'vm',
    nativeId: 'u1',
    vmid: null,
    node: 'esx1',
    document: {},
    complete: new Set(),
    identity: { uuid: 'bios', macs: ['00:50:56:00:00:01'], handle: 'vm-9' },
    lock: null,
    cpus: null,
    memoryBytes: null,
    diskBytes: null,
    bootDiskBytes: null,
    telemetry: null,
    unobservable: null,
    powerSource: 'live',
  };
  const relative = {
    id: 'g0',
    providerId: 'p2',
    kind: 'qemu',
    nativeId: '100',
    vmid: 100,
    identity: { uuid: 'bios', macs: ['00:50:56:00:00:01'] },
    goneAt: AT,
    presence: 'gone',
  } as const;
  it.each<[string, KnownState['elsewhere'], AuditRecord[], string | null, string | null]>([
    ['nowhere', [], [], null, null],
    ['a clone', [relative], [event('clone')], 'cloned', null],
    ['another provider, where it is gone', [relative], [], 'moved-cluster', 'g0'],
    ['another provider that has it too', [{ ...relative, presence: 'present', goneAt: null }], [], null, null],
    [
      'another provider that it is leaving',
      [{ ...relative, presence: 'present', goneAt: null }],
      [event('migrate')],
      'moved-cluster',
      'g0',
    ],
    [
      'a copy with other addresses',
      [{ ...relative, identity: { uuid: 'bios', macs: ['00:50:56:00:00:02'] } }],
      [],
      null,
      null,
    ],
    ['a backup', [{ ...relative, providerId: 'p1' }], [event('create')], 'restored', 'g0'],
    ['its registration', [{ ...relative, providerId: 'p1' }], [event('register')], null, 'g0'],
  ])('%s', (_what, elsewhere, records, origin, previousId) => {
    const facts = rules.toFacts(known({ elsewhere }), seen({ records, guests: [guest] }), AT);
    expect(rules.findOrigin(guest, AT, facts)).toEqual({ event: origin, previousId });
  });

  it('another platform, unless a first run finds it: then it may have been there before', () => {
    const elsewhere = [{ ...relative, isOfOtherPlatform: true }];
    const facts = rules.toFacts(known({ elsewhere }), seen({ guests: [guest] }), AT);
    expect(rules.findOrigin(guest, AT, facts)).toEqual({ event: 'moved-cluster', previousId: 'g0' });
    const alone = rules.toFacts(
      known({ elsewhere: [{ ...relative, isOfOtherPlatform: true, presence: 'present', goneAt: null }] }),
      seen({ guests: [guest] }),
      AT,
    );
    expect(rules.findOrigin(guest, AT, alone)).toEqual({ event: 'moved-cluster', previousId: 'g0' });
    expect(rules.findOrigin(guest, null, alone)).toEqual({ event: null, previousId: null });
  });

  it.each<[string, KnownState['elsewhere'], AuditRecord[], boolean]>([
    ['is nowhere else', [], [], false],
    ['is elsewhere', [{ ...relative, presence: 'present', goneAt: null }], [], true],
    [
      'is elsewhere, and was moved',
      [{ ...relative, presence: 'present', goneAt: null }],
      [event('migrate'), event('destroy')],
      true,
    ],
    [
      'was destroyed, and is elsewhere still',
      [{ ...relative, presence: 'present', goneAt: null }],
      [event('destroy')],
      false,
    ],
    ['is gone elsewhere too', [relative], [], false],
  ])('or one that is gone went: it %s', (_what, elsewhere, records, isMoved) => {
    const facts = rules.toFacts(known({ elsewhere }), seen({ records }), AT);
    expect(rules.wasMovedAway(knownGuest(guest), facts)).toBe(isMoved);
  });
});

function knownGuest({
  kind,
  nativeId,
  identity,
}: Pick<GuestObservation, 'kind' | 'nativeId' | 'identity'>): KnownGuest {
  return {
    id: 'g1',
    providerId: 'p1',
    kind,
    nativeId,
    vmid: null,
    node: 'esx1',
    name: 'web',
    lock: null,
    cpus: null,
    memoryBytes: null,
    diskBytes: null,
    bootDiskBytes: null,
    document: {},
    identity,
    presence: 'present',
    presenceReason: null,
    unobservableSince: null,
    firstSeenAt: AT,
    lastSeenAt: AT,
    goneAt: null,
    readSections: [],
    changesSince: 0,
  };
}

describe('the window of a change', () => {
  const guest = knownGuest({ kind: 'vm', nativeId: 'u1', identity: {} });
  const observed = { kind: 'vm', nativeId: 'u1' } as GuestObservation;
  const since = '2026-11-26T09:00:00.000Z';

  it('begins with the last sight, or when the list became incomplete', () => {
    expect(rules.changedAfter(guest, observed, [], { known: known() })).toEqual(AT);
    const facts = { known: known({ incompleteSince: { guests: since } }) };
    expect(rules.changedAfter(guest, observed, [], facts)).toEqual(new Date(since));
  });

  it('of a creation begins with a list that lacked the VM, if it was whole', () => {
    expect(rules.createdAfter('vm', { known: known() })).toEqual(AT);
    expect(rules.createdAfter('vm', { known: known({ lastCompleteAt: null }) })).toBeNull();
    expect(rules.createdAfter('vm', { known: known({ incompleteSince: { guests: since } }) })).toBeNull();
  });
});
