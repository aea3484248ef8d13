import path from 'node:path';
import { expect, it } from '@jest/globals';
import { startLab } from '../../src/lab/lab.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';
import { finish, start, until, withProviders } from './processes.ts';

const dir = tempDir();

it('asks an idle cluster of 1,000 guests twice a poll, every 10 s, and records a change after the next poll', async () => {
  const lab = await startLab({ nodes: 5, vms: 700, containers: 300 });
  const env = await withProviders([lab], await databaseAt(path.join(dir, 'idle.db')));
  expect((await finish(['watch', '--help'], env)).stdout).toMatch(/--feed-interval .*\(default: 10s\)/);
  const watcher = start(['watch', '--interval', '1h', '--feed-interval', '1s'], env);
  await until('the first run', () => /lab0: complete, 1000 guests/.test(watcher.stdout()));
  const paths = () => lab.requests.map(({ path: where }) => where.replace(/\?.*$/, ''));
  const polls = () => paths().filter((where) => where.endsWith('/cluster/resources')).length;

  lab.clearRequests();
  await until('six polls', () => polls() > 6);
  const calls = paths().slice(0, 12);
  const [resources, log] = ['/cluster/resources', '/cluster/log'];
  expect(calls.toSorted()).toEqual([
    ...Array.from({ length: 6 }, () => log),
    ...Array.from({ length: 6 }, () => resources),
  ]);

  lab.clearRequests();
  lab.as('admin@pve').setConfig(100, { description: 'moved to rack 7' });
  await until('the change is told', () => /lab0: poll, .* 1 changed/.test(watcher.stdout()));
  // One poll may have been in progress during the edit, and another may have begun before the line was printed.
  expect(polls()).toBeLessThanOrEqual(3);
  const shown = await finish(['show-changes', '--since', '1h', '--guest', '100'], env);
  expect(shown.stdout).toContain('rack 7');
  expect(paths().filter((where) => where.includes('/config'))).toEqual([expect.stringMatching(/\/qemu\/100\/config$/)]);
  watcher.terminate();
  expect(await watcher.ended).toBe(0);
  await lab.close();
});
