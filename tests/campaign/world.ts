import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openProxmoxClient } from '../../src/api/proxmox-client.ts';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import type { FeedCursor } from '../../src/providers/provider.ts';
import { ProxmoxProvider } from '../../src/providers/proxmox/proxmox-provider.ts';
import { rules } from '../../src/providers/proxmox/rules/rules.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { HistoryRepository } from '../../src/repositories/history/history-repository.ts';
import { InventoryRepository } from '../../src/repositories/inventory/inventory-repository.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { PruneRepository } from '../../src/repositories/maintenance/prune-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { AuditService } from '../../src/services/history/audit-service.ts';
import { HistoryService } from '../../src/services/history/history-service.ts';
import { InventoryService } from '../../src/services/inventory/inventory-service.ts';
import type { PollResult } from '../../src/services/sync/partial-run.ts';
import { SyncService } from '../../src/services/sync/sync-service.ts';
import type { SyncResult } from '../../src/types/sync-result.ts';
import { MASK_KEY } from '../helpers/mask-key.ts';
import { databaseAt } from '../helpers/postgres.ts';
import type { Random } from './random.ts';

const START_MS = Date.UTC(2026, 0, 5, 8);
const RUN_EVERY_MS = 5 * 60_000;

/** A lab, a database and everything in between, with one clock that only runs between two syncs. */
export interface World {
  lab: Lab;
  inventory: InventoryService;
  history: HistoryService;
  audit: AuditService;
  now(): Date;
  pass(ms?: number): void;
  sync(): Promise<SyncResult>;
  /** One poll, from the cursor of the last one. */
  poll(): Promise<PollResult>;
  close(): Promise<void>;
}

/** `skewMs`: how far the server's clock is ahead of ours. */
export async function openCampaignWorld(
  seed: number,
  skewMs: number,
  random: Random,
  options: LabOptions = {},
): Promise<World> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-campaign-'));
  let nowMs = START_MS;
  const lab = await startLab({
    nodes: 3,
    vms: 8,
    containers: 4,
    seed,
    clock: () => nowMs + skewMs,
    frozenDelayMs: 5,
    broadcastLagMs: random.pick([0, 0, 8000]),
    ...options,
  });
  const connection = await openDatabase(await databaseAt(path.join(folder, 'campaign.db')));
  const [tokenId = '', secret = ''] = lab.auditorToken.split('=');
  const inventories = new InventoryRepository(connection);
  const histories = new HistoryRepository(connection);
  const inventory = new InventoryService({ inventory: inventories, history: histories });
  const history = new HistoryService({
    inventory: inventories,
    history: histories,
    guests: inventory,
  });
  const audit = new AuditService({
    audit: new AuditRepository(connection),
    prune: new PruneRepository(connection),
  });

  let cursor: FeedCursor | null = null;

  async function withService<T>(work: (service: SyncService) => Promise<T>): Promise<T> {
    const client = openProxmoxClient({
      endpoints: [lab.url],
      tls: { ca: lab.caPem },
      credential: { kind: 'token', tokenId, secret },
      retries: 1,
      retryBaseMs: 1,
      clock: () => nowMs,
    });
    const service = new SyncService({
      rules,
      provider: new ProxmoxProvider(client, () => new Date(nowMs)),
      repository: new SyncRepository(connection),
      config: {
        name: 'lab',
        type: 'proxmox',
        endpoints: [lab.url],
        tls: { mode: 'insecure' },
        credential: { kind: 'token', tokenId, secretRef: 'env:TOKEN' },
      },
      maskKey: MASK_KEY,
      clock: () => new Date(nowMs),
      newId: () => random.id(),
      holder: `${process.pid}@campaign`,
      isDead: () => false,
    });
    try {
      return await work(service);
    } finally {
      client.close();
    }
  }

  return {
    lab,
    inventory,
    history,
    audit,
    now: () => new Date(nowMs),
    pass: (ms = RUN_EVERY_MS) => {
      nowMs += ms;
    },
    sync: () => withService((service) => service.syncAll({ trigger: 'auto' })),
    poll: async () => {
      const polled = await withService((service) => service.syncChanged(cursor));
      cursor = polled.cursor;
      return polled;
    },
    close: async () => {
      await connection.close();
      await lab.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
