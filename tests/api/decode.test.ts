import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type * as z from 'zod';
import * as cluster from '../../src/api/decode/cluster.ts';
import * as guest from '../../src/api/decode/guest.ts';
import * as node from '../../src/api/decode/node.ts';
import { toFlag, toList, toName, toNumber, toText, toVmid } from '../../src/api/decode/primitives.ts';
import { nodeResource, resourcesUpTo } from '../../src/api/decode/resources.ts';
import { rowsOf } from '../../src/api/decode/rows.ts';
import { task, taskLog, taskStatus } from '../../src/api/decode/task.ts';

const resources = resourcesUpTo(100_000);

describe('primitives', () => {
  it.each<[unknown, unknown]>([
    [12, 12],
    ['12', 12],
    ['-1.5e3', -1500],
    [' 7 ', 7],
    ['.5', 0.5],
    [0, 0],
    ['', undefined],
    ['NaN', undefined],
    [Number.NaN, undefined],
    ['Infinity', undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['0x10', undefined],
    ['12 GiB', undefined],
    [null, undefined],
    [undefined, undefined],
    [true, undefined],
    [[1], undefined],
    [{}, undefined],
  ])('%j as a number is %j', (value, expected) => expect(toNumber(value)).toBe(expected));

  it.each<[unknown, unknown]>([
    [1, true],
    ['1', true],
    [true, true],
    ['yes', true],
    ['ON', true],
    ['true', true],
    [2, true],
    [0, false],
    ['0', false],
    [false, false],
    ['', false],
    ['no', false],
    ['off', false],
    [Number.NaN, undefined],
    ['maybe', undefined],
    [null, undefined],
    [undefined, undefined],
    [{}, undefined],
  ])('%j as a flag is %j', (value, expected) => expect(toFlag(value)).toBe(expected));

  it.each<[unknown, unknown]>([
    ['b;a', ['a', 'b']],
    ['iso,backup,iso', ['backup', 'iso']],
    ['a b\0c', ['a', 'b', 'c']],
    [
      ['b', 3, null, '', 'a'],
      ['3', 'a', 'b'],
    ],
    ['', []],
    [5, ['5']],
    [null, undefined],
    [{}, undefined],
  ])('%j as a list is %j', (value, expected) => expect(toList(value)).toEqual(expected));

  it('tells empty from missing', () => {
    expect(['', 'a', 5, null, undefined, {}, Number.NaN, true].map(toText)).toEqual(['', 'a', '5', ...Array(5)]);
    expect(['', 'a', 5, null].map(toName)).toEqual([undefined, 'a', '5', undefined]);
    expect([1, '100', 0, -1, 1.5, '', 'x', 2 ** 60].map(toVmid)).toEqual([1, 100, ...Array(6)]);
  });
});

const GUEST_FIELDS =
  'name status template tags pool lock hastate cpu maxcpu mem maxmem disk maxdisk uptime netin netout id newfield'.split(
    ' ',
  );
const junk = fc.oneof(
  fc.anything(),
  fc.constantFrom<unknown>('', null, 'NaN', Number.NaN, '12', 0, '0', true, [], {}, 'ü\n', -1, 1e300),
);
const junkFields = fc.dictionary(fc.constantFrom(...GUEST_FIELDS), junk);

describe('a guest is never lost over an odd field', () => {
  it('in /cluster/resources', () => {
    const identity = fc.record({
      type: fc.constantFrom('qemu', 'lxc'),
      vmid: fc.integer({ min: 100, max: 999_999_999 }).chain((vmid) => fc.constantFrom<unknown>(vmid, String(vmid))),
      node: fc.constantFrom('pve1', 'node-2'),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(identity, junkFields)), (guests) => {
        const decoded = resources.parse(guests.map(([known, odd]) => ({ ...odd, ...known })));
        expect(decoded.unreadable).toBe(0);
        const identities = decoded.guests.map(({ kind, vmid, node: on }) => `${kind}/${vmid}@${on}`);
        expect(identities.sort()).toEqual(
          guests.map(([each]) => `${each.type}/${String(each.vmid)}@${each.node}`).sort(),
        );
      }),
    );
  });

  it('in the list of a node, and in its status', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), junkFields, (vmid, odd) => {
        const { rows, unreadable } = rowsOf(guest.guestListEntry).parse([{ ...odd, vmid: String(vmid) }]);
        expect([rows[0]?.vmid, rows.length, unreadable]).toEqual([vmid, 1, 0]);
        expect(guest.guestStatus(vmid).parse({ ...odd, ha: odd['name'], qmpstatus: odd['tags'] }).vmid).toBe(vmid);
      }),
    );
  });

  it('and every field keeps its type', () => {
    fc.assert(
      fc.property(junkFields, (odd) => {
        const [row] = resources.parse([{ ...odd, type: 'qemu', vmid: 100, node: 'pve1' }]).guests;
        for (const field of ['name', 'status', 'pool', 'lock', 'hastate'] as const) {
          expect(['string', 'undefined']).toContain(typeof row?.[field]);
        }
        for (const field of ['cpu', 'mem', 'maxmem', 'uptime', 'netin'] as const) {
          expect(row?.[field] === undefined || Number.isFinite(row[field])).toBe(true);
        }
        expect(['boolean', 'undefined']).toContain(typeof row?.template);
      }),
    );
  });

  it('and a task only needs its UPID', () => {
    const upid = 'UPID:pve1:00005AB6:0002E246:6B00FA1A:vzdump:200:root@pam!full:';
    const fields = 'node pid pstart starttime type id user tokenid endtime status saved'.split(' ');
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...fields), junk), (odd) => {
        expect(rowsOf(task).parse([{ ...odd, upid }])).toMatchObject({ unreadable: 0, rows: [{ upid }] });
      }),
    );
  });
});

describe('/cluster/resources', () => {
  it('counts rows without identity, and leaves other types alone', () => {
    const decoded = resources.parse([
      { type: 'qemu', id: 'qemu/100', node: 'pve1' },
      { id: 'lxc/200', node: 'pve1', vmid: '200', template: '' },
      { type: 'qemu', node: 'pve1', vmid: 'x' },
      { type: 'lxc', vmid: 201 },
      { type: 'node', id: 'node/pve1', status: 'online' },
      { type: 'node' },
      { type: 'storage', id: 'storage/pve1/local', content: 'iso,backup' },
      { type: 'storage', storage: 'local' },
      { type: 'pool', pool: 'prod' },
      { type: 'pool' },
      { type: 'sdn', sdn: 'zone' },
      { type: 'network', network: 'localnetwork' },
      null,
      'row',
      {},
    ]);
    expect(decoded.guests.map(({ kind, vmid }) => [kind, vmid])).toEqual([
      ['qemu', 100],
      ['lxc', 200],
    ]);
    expect(decoded.guests[1]?.template).toBe(false);
    expect(decoded.nodes).toEqual([expect.objectContaining({ node: 'pve1', status: 'online' })]);
    expect(decoded.storages).toEqual([
      expect.objectContaining({ storage: 'local', node: 'pve1', content: ['backup', 'iso'] }),
    ]);
    expect(decoded.pools).toEqual([{ pool: 'prod' }]);
    expect(decoded.unreadable).toBe(8);
  });

  it('fails when it is no list', () => expect(resources.safeParse(null).success).toBe(false));
});

describe('tasks', () => {
  const upid = 'UPID:pve1:00005AB6:0002E246:6B00FA1A:vzdump:200:root@pam!full:';
  const starttime = 0x6b00fa1a;
  const one = (row: object) => rowsOf(task).parse([row]).rows[0];

  it('take what is missing from the UPID', () => {
    expect(one({ upid })).toEqual({
      upid,
      node: 'pve1',
      pid: 0x5ab6,
      pstart: undefined,
      starttime,
      type: 'vzdump',
      id: '200',
      user: 'root@pam',
      tokenid: 'full',
      endtime: undefined,
      status: undefined,
      isRunning: true,
    });
  });

  it.each([
    [{ status: 'RUNNING' }, { isRunning: true, status: undefined }],
    [{}, { isRunning: true }],
    [
      { endtime: 5, status: 'OK' },
      { isRunning: false, status: 'OK', endtime: 5 },
    ],
    [{ endtime: 5 }, { isRunning: false, status: undefined }],
    [{ status: 'unexpected status' }, { isRunning: false }],
    [
      { status: 'WARNINGS: 1', endtime: '9' },
      { isRunning: false, endtime: 9 },
    ],
    [{ user: 'root@pam!full' }, { user: 'root@pam', tokenid: 'full' }],
    [
      { user: 'root@pam', tokenid: 'full' },
      { user: 'root@pam', tokenid: 'full' },
    ],
    [{ user: 'root@pam' }, { user: 'root@pam', tokenid: 'full' }],
    [{ user: 'other@pve' }, { user: 'other@pve', tokenid: undefined }],
    [
      { starttime: '17', node: 'pve2', id: '' },
      { starttime: 17, node: 'pve2', id: '' },
    ],
  ])('%j', (row, expected) => expect(one({ upid, ...row })).toMatchObject(expected));

  it('may have a UPID of another form when the row says the rest, and are dropped without any', () => {
    expect(one({ upid: 'odd', node: 'pve1', type: 'x', starttime: 1 })).toMatchObject({ user: '', id: '' });
    const { rows, unreadable } = rowsOf(task).parse([{ upid: 'odd' }, { node: 'pve1' }, 5]);
    expect([rows.length, unreadable]).toEqual([0, 3]);
  });

  it('have a status that says running or stopped', () => {
    const status = (row: object) => taskStatus(upid).parse(row);
    expect(status({ status: 'running' })).toMatchObject({ upid, status: 'running', user: 'root@pam', tokenid: 'full' });
    expect(status({ status: 'stopped', exitstatus: 'OK' })).toMatchObject({ status: 'stopped', exitstatus: 'OK' });
    expect(status({ exitstatus: 'failed' })).toMatchObject({ status: 'stopped' });
    expect(taskStatus('odd').safeParse({}).success).toBe(false);
  });

  it('have a log of lines, or of one that is no list', () => {
    const missing = { t: 'unable to open file', n: 1 };
    expect(taskLog.parse(missing)).toEqual([missing]);
    expect(taskLog.parse([{ n: '7', t: 'a' }, { t: null }, 'plain'])).toEqual([
      { n: 7, t: 'a' },
      { n: 2, t: '' },
      { n: 3, t: 'plain' },
    ]);
  });
});

describe('single decoders', () => {
  it('keep every key of a configuration', () => {
    const config = {
      cores: 2,
      memory: '512',
      onboot: true,
      lxc: [['lxc.mount', 'x']],
      odd: { a: 1 },
      empty: '',
      none: null,
    };
    expect(guest.guestConfig.parse(config)).toEqual({
      cores: 2,
      memory: '512',
      onboot: true,
      lxc: '[["lxc.mount","x"]]',
      odd: '{"a":1}',
      empty: '',
    });
  });

  it.each<[string, z.ZodType<unknown>, object, object]>([
    ['ha of a guest', guest.guestStatus(1), { ha: { managed: '1', state: null } }, { vmid: 1, ha: { managed: true } }],
    ['ha that is odd', guest.guestStatus(1), { ha: 'x' }, { ha: { managed: false } }],
    [
      'a pending value',
      guest.pendingEntry,
      { key: 'a', value: true, pending: [1], delete: 2 },
      { value: 1, pending: '[1]', delete: true },
    ],
    ['a snapshot', guest.snapshot, { name: 'current', vmstate: '1' }, { isCurrent: true, vmstate: true }],
    ['an HA resource', guest.haResource, { sid: 'ct:200' }, { type: 'ct' }],
    ['an HA status', guest.haStatus, { id: 'quorum', quorate: 1 }, { type: '', quorate: true }],
    ['a storage', node.storagePool, { storage: 's', nodes: 'b,a' }, { type: '', nodes: ['a', 'b'] }],
    ['a storage of a node', node.nodeStorage, { storage: 's', active: '0' }, { type: '', active: false }],
    ['a volume', node.storageContent, { volid: 'v', 'approximate-size': '9' }, { content: '', size: 9 }],
    ['a volume with both sizes', node.storageContent, { volid: 'v', size: 0, 'approximate-size': 9 }, { size: 0 }],
    [
      'a log line',
      cluster.logLine,
      { uid: 7, node: 'a', time: '5' },
      { uid: '7', time: 5, user: '', tag: '', msg: '' },
    ],
    ['a version', cluster.version, { version: 8 }, { version: '' }],
    [
      'permissions',
      cluster.permissions,
      { '/': { 'VM.Audit': '1', X: null }, '/x': 5 },
      { '/': { 'VM.Audit': true, X: false } },
    ],
    ['a node', nodeResource, { id: 'node/a' }, { node: 'a' }],
    ['a status of a node', node.nodeStatus, { cpuinfo: 5, memory: { total: '8' } }, { memoryTotal: 8 }],
  ])('%s', (_name, schema, data, expected) => expect(schema.parse(data)).toMatchObject(expected));

  it.each([
    guest.guestListEntry,
    guest.pendingEntry,
    guest.snapshot,
    guest.haResource,
    guest.haStatus,
    node.storagePool,
    node.nodeStorage,
    node.storageContent,
    cluster.logLine,
    nodeResource,
    cluster.pool,
  ])('a row of list %# without identity is unreadable', (schema: z.ZodType<unknown>) => {
    expect(rowsOf(schema).parse([{}, 5])).toEqual({ rows: [], unreadable: 2, received: 2 });
  });

  it('tells a single host from a cluster', () => {
    const host = { type: 'node', name: 'pve1', local: 1, online: '1' };
    expect(cluster.clusterStatus.parse([host])).toMatchObject({
      cluster: undefined,
      nodes: [{ name: 'pve1', online: true }],
    });
    const row = { type: 'cluster', name: 'prod', quorate: 0, nodes: '3' };
    expect(cluster.clusterStatus.parse([host, row]).cluster).toMatchObject({ name: 'prod', quorate: false, nodes: 3 });
  });
});
