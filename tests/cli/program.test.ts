import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import type { Io } from '../../src/cli/output/io.ts';
import { wholeProgram } from '../../src/cli/program.ts';
import { commandReference } from '../../src/cli/reference.ts';
import { VERSION } from '../../src/cli/version.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';
import { runProgram, START } from '../helpers/world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = path.join(root, 'dist/bin/rollcall.js');
const dir = tempDir();
let lab: Lab;

beforeAll(async () => {
  lab = await startLab({ nodes: 1, vms: 3, containers: 1 });
});
afterAll(() => lab.close());

/** Starts the built program, as a shell would. */
function start(args: string[], env: Record<string, string> = {}) {
  const { NODE_OPTIONS: _, ...outside } = process.env;
  return spawn(process.execPath, [main, ...args], {
    cwd: dir,
    env: { ...outside, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function exec(
  args: string[],
  env: Record<string, string> = {},
  act: (child: ReturnType<typeof start>) => void = () => undefined,
) {
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = start(args, env);
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...output }));
    act(child);
  });
}

describe('the built program', () => {
  it('says where an error comes from in terms of its sources', async () => {
    const { stderr } = await exec(['discover-all', '--verbose'], { HOME: dir, PROXMOX_VE_ENDPOINT: 'ftp://pve1' });
    const [, file = '', line = ''] = /\((src\/[\w/-]+\.ts):(\d+):\d+\)/.exec(stderr) ?? [];
    expect(readFileSync(path.join(root, file), 'utf8').split('\n')[Number(line) - 1]).toContain('Error(');
    expect(stderr).not.toContain('dist/bin');
  });

  it('prints its version', async () => {
    expect(await exec(['--version'])).toEqual({ status: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  it('keeps its database in the data directory of the user, made at first use', async () => {
    const home = path.join(dir, 'data');
    const env = { ...lab.env(), XDG_DATA_HOME: home, HOME: dir };
    expect(await exec(['discover-all', '--quiet'], env)).toEqual({ status: 0, stdout: '', stderr: '' });
    const file = path.join(home, 'rollcall', 'rollcall.db');
    if (process.platform === 'linux') expect(readFileSync(file).subarray(0, 6).toString()).toBe('SQLite');
    const list = await exec(['list-vms', '-o', 'json'], env);
    expect(JSON.parse(list.stdout)).toHaveLength(3);
    rmSync(home, { recursive: true });
  });

  it('ends without a word when its reader goes away', async () => {
    const env = { ...lab.env(), DATABASE_URL: await databaseAt(path.join(dir, 'pipe.db')) };
    await exec(['discover-all', '--quiet'], env);
    const ran = await exec(['list-vms', '-o', 'json'], env, (child) => child.stdout.destroy());
    expect(ran).toEqual({ status: 0, stdout: '', stderr: expect.not.stringMatching(/EPIPE|bug/) });
  });

  it('is interrupted by SIGINT: nothing is stored, status 130', async () => {
    const env = { ...lab.env(), DATABASE_URL: await databaseAt(path.join(dir, 'interrupted.db')) };
    const remove = lab.faults.add({ match: /GET .*config/, effect: { kind: 'delay', ms: 1500 } });
    lab.clearRequests();
    const ran = await exec(['discover-all'], env, (child) => {
      const timer = setInterval(() => {
        if (!lab.requests.some(({ path: url }) => url.includes('/cluster/resources'))) return;
        clearInterval(timer);
        child.kill('SIGINT');
      }, 20);
    });
    remove();
    expect(ran).toMatchObject({ status: EXIT.interrupted, stdout: '' });
    expect(ran.stderr).toMatch(/interrupted/);
    expect((await exec(['list-vms', '-o', 'name'], env)).stdout).toBe('');
  });

  it('serves a lab until SIGTERM', async () => {
    const ran = await exec(['lab', '--nodes', '1', '--vms', '1', '--containers', '0'], {}, (child) => {
      child.stdout.once('data', () => child.kill('SIGTERM'));
    });
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringMatching(/^https:\/\/127/) });
  });
});

const printed: string[] = [];
const io: Io = {
  stdout: () => undefined,
  stderr: () => undefined,
  env: {},
  cwd: dir,
  isTTY: false,
  isErrTTY: false,
  signal: new AbortController().signal,
  clock: () => START,
  newId: () => '',
};
const { commands } = await wholeProgram(io);

describe('the command tree', () => {
  const names = commands.flatMap((command) => [
    [command.name()],
    ...command.commands.map((child) => [command.name(), child.name()]),
  ]);

  it('has the commands that users rely on', () => {
    const wanted = `discover-all discover-vms discover-containers discover-storage discover-tasks discover-nodes
      list-nodes list-hosts list-guests list-vms list-containers list-storage list-tasks list-lifecycle show show-host show-vm show-container show-changes history
      billing sync-status watch serve verify prune lab providers notify db doctor api export import-hosts expect check completion
      start shutdown stop reboot reset suspend resume snapshot set tag migrate move-disk resize-disk backup restore template
      destroy apply clone create users tokens operations panel reconcile list-findings findings accounts`.split(/\s+/);
    const below = {
      api: ['get', 'create', 'set', 'delete'],
      providers: ['add', 'list', 'show', 'update', 'enable', 'disable', 'remove', 'test', 'trust', 'confirm'],
      create: ['vm', 'container'],
      snapshot: ['create', 'list', 'delete', 'rollback'],
      expect: ['init', 'schema'],
      billing: ['prices', 'propose', 'list', 'show', 'apply', 'reject', 'ledger', 'export'],
      notify: ['add', 'list', 'show', 'test', 'run', 'log', 'pause', 'resume', 'confirm', 'remove'],
      panel: ['add', 'list', 'show', 'test', 'update', 'link', 'unlink', 'confirm', 'remove'],
      findings: ['show', 'accept', 'reopen', 'assign'],
      accounts: ['add', 'list', 'add-id', 'remove-id', 'remove', 'rules'],
      completion: ['install', 'bash', 'zsh', 'fish', 'powershell'],
      users: ['add', 'list', 'show', 'update', 'invite', 'disable', 'enable', 'remove', 'log'],
      tokens: ['add', 'list', 'revoke'],
      operations: ['list', 'show', 'cancel', 'follow', 'resume'],
      db: ['status', 'migrate', 'backup', 'copy', 'new-key'],
      export: [
        'ansible',
        'ssh-config',
        'hosts',
        'csv',
        'xlsx',
        'prometheus-sd',
        'terraform-import',
        'dot',
        'netbox',
        'html',
      ],
    };
    for (const [name, children] of Object.entries(below)) wanted.push(...children.map((child) => `${name} ${child}`));
    expect(names.map((words) => words.join(' ')).toSorted()).toEqual(wanted.toSorted());
  });

  it.each(names.map((words) => [words]))('%j explains itself with examples, and opens nothing', async (words) => {
    const { status, stdout, stderr } = await runProgram([...words, '--help'], {
      env: { DATABASE_URL: 'nonsense:' },
      isTTY: true,
    });
    expect({ status, stderr }).toEqual({ status: EXIT.done, stderr: '' });
    expect(stdout).toContain(`Usage: rollcall ${words.join(' ')}`);
    expect(stdout).toContain(`\nExamples:\n  $ rollcall `);
    expect(stdout).toContain('--output <format>');
  });

  it('is told of in the same words, whether its commands are loaded or not', async () => {
    const { stdout } = await runProgram('--help');
    const whole = await wholeProgram({ ...io, stdout: (text) => printed.push(text) });
    whole.outputHelp();
    expect(stdout).toBe(printed.join(''));
  });

  it('is what docs/commands.md says', async () => {
    // When this fails: `npm run docs`.
    expect(readFileSync(path.join(root, 'docs/commands.md'), 'utf8')).toBe(await commandReference());
  });

  it('has the version of package.json', () => {
    const manifest: unknown = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ version: VERSION });
  });
});
