import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ProxmoxClient } from '../../src/api/proxmox-client.ts';
import { type ReplayAnswer, type ReplayServer, startReplay } from '../helpers/replay-server.ts';
import { clientOf, failure, TOKEN } from './open-client.ts';

const UPID = 'UPID:pve1:00005AB6:0002E246:6B00FA1A:vzdump:200:root@pam!full:';
const data = (value: unknown, total?: number): ReplayAnswer => ({ status: 200, body: { data: value, total } });

let server: ReplayServer;
let client: ProxmoxClient;
const warnings: string[] = [];

beforeAll(async () => {
  server = await startReplay({});
  client = clientOf(server, { onWarning: (message) => warnings.push(message) });
});
beforeEach(() => {
  server.requests.length = 0;
  warnings.length = 0;
});
afterAll(async () => {
  client.close();
  await server.close();
});

const upidOf = (count: number) =>
  `UPID:pve1:${count.toString(16).padStart(8, '0')}:00000001:6B00FA1A:qmstart:100:root@pam:`;
const paths = () => server.requests.map(({ path }) => path);

describe('ProxmoxClient', () => {
  it('sends the token, and asks for JSON', async () => {
    server.set({ 'GET /version': data({ version: '9.2.11' }) });
    expect(await client.getVersion()).toEqual({ version: '9.2.11' });
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: `PVEAPIToken=${TOKEN.tokenId}=${TOKEN.secret}`,
      accept: 'application/json',
    });
  });

  it('asks in the way that the server knows', async () => {
    const list = data([]);
    const config = data({ name: 'x' });
    server.set({
      'GET /cluster/log?max=500': list,
      'GET /nodes/pve1/qemu/100/config': config,
      'GET /nodes/pve1/qemu/100/config?current=1': config,
      'GET /nodes/pve1/lxc/200/config?snapshot=a%26b': config,
      'GET /nodes/pve1/storage/my%2Fnfs/content?vmid=100&content=backup': list,
      'GET /nodes/pve1/tasks?source=all&limit=500&vmid=100&errors=1': list,
    });
    await client.getClusterLog({ max: 500 });
    const vm = { kind: 'qemu', node: 'pve1', vmid: 100 } as const;
    await client.getGuestConfig(vm);
    await client.getGuestConfig(vm, { current: true });
    await client.getGuestConfig({ kind: 'lxc', node: 'pve1', vmid: 200 }, { snapshot: 'a&b' });
    await client.getStorageContent('pve1', 'my/nfs', { vmid: 100, content: 'backup' });
    await client.getTasks('pve1', { source: 'all', limit: 500, vmid: 100, errors: true });
    expect(server.requests.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(paths()[0]).toBe('/cluster/log?max=500');
  });

  it('reads tasks page by page, each once, and no more pages than needed', async () => {
    const row = (count: number) => ({ upid: upidOf(count) });
    server.set({
      'GET /nodes/pve1/tasks?source=all&limit=3': data([1, 2, 3].map(row), 7),
      'GET /nodes/pve1/tasks?source=all&limit=3&start=3': data([3, 4, 5].map(row)),
      'GET /nodes/pve1/tasks?source=all&limit=3&start=6': data([row(6), 'odd']),
    });
    const all: string[] = [];
    for await (const task of client.listTasks('pve1', { source: 'all', limit: 3 })) all.push(task.upid);
    expect(all).toEqual([1, 2, 3, 4, 5, 6].map(upidOf));
    expect(paths()).toEqual([
      '/nodes/pve1/tasks?source=all&limit=3',
      '/nodes/pve1/tasks?source=all&limit=3&start=3',
      '/nodes/pve1/tasks?source=all&limit=3&start=6',
    ]);
    server.requests.length = 0;
    for await (const task of client.listTasks('pve1', { source: 'all', limit: 3 })) if (task.upid === upidOf(2)) break;
    expect(paths()).toHaveLength(1);
    expect(await client.getTasks('pve1', { source: 'all', limit: 3 })).toMatchObject({ total: 7 });
  });

  it('asks for 500 tasks at a time', async () => {
    server.set({ 'GET /nodes/pve1/tasks?source=all&limit=500': data([]) });
    for await (const task of client.listTasks('pve1', { source: 'all' })) expect(task).toBeUndefined();
    expect(paths()).toEqual(['/nodes/pve1/tasks?source=all&limit=500']);
  });

  it('reads the log of a task page by page', async () => {
    const lines = (from: number, count: number) => Array.from({ length: count }, (_, n) => ({ n: from + n, t: 'x' }));
    const path = `GET /nodes/pve1/tasks/${UPID}/log`;
    server.set({
      [`${path}?limit=500`]: data(lines(1, 500), 501),
      [`${path}?start=500&limit=500`]: data(lines(501, 1), 501),
    });
    const all: number[] = [];
    for await (const { n } of client.listTaskLog('pve1', UPID)) all.push(n);
    expect([all.length, all.at(-1), paths().length]).toEqual([501, 501, 2]);
    expect(paths()[0]).toContain('UPID%3Apve1%3A');
  });

  it('knows a free vmid from one that is taken, and from no answer', async () => {
    const taken = { vmid: 'VM 100 already exists' };
    const body = { data: null, message: 'Parameter verification failed.\n', errors: taken };
    server.set({
      'GET /cluster/nextid?vmid=107': data('107'),
      'GET /cluster/nextid?vmid=100': { status: 400, reason: 'Parameter verification failed.', body },
      'GET /cluster/nextid?vmid=1': { status: 400, body: { data: null, errors: { vmid: 'invalid format' } } },
    });
    expect(await client.isVmidFree(107)).toBe(true);
    expect(await client.isVmidFree(100)).toBe(false);
    expect(await failure(client.isVmidFree(1))).toMatchObject({ code: 'parameter' });
    expect(await failure(client.isVmidFree(2))).toMatchObject({ code: 'no-endpoint' });
  });

  it('reads the next free vmid, and the bridges of a node', async () => {
    server.set({
      'GET /cluster/nextid': data('107'),
      'GET /nodes/pve1/network?type=any_bridge': data([{ iface: 'vmbr0', type: 'bridge' }, { type: 'bridge' }]),
    });
    expect(await client.plans.getNextVmid()).toBe(107);
    expect(await client.plans.getBridges('pve1')).toEqual(['vmbr0']);
    server.set({ 'GET /cluster/nextid': data('none') });
    await expect(client.plans.getNextVmid()).rejects.toMatchObject({ code: 'malformed' });
  });

  it('warns of rows that it had to leave out', async () => {
    server.set({ 'GET /nodes/pve1/qemu': data([{ vmid: 100 }, { name: 'lost' }]) });
    expect(await client.getVMs('pve1')).toHaveLength(1);
    expect(warnings).toEqual(['GET /nodes/pve1/qemu: 1 of 2 rows could not be read']);
  });

  it('says of a missing call which version lacks it', async () => {
    server.set({});
    expect(await failure(client.getHaStatus())).toMatchObject({
      code: 'no-endpoint',
      message: "GET /cluster/ha/status/current: Method 'GET /cluster/ha/status/current' not implemented (501)",
    });
  });
});
