import { describe, expect, it } from '@jest/globals';
import { rules } from '../../src/providers/vsphere/rules/rules.ts';
import type { AuditRecord } from '../../src/types/audit-record.ts';
import type { Patch } from '../../src/types/document.ts';
import type { Evidence, UnattributedChange } from '../../src/types/evidence.ts';
import type { PlannedChange } from '../../src/types/history.ts';
import { eventRecord } from '../helpers/records.ts';

const BEFORE = new Date('2026-11-26T10:00:00Z');
const AFTER = new Date('2026-11-26T11:00:00Z');
/** The server's clock is so much ahead of ours. */
const SKEW_MS = 60_000;

let key = 0;
/** `minute` by our clock, after 10:00. */
function record(native: string, actor: string | null, minute: number, more: Partial<AuditRecord> = {}): AuditRecord {
  key += 1;
  return eventRecord({
    ref: `event/${key}`,
    verb: 'configure',
    native,
    target: 'vm-1',
    targetName: 'web',
    place: 'esx1',
    actor,
    at: new Date(BEFORE.getTime() + minute * 60_000 + SKEW_MS),
    ...more,
  });
}

function reconfigured(actor: string, minute: number, more: Partial<AuditRecord> = {}): AuditRecord {
  return record('VmReconfiguredEvent', actor, minute, { touches: [], ...more });
}

function power(status: string, actor: string | null, minute: number, more: Partial<AuditRecord> = {}): AuditRecord {
  return record(`Vm ${status}`, actor, minute, { verb: 'start', sets: { status }, ...more });
}

function changed(patch: Patch, more: Partial<UnattributedChange> = {}): UnattributedChange {
  return {
    resourceType: 'guest',
    resourceId: 'g1',
    kind: 'changed',
    event: null,
    patch,
    guest: {
      kind: 'vm',
      nativeId: 'u1',
      vmid: null,
      node: 'esx1',
      identity: { handle: 'vm-1' },
      isHaManaged: false,
    },
    notBefore: BEFORE,
    notAfter: AFTER,
    ...more,
  };
}

function attribute(
  change: UnattributedChange,
  records: readonly AuditRecord[],
  more: Partial<Evidence> = {},
): PlannedChange[] {
  const evidence = { sources: [], clockSkewMs: SKEW_MS, clockErrorMs: 1_000, records, ...more };
  return rules.attribute([change], evidence);
}

/** `path: actor confidence`, one line for each row. */
function told(rows: readonly PlannedChange[]): string[] {
  return rows.map(({ patch, attribution: { actor, confidence } }) =>
    [`${patch.map(([path]) => path).join(' ')}:`, actor ?? 'nobody', confidence].join(' '),
  );
}

const MEMORY: Patch = [['memory', 1024, 2048]];
const CORES: Patch = [['cores', 1, 2]];
const STATUS: Patch = [['status', 'stopped', 'running']];

describe('who changed a VM', () => {
  const twice = power('running', 'alice', 20);
  it.each<[string, Patch, AuditRecord[], string[]]>([
    ['nothing happened', MEMORY, [], ['memory: nobody none']],
    ['the value was set', MEMORY, [reconfigured('alice', 5, { sets: { memory: 2048 } })], ['memory: alice exact']],
    ['another value was set', MEMORY, [reconfigured('alice', 5, { sets: { memory: 512 } })], ['memory: nobody none']],
    [
      'two users set different values',
      MEMORY,
      [reconfigured('alice', 5, { sets: { memory: 512 } }), reconfigured('bob', 9, { sets: { memory: 2048 } })],
      ['memory: bob exact'],
    ],
    [
      'two users set the same value',
      MEMORY,
      [reconfigured('alice', 5, { sets: { memory: 2048 } }), reconfigured('bob', 9, { sets: { memory: 2048 } })],
      ['memory: nobody none'],
    ],
    [
      'another user may have changed it too',
      MEMORY,
      [reconfigured('alice', 5, { sets: { memory: 2048 } }), record('VmReconfiguredEvent', 'bob', 9)],
      ['memory: alice likely'],
    ],
    [
      'a field was touched',
      CORES,
      [reconfigured('alice', 5, { touches: ['cores', 'sockets'] })],
      ['cores: alice likely'],
    ],
    [
      'one user touched it twice',
      CORES,
      [reconfigured('alice', 5, { touches: ['cores'] }), reconfigured('alice', 9, { touches: ['cores'] })],
      ['cores: alice likely'],
    ],
    [
      'two users touched it',
      CORES,
      [reconfigured('alice', 5, { touches: ['cores'] }), reconfigured('bob', 9, { touches: ['cores'] })],
      ['cores: nobody none'],
    ],
    ['nothing is told of it', CORES, [record('VmReconfiguredEvent', 'alice', 5)], ['cores: alice likely']],
    ['something else was reconfigured', CORES, [reconfigured('alice', 5)], ['cores: nobody none']],
    [
      'it failed',
      MEMORY,
      [reconfigured('alice', 5, { sets: { memory: 2048 }, outcome: 'failed' })],
      ['memory: nobody none'],
    ],
    [
      'it was another VM',
      MEMORY,
      [reconfigured('alice', 5, { sets: { memory: 2048 }, target: 'vm-2' })],
      ['memory: nobody none'],
    ],
    ['it was before', MEMORY, [reconfigured('alice', -1, { sets: { memory: 2048 } })], ['memory: nobody none']],
    ['it was after', MEMORY, [reconfigured('alice', 61, { sets: { memory: 2048 } })], ['memory: nobody none']],
    ['it was at the edge', CORES, [reconfigured('alice', 60, { touches: ['cores'] })], ['cores: alice likely']],
    [
      'a group of fields was touched',
      [['disk-2000.sizeBytes', 1, 2]],
      [reconfigured('alice', 5, { touches: ['disk-2000'] })],
      ['disk-2000.sizeBytes: alice likely'],
    ],
    [
      'another disk was touched',
      [['disk-2000.sizeBytes', 1, 2]],
      [reconfigured('alice', 5, { touches: ['disk-200'] })],
      ['disk-2000.sizeBytes: nobody none'],
    ],
    [
      'a move keeps sizes',
      [['disk-2000.sizeBytes', 1, 2]],
      [record('VmRelocatedEvent', 'alice', 5, { verb: 'migrate', touches: ['disk'] })],
      ['disk-2000.sizeBytes: nobody none'],
    ],
    [
      'a move changes the datastore',
      [['disk-2000.datastore', 'a', 'b']],
      [record('VmRelocatedEvent', 'alice', 5, { verb: 'migrate', touches: ['disk'] })],
      ['disk-2000.datastore: alice likely'],
    ],
    ['it was started', STATUS, [power('running', 'alice', 5)], ['status: alice exact']],
    [
      'it was started, stopped and started by one user',
      STATUS,
      [power('running', 'alice', 5), power('stopped', 'bob', 7), twice],
      ['status: alice exact'],
    ],
    [
      'it was started by one, stopped, and started by another',
      STATUS,
      [power('running', 'carol', 5), power('stopped', 'bob', 7), twice],
      ['status: alice exact'],
    ],
    [
      'it was started by one, stopped, and started by another, perhaps after it was seen',
      STATUS,
      [power('running', 'carol', 5), power('stopped', 'bob', 7), power('running', 'alice', 60)],
      ['status: nobody none'],
    ],
    [
      'it was started by two, and stopped before',
      STATUS,
      [power('stopped', 'bob', 3), power('running', 'carol', 5), twice],
      ['status: nobody none'],
    ],
    [
      'it was stopped last, and runs all the same',
      STATUS,
      [power('running', 'alice', 5), power('stopped', 'bob', 7)],
      ['status: nobody none'],
    ],
    [
      'the tools came with the power',
      [...STATUS, ['tools.running', false, true]],
      [power('running', 'alice', 5)],
      ['status: alice exact', 'tools.running: alice likely'],
    ],
    [
      'the tools came alone',
      [['guest.addresses', null, ['10.0.0.1']]],
      [record('VmReconfiguredEvent', 'alice', 5)],
      ['guest.addresses: nobody none'],
    ],
  ])('%s', (_what, patch, records, rows) => {
    expect(told(attribute(changed(patch), records))).toEqual(rows);
  });

  it('names one who asked for a shutdown, whose effect names nobody', () => {
    const patch: Patch = [['status', 'running', 'stopped']];
    const asked = power('stopped', 'alice', 5, { native: 'VmGuestShutdownEvent', verb: 'stop' });
    const off = power('stopped', null, 6, { native: 'VmPoweredOffEvent', verb: 'stop' });
    expect(attribute(changed(patch), [asked, off])[0]?.attribution).toMatchObject({
      actor: 'alice',
      confidence: 'likely',
    });
    const other = { ...off, actor: 'bob' };
    expect(told(attribute(changed(patch), [asked, other]))).toEqual(['status: nobody none']);
  });

  it('splits a change that several events explain, in their order, and dates them by our clock', () => {
    const rows = attribute(
      changed([...MEMORY, ['name', 'a', 'b'], ['node', 'esx1', 'esx2'], ['ostype', 'x', 'y']], { event: 'migrated' }),
      [
        record('VmRenamedEvent', 'bob', 20, { verb: 'rename', sets: { name: 'b' } }),
        reconfigured('alice', 10, { sets: { memory: 2048 } }),
        record('DrsVmMigratedEvent', null, 30, { verb: 'migrate', sets: { node: 'esx2' } }),
      ],
    );
    expect(told(rows)).toEqual(['memory: alice exact', 'name: bob exact', 'node: nobody exact', 'ostype: nobody none']);
    expect(rows.map(({ event }) => event)).toEqual([null, null, 'migrated', null]);
    expect(rows[2]?.attribution).toMatchObject({ source: 'event', via: 'DrsVmMigratedEvent', notBefore: BEFORE });
    expect(rows[0]?.attribution.effectiveAt).toEqual(new Date('2026-11-26T10:10:00Z'));
  });

  it('is not certain where events may be missing', () => {
    const gaps = { log: true, nodes: new Set<string>() };
    const rows = attribute(changed(STATUS), [power('running', 'alice', 5)], { gaps });
    expect(told(rows)).toEqual(['status: alice likely']);
  });

  it.each([
    ['was seen for the first time', { notBefore: null }],
    ['was read for the first time', { event: 'observed' }],
    ['is a host', { guest: null }],
  ] as const)('names nobody for what %s', (_what, more) => {
    expect(told(attribute(changed(STATUS, more), [power('running', 'alice', 5)]))).toEqual(['status: nobody none']);
  });

  it.each<[string, AuditRecord[], string, string | null]>([
    ['a creation', [record('VmCreatedEvent', 'alice', 5, { verb: 'create' })], 'alice exact', null],
    [
      'a clone, which is created too',
      [
        record('VmCreatedEvent', 'alice', 5, { verb: 'create' }),
        record('VmClonedEvent', 'alice', 6, { verb: 'clone' }),
      ],
      'alice exact',
      'cloned',
    ],
    [
      'two users',
      [
        record('VmCreatedEvent', 'alice', 5, { verb: 'create' }),
        record('VmRegisteredEvent', 'bob', 6, { verb: 'register' }),
      ],
      'nobody none',
      null,
    ],
    ['something else', [reconfigured('alice', 5)], 'nobody none', null],
  ])('finds who made a VM: %s', (_what, records, who, event) => {
    const [row] = attribute(changed([['name', null, 'web']], { kind: 'created' }), records);
    expect(`${row?.attribution.actor ?? 'nobody'} ${row?.attribution.confidence}`).toBe(who);
    expect(row?.event).toBe(event);
  });

  it('finds who removed a VM', () => {
    const removal = record('VmRemovedEvent', 'alice', 5, { verb: 'destroy' });
    const change = changed([['name', 'web', null]], { kind: 'removed' });
    expect(told(attribute(change, [removal]))).toEqual(['name: alice exact']);
    expect(told(attribute(change, [reconfigured('alice', 5)]))).toEqual(['name: nobody none']);
  });
});
