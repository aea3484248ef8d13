import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { expect, it } from '@jest/globals';
import { isDeadHolder, ownHolder } from '../../src/cli/holder.ts';

it('knows a holder of this machine that is gone, and takes no other for dead', () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  expect(isDeadHolder(`${pid}@${os.hostname()}`)).toBe(true);
  expect(isDeadHolder(ownHolder())).toBe(false);
  expect(isDeadHolder(`${pid}@elsewhere`)).toBe(false);
  expect(isDeadHolder('somebody')).toBe(false);
});
