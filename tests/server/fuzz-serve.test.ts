import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';

it('answers 1,500 mutated requests without a failure of its own', () => {
  const args = ['scripts/fuzz-serve.mjs', '--count', '1500', '--seed', '1', '--bin', 'dist/bin/rollcall.js'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 200_000 });
  expect({ status, failures: stdout.split('\n').slice(1).join('\n'), stderr }).toEqual({
    status: 0,
    failures: '',
    stderr: '',
  });
  expect(stdout).toMatch(/^seed 1: 15\d\d requests/);
}, 240_000);
