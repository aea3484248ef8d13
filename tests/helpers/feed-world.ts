import path from 'node:path';
import type { Lab, LabOptions } from '../../src/lab/lab.ts';
import type { FeedCursor } from '../../src/providers/provider.ts';
import { rules } from '../../src/providers/proxmox/rules/rules.ts';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { HistoryRepository } from '../../src/repositories/history/history-repository.ts';
import { InventoryRepository } from '../../src/repositories/inventory/inventory-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { HistoryService } from '../../src/services/history/history-service.ts';
import { InventoryService } from '../../src/services/inventory/inventory-service.ts';
import type { PollResult } from '../../src/services/sync/partial-run.ts';
import { SyncService } from '../../src/services/sync/sync-service.ts';
import type { SyncResult } from '../../src/types/sync-result.ts';
import { type FeedLab, openFeedLab } from './feed-lab.ts';
import { MASK_KEY } from './mask-key.ts';
import { CONFIG } from './plans.ts';
import { databaseAt } from './postgres.ts';

/** A lab, a database, and the service in between, which has polled once and made one full run. */
export interface FeedWorld extends FeedLab {
  connection: Connection;
  inventory: InventoryService;
  history: HistoryService;
  /** It waits by letting the clock run. */
  service: SyncService;
  /** Polls, 10 s after the previous step by default. */
  poll: (ms?: number) => Promise<PollResult>;
  fullRun: () => Promise<SyncResult>;
  /** What was recorded since the last call, oldest first: `qemu/100 changed status by alice@pve`. */
  told: () => Promise<string[]>;
}

let ids = 0;

export async function openFeedWorld(
  file: string,
  options: LabOptions = {},
  token?: (lab: Lab) => string,
): Promise<FeedWorld> {
  const world = await openFeedLab(options, token);
  const connection = await openDatabase(await databaseAt(path.resolve(file)));
  const inventories = new InventoryRepository(connection);
  const inventory = new InventoryService({ inventory: inventories, history: new HistoryRepository(connection) });
  const history = new HistoryService({
    inventory: inventories,
    history: new HistoryRepository(connection),
    guests: inventory,
  });
  const service = new SyncService({
    rules,
    provider: world.provider,
    repository: new SyncRepository(connection),
    config: CONFIG,
    maskKey: MASK_KEY,
    clock: world.clock.now,
    newId: () => `id${String(++ids).padStart(14, '0')}`,
    holder: '1@here',
    isDead: () => false,
    sleep: async (ms) => world.clock.pass(ms),
  });
  let cursor: FeedCursor | null = null;
  let told = 0;
  const opened: FeedWorld = {
    ...world,
    connection,
    inventory,
    history,
    service,
    poll: async (ms = 10_000) => {
      world.clock.pass(ms);
      world.calls();
      const polled = await service.syncChanged(cursor);
      cursor = polled.cursor;
      return polled;
    },
    fullRun: () => service.syncAll(),
    told: async () => {
      const changes = await history.listChanges();
      const rows = changes.slice(told).filter(({ vmid }) => vmid !== null);
      told = changes.length;
      return rows.map(({ resourceKind, vmid, kind, event, patch, attribution }) => {
        const paths = kind === 'changed' ? patch.map(([path]) => path).join(' ') : '';
        const { actor } = attribution;
        return [`${resourceKind}/${vmid}`, kind, event, paths, actor && `by ${actor}`].filter(Boolean).join(' ');
      });
    },
    close: async () => {
      await connection.close();
      await world.close();
    },
  };
  await opened.poll(0);
  await opened.fullRun();
  await opened.told();
  return opened;
}
