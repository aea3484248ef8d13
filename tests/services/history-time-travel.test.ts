import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { HistoryRepository } from '../../src/repositories/history/history-repository.ts';
import { InventoryRepository } from '../../src/repositories/inventory/inventory-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { InventoryService } from '../../src/services/inventory/inventory-service.ts';
import { at, CONFIG } from '../helpers/plans.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { emptyDatabase, histories, toPlans } from '../helpers/recorded-history.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();

describe('the state at a past time', () => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await openDatabase(await databaseAt(path.join(dir, 'rollcall.db')));
  });
  afterAll(() => connection.close());

  it('is what a sync at that time stored, whatever happened later', async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        await emptyDatabase(connection);
        const sync = new SyncRepository(connection);
        const { id } = await sync.ensureProvider({ ...CONFIG, name: `p${runs++}` }, at(0));
        const { plans, states } = toPlans(id, history);
        for (const plan of plans) await sync.apply(plan);
        const inventory = new InventoryService({
          inventory: new InventoryRepository(connection),
          history: new HistoryRepository(connection),
        });
        for (const [index, state] of states.entries()) {
          for (const seconds of [10 * (index + 1), 10 * (index + 1) + 9]) {
            const rows = await inventory.listGuests({ at: at(seconds) });
            expect(new Map(rows.map((row) => [row.vmid, row.document]))).toEqual(state);
          }
        }
        expect(await inventory.listGuests({ at: at(9) })).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
