import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { HistoryRepository } from '../../src/repositories/history/history-repository.ts';
import { InventoryRepository } from '../../src/repositories/inventory/inventory-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { InventoryService } from '../../src/services/inventory/inventory-service.ts';
import { at, CONFIG, guest, plan, task } from '../helpers/plans.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { eventRecord } from '../helpers/records.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
let connection: Connection;
let inventory: InventoryService;

/** An ESXi host calls its machines by numbers. */
beforeAll(async () => {
  connection = await openDatabase(await databaseAt(path.join(dir, 'tasks.db')));
  const sync = new SyncRepository(connection);
  const proxmox = (await sync.ensureProvider(CONFIG, at(0))).id;
  const esxi = (await sync.ensureProvider({ ...CONFIG, name: 'esxi' }, at(0))).id;
  await sync.apply(
    plan(proxmox, {
      run: { id: 'r1' },
      guests: [guest('web', 100)],
      records: [task('UPID:pve1:00001234:1:2:a:100:b:')],
    }),
  );
  const uuid = { kind: 'vm', nativeId: '5023-aa', vmid: null, identity: { handle: '100' } } as const;
  await sync.apply(
    plan(esxi, {
      run: { id: 'r2' },
      guests: [guest('other', 100, { ...uuid, document: { name: 'other', node: 'esx1', status: 'running' } })],
      records: [eventRecord({ ref: 'event/1', at: at(0), target: '100' })],
    }),
  );
  inventory = new InventoryService({
    inventory: new InventoryRepository(connection),
    history: new HistoryRepository(connection),
  });
});
afterAll(() => connection.close());

async function listed(query: Parameters<InventoryService['listTasks']>[0]): Promise<unknown[]> {
  return (await inventory.listTasks(query)).map(({ upid, vmid, guestName }) => [upid, vmid, guestName]);
}

const TASK = ['UPID:pve1:00001234:1:2:a:100:b:', 100, 'vm-100'];
const EVENT = ['event/1', null, 'other'];

it('a number is a vmid, and no handle of another platform', async () => {
  expect(await listed({ guest: '100' })).toEqual([TASK]);
  expect(await listed({})).toEqual(expect.arrayContaining([TASK, EVENT]));
});

it('a guest without a vmid has the events of its handle', async () => {
  expect(await listed({ guest: 'other' })).toEqual([EVENT]);
  expect(await listed({ guests: new Set(['other']) })).toEqual([EVENT]);
  expect(await listed({ guests: new Set(['web']) })).toEqual([TASK]);
  expect(await listed({ guest: 'other', guests: new Set(['web']) })).toEqual([]);
});
