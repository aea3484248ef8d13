import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { startLab } from '../../src/lab/lab.ts';
import { tempDir } from '../helpers/temp.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dir = tempDir();

/** Runs a command to its end, without Jest's settings in its environment. */
function exec(command: string, args: string[], cwd: string, env: Record<string, string> = {}) {
  const { NODE_OPTIONS: _, ...outside } = process.env;
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...outside, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...output }));
  });
}

it('what `npm pack` makes, installed in an empty directory, takes the roll of a cluster', async () => {
  const packed = await exec('npm', ['pack', '--ignore-scripts', '--pack-destination', dir], root);
  expect(packed).toMatchObject({ status: 0 });
  const [archive] = readdirSync(dir).filter((name) => name.endsWith('.tgz'));
  const empty = path.join(dir, 'empty');
  mkdirSync(empty);
  writeFileSync(path.join(empty, 'package.json'), '{"private":true}');
  const installed = await exec('npm', ['install', '--no-audit', '--no-fund', path.join(dir, archive ?? '')], empty);
  expect(installed).toMatchObject({ status: 0 });

  // Neither the prisma CLI nor a compiler comes with the product.
  const modules = readdirSync(path.join(empty, 'node_modules'));
  expect(modules).not.toContain('prisma');
  expect(modules).not.toContain('typescript');

  const lab = await startLab({ nodes: 2, vms: 5, containers: 2 });
  try {
    const database = path.join(dir, 'packed.db');
    const env = { ...lab.env(), DATABASE_URL: `file:${database}` };
    const rollcall = path.join(empty, 'node_modules/.bin/rollcall');
    expect(await exec(rollcall, ['discover-all', '--quiet'], empty, env)).toMatchObject({ status: 0, stderr: '' });
    const list = await exec(rollcall, ['list-vms', '-o', 'json'], empty, env);
    const seen = lab.guests().filter((guest) => guest.kind === 'qemu');
    expect(JSON.parse(list.stdout)).toHaveLength(seen.length);
    expect(statSync(database).mode & 0o777).toBe(0o600);
  } finally {
    await lab.close();
  }
}, 300_000);
