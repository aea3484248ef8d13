import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ProxmoxClient } from '../../src/api/proxmox-client.ts';
import { waitUntilSettled } from '../../src/providers/proxmox/actions/settle.ts';
import type { PlannedCall } from '../../src/types/action.ts';
import { clientOf } from '../api/open-client.ts';
import { type ReplayAnswer, type ReplayServer, startReplay } from '../helpers/replay-server.ts';

const CALL: PlannedCall = {
  verb: 'POST',
  path: '/nodes/pve1/qemu/100/migrate',
  parameters: { target: 'pve2' },
  secrets: [],
  node: 'pve1',
  words: 'migrate to pve2',
  task: { types: ['qmigrate', 'hamigrate'], id: '100' },
  proof: null,
  sets: {},
  settles: { kind: 'node', node: 'pve2' },
};
const UPID = 'UPID:pve1:00005AB6:0002E246:6B00FA1A:qmigrate:100:root@pam:';
const data = (value: unknown): ReplayAnswer => ({ status: 200, body: { data: value } });

let server: ReplayServer;
let client: ProxmoxClient;
/** Where the guest is, its lock, and whether a task migrates it, at each look in turn; the last one stays. */
let looks: { node: string; lock?: string; isMigrating?: boolean }[] = [];

beforeAll(async () => {
  const onRequest = (key: string): ReplayAnswer | undefined => {
    const { node = '', lock, isMigrating } = looks[0] ?? {};
    if (key === 'GET /cluster/resources') return data([{ type: 'qemu', id: 'qemu/100', vmid: 100, node }]);
    if (key === `GET /nodes/${node}/tasks?source=active&vmid=100`) {
      if (looks.length > 1) looks.shift();
      return data(
        isMigrating ? [{ upid: UPID, node, type: 'qmigrate', id: '100', user: 'root@pam', starttime: 1 }] : [],
      );
    }
    if (key !== `GET /nodes/${node}/qemu/100/status/current`) return undefined;
    if (lock === undefined && looks.length > 1) looks.shift();
    return data({ vmid: 100, status: 'running', ...(lock !== undefined && { lock }) });
  };
  server = await startReplay({}, { onRequest });
  client = clientOf(server);
});
afterAll(async () => {
  client.close();
  await server.close();
});

const wait = (mostMs: number) => waitUntilSettled(client, CALL, { signal: new AbortController().signal, mostMs });
const MIGRATING = { node: 'pve1', lock: 'migrate', isMigrating: true };

it('waits as long as a task migrates the guest, also on its new node', async () => {
  looks = [MIGRATING, MIGRATING, { node: 'pve2', lock: 'migrate', isMigrating: true }, { node: 'pve2' }];
  expect(await wait(0)).toBe(true);
  expect(looks).toEqual([{ node: 'pve2' }]);
});

it.each([
  ['that has gone nowhere', { node: 'pve1' }],
  ['with a lock that a task has left', { node: 'pve1', lock: 'migrate' }],
  ['that is there with such a lock', { node: 'pve2', lock: 'migrate' }],
])('does not wait for ever for a guest %s', async (_, look) => {
  looks = [look];
  expect(await wait(0)).toBe(false);
});
