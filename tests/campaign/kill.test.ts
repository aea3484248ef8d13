import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';

const KILLS = Number(process.env['ROLLCALL_KILLS'] ?? 8);
const SEED = Number(process.env['ROLLCALL_SEED'] ?? 1);
const main = fileURLToPath(new URL('../../dist/bin/rollcall.js', import.meta.url));
const dir = tempDir();
let lab: Lab;

beforeAll(async () => {
  lab = await startLab({ nodes: 2, vms: 20, containers: 5, seed: SEED });
});
afterAll(() => lab.close());

/** Runs the built program; kills it with SIGKILL after `killAfterMs`. */
async function rollcall(args: string[], killAfterMs?: number) {
  const { NODE_OPTIONS: _, ...outside } = process.env;
  const env = { ...outside, ...lab.env(), DATABASE_URL: await databaseAt(path.join(dir, 'killed.db')) };
  return new Promise<{ status: number | null; stdout: string; stderr: string; ms: number }>((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.once('error', reject);
    child.once('close', (status) => {
      clearTimeout(timer);
      resolve({ status, ...output, ms: performance.now() - started });
    });
  });
}

it(`heals after ${KILLS} kills at random points of a sync`, async () => {
  const first = await rollcall(['discover-all', '--quiet']);
  expect(first).toMatchObject({ status: 0, stderr: '' });
  const admin = lab.as('admin@pve');
  const vms = lab.guests().filter((guest) => guest.kind === 'qemu' && guest.config['template'] === undefined);
  let state = SEED;
  let killed = 0;
  // How long a run takes that is left alone: less than the first one, beside which other tests start.
  let wholeMs = first.ms;
  for (let round = 0; round < KILLS; round++) {
    // A linear congruential generator: the points are those of the seed.
    state = (state * 1103515245 + 12345) % 2 ** 31;
    const vm = vms[round % vms.length];
    if (!vm) throw new Error('the lab has no VMs');
    const description = `round ${round}`;
    admin.setConfig(vm.vmid, { description });
    // The last part of a run is where it writes: aim there as often as anywhere else.
    const point = round % 2 === 0 ? state / 2 ** 31 : 0.6 + (state / 2 ** 31) * 0.4;
    const run = await rollcall(['discover-all', '--quiet'], point * wholeMs);
    if (run.status === null) killed++;
    expect(await rollcall(['verify', '--quiet'])).toMatchObject({ status: 0 });
    // The dead run's lease is not in the way of the next one for long: its process is gone.
    const next = await rollcall(['discover-all', '--quiet']);
    expect(next).toMatchObject({ status: 0, stderr: '' });
    wholeMs = next.ms;
    const changes = await rollcall(['show-changes', '--guest', String(vm.vmid), '--path', 'description', '-o', 'json']);
    const seen = JSON.parse(changes.stdout).filter((change: { after: unknown }) => change.after === description);
    expect({ round, found: seen.length }).toEqual({ round, found: 1 });
  }
  process.stdout.write(`kill -9: ${killed} of ${KILLS} runs were killed before their end (seed ${SEED})\n`);
}, 3_600_000);
