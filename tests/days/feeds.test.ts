import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openProxmoxClient } from '../../src/api/proxmox-client.ts';
import type { FeedCursor } from '../../src/providers/provider.ts';
import { ProxmoxProvider } from '../../src/providers/proxmox/proxmox-provider.ts';
import { rules } from '../../src/providers/proxmox/rules/rules.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { HistoryRepository } from '../../src/repositories/history/history-repository.ts';
import { InventoryRepository } from '../../src/repositories/inventory/inventory-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { HistoryService } from '../../src/services/history/history-service.ts';
import { InventoryService } from '../../src/services/inventory/inventory-service.ts';
import { SyncService } from '../../src/services/sync/sync-service.ts';
import { MASK_KEY } from '../helpers/mask-key.ts';
import { CONFIG } from '../helpers/plans.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { type ReplayAnswers, type ReplayServer, startReplay } from '../helpers/replay-server.ts';
import { tempDir } from '../helpers/temp.ts';
import { expectHistory, type HistoryLine } from './expected-history.ts';
import { type DayStep, type RecordedDay, readDays } from './recorded-day.ts';
import { toLines } from './recorded-history.ts';

const days = readDays(process.env['PVE_DAYS_DIR']).filter(({ isPlain }) => isPlain);
const dir = tempDir();

interface PolledStep {
  step: number;
  lines: HistoryLine[];
  fullRun: string | null;
  calls: number;
}

/** A poll asks for fewer lines of the log than were recorded. */
function answersOf({ answers }: DayStep): ReplayAnswers {
  const log = answers['GET /cluster/log?max=500'];
  const lines =
    typeof log?.body === 'object' && 'data' in log.body && Array.isArray(log.body.data) ? log.body.data : [];
  return { ...answers, 'GET /cluster/log?max=100': { status: 200, body: { data: lines.slice(0, 100) } } };
}

async function pollThrough(day: RecordedDay): Promise<PolledStep[]> {
  let now = new Date(0);
  let ids = 0;
  const server: ReplayServer = await startReplay({}, { date: () => now });
  const connection = await openDatabase(await databaseAt(path.join(dir, `${day.name}.db`)));
  const [inventories, histories] = [new InventoryRepository(connection), new HistoryRepository(connection)];
  const inventory = new InventoryService({ inventory: inventories, history: histories });
  const history = new HistoryService({ inventory: inventories, history: histories, guests: inventory });
  const steps: PolledStep[] = [];
  let cursor: FeedCursor | null = null;
  let told = 0;
  try {
    for (const step of day.steps) {
      now = new Date(step.captureEnded * 1000);
      server.set(answersOf(step));
      const client = openProxmoxClient({
        endpoints: [server.url],
        tls: { ca: server.caPem },
        credential: { kind: 'token', tokenId: step.capturedAs, secret: '00000000-0000-0000-0000-000000000000' },
        retries: 0,
        clock: () => now.getTime(),
      });
      const service = new SyncService({
        rules,
        provider: new ProxmoxProvider(client, () => now),
        repository: new SyncRepository(connection),
        config: CONFIG,
        maskKey: MASK_KEY,
        clock: () => now,
        newId: () => `f${String(++ids).padStart(15, '0')}`,
        holder: '1@here',
        isDead: () => false,
      });
      const before = server.requests.length;
      const polled = await service.syncChanged(cursor);
      const calls = server.requests.length - before;
      cursor = polled.cursor;
      if (polled.fullRun !== null) await service.syncAll();
      client.close();
      const changes = await history.listChanges();
      steps.push({ step: step.step, lines: toLines(step.step, changes.slice(told)), fullRun: polled.fullRun, calls });
      told = changes.length;
    }
  } finally {
    await connection.close();
    await server.close();
  }
  return steps;
}

/** An edit of a container shows in the listing only, up to 10 s later: the next step had begun by then. */
function textOf({ step, guest, what, values, by }: HistoryLine): string {
  const isUntraced = guest.startsWith('lxc/') && by === 'unknown';
  return [isUntraced ? 'some step' : step, guest, what, values, by].join('  ');
}

const describeDays = days.length > 0 ? describe : describe.skip;

describeDays('polls of recorded days (PVE_DAYS_DIR)', () => {
  if (days.length === 0) it('are not there: PVE_DAYS_DIR is not set', () => undefined);

  it.each(days.map((day) => [day.name, day] as const))(
    '%s: record what was done, by whom, and nothing else',
    async (_, day) => {
      const steps = await pollThrough(day);
      const rows = steps.map(
        ({ step, fullRun, calls, lines }) =>
          `${step}: ${calls} calls, ${lines.length} lines${fullRun === null ? '' : `, a full run: ${fullRun}`}`,
      );
      process.stdout.write(`polls of ${day.name}\n${rows.join('\n')}\n`);
      const lines = steps.slice(1).flatMap(({ lines: own }) => own);
      expect(lines.map(textOf).toSorted()).toEqual(expectHistory(day).map(textOf).toSorted());
    },
  );
});
