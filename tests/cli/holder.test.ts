import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { isDeadHolder, ownHolder } from '../../src/app/holder.ts';

it('knows a holder of this place that is gone, and takes no other for dead', () => {
  const own = ownHolder();
  expect(ownHolder()).toBe(own);
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const dead = own.replace(/^\d+/, String(pid));
  expect(isDeadHolder(dead)).toBe(true);
  expect(isDeadHolder(own)).toBe(false);
  // A container of the same name has other process numbers.
  expect(isDeadHolder(dead.replace(/#./, (tag) => (tag === '#0' ? '#1' : '#0')))).toBe(false);
  expect(isDeadHolder(`${pid}@elsewhere`)).toBe(false);
  expect(isDeadHolder('somebody')).toBe(false);
});

(process.platform === 'linux' ? it : it.skip)(
  'takes a process of the same number that began later for another one',
  () => {
    expect(isDeadHolder(ownHolder().replace(/\.[^.]*$/, '.1'))).toBe(true);
  },
);
