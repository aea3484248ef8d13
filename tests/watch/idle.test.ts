import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { startLab } from '../../src/lab/lab.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';
import { finish, start, until, withProviders } from './processes.ts';

const dir = tempDir();

it('asks an idle cluster of 1,000 guests no more than 12 times a minute, and shows a change within 15 s', async () => {
  const lab = await startLab({ nodes: 5, vms: 700, containers: 300 });
  const env = await withProviders([lab], await databaseAt(path.join(dir, 'idle.db')));
  const watcher = start(['watch', '--interval', '1h'], env);
  await until('the first run', () => /lab0: complete, 1000 guests/.test(watcher.stdout()), 120_000);
  lab.clearRequests();
  await sleep(60_000);
  const calls = lab.requests.length;
  expect(calls).toBeGreaterThan(6);
  expect(calls).toBeLessThanOrEqual(12);

  lab.clearRequests();
  lab.as('admin@pve').setConfig(100, { description: 'moved to rack 7' });
  const changedMs = performance.now();
  const shown = async () =>
    (await finish(['show-changes', '--since', '1h', '--guest', '100'], env)).stdout.includes('rack 7');
  await until('the change is shown', shown, 15_000);
  const seconds = (performance.now() - changedMs) / 1000;
  const asked = lab.requests.filter(({ path: where }) => where.includes('/config'));
  expect(asked.map(({ path: where }) => where)).toEqual([expect.stringMatching(/\/qemu\/100\/config/)]);
  process.stdout.write(
    `idle cluster of 1,000 guests: ${calls} calls a minute; a change was shown after ${seconds.toFixed(1)} s\n`,
  );
  watcher.terminate();
  expect(await watcher.ended).toBe(0);
  await lab.close();
}, 300_000);
