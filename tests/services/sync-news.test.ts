import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { LabOptions } from '../../src/lab/lab.ts';
import type { FeedCursor } from '../../src/providers/provider.ts';
import { type Connection, openDatabase } from '../../src/repositories/database.ts';
import { SyncRepository } from '../../src/repositories/sync-repository.ts';
import type { NewsResult } from '../../src/services/sync/news-run.ts';
import { SyncService } from '../../src/services/sync/sync-service.ts';
import type { SyncResult } from '../../src/types/sync-result.ts';
import { type FeedLab, openFeedLab } from '../helpers/feed-lab.ts';
import { CONFIG } from '../helpers/plans.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
let count = 0;
let ids = 0;
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Scene extends FeedLab {
  connection: Connection;
  tick(ms?: number): Promise<NewsResult>;
  sweep(): Promise<SyncResult>;
}

async function openScene(options: LabOptions = {}): Promise<Scene> {
  const world = await openFeedLab(options);
  const connection = await openDatabase(`file:${path.join(dir, `news-${count++}.db`)}`);
  closers.push(async () => {
    await connection.close();
    await world.close();
  });
  const service = new SyncService({
    provider: world.provider,
    repository: new SyncRepository(connection),
    config: CONFIG,
    maskKey: connection.maskKey,
    clock: world.clock.now,
    newId: () => `id${String(++ids).padStart(14, '0')}`,
    holder: '1@here',
    isDead: () => false,
  });
  let cursor: FeedCursor | null = null;
  const scene: Scene = {
    ...world,
    connection,
    tick: async (ms = 10_000) => {
      world.clock.pass(ms);
      world.calls();
      const news = await service.syncNews(cursor);
      cursor = news.cursor;
      return news;
    },
    sweep: () => service.syncAll(),
  };
  await scene.tick(0);
  await scene.sweep();
  return scene;
}

describe('syncNews', () => {
  it('makes two calls and no statement while nothing happens', async () => {
    const { tick, calls } = await openScene();
    expect(await tick()).toMatchObject({ result: null, sweep: null });
    expect(calls()).toEqual(['/cluster/resources', '/cluster/log']);
  });

  it('records an edit with its actor in one further call', async () => {
    const { lab, tick, calls } = await openScene();
    const [vm] = lab.guests().filter(({ kind }) => kind === 'qemu');
    lab.as('alice@pve').setConfig(vm?.vmid ?? 0, { description: 'hello' });
    const { result } = await tick();
    expect(calls()).toHaveLength(3);
    expect(result).toMatchObject({ outcome: 'complete', summary: { changed: 1, removed: 0, new: 0 } });
    expect(await tick()).toMatchObject({ result: null });
    expect(calls()).toHaveLength(2);
  });
});
afterAll(() => undefined);
