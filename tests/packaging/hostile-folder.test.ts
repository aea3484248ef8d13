import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { secretOf } from '../helpers/stored-provider.ts';
import { tempDir } from '../helpers/temp.ts';
import { type HostileFolder, makeHostileFolder } from './hostile-folder.ts';
import { type Ended, exec, type Installation, packedInstallation } from './installation.ts';

const dir = tempDir();
let installation: Installation;
beforeAll(async () => {
  installation = await packedInstallation();
}, 600_000);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What the installed program could load, and what it would load if it were there. */
function packageNames(): string[] {
  const manifest: { dependencies: object; optionalDependencies: object; devDependencies: object } = JSON.parse(
    readFileSync(path.join(ROOT, 'package.json'), 'utf8'),
  );
  const declared = [manifest.dependencies, manifest.optionalDependencies, manifest.devDependencies].flatMap(
    Object.keys,
  );
  return [...new Set([...installation.packages, ...declared, 'pg-native', 'bindings', 'dotenv', 'source-map-support'])];
}

describe('in a hostile folder, the installed program', () => {
  let lab: Lab;
  let evil: Server;
  let evilUrl = '';
  let connections = 0;
  let folder: HostileFolder;
  let before: string[];
  const trusted = path.join(dir, 'trusted');

  beforeAll(async () => {
    lab = await startLab({ nodes: 1, vms: 2, containers: 1 });
    evil = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    const address = evil.address();
    evilUrl = `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    folder = await makeHostileFolder(path.join(dir, 'hostile'), {
      markers: path.join(dir, 'markers'),
      evilUrl,
      packages: packageNames(),
    });
    before = folder.snapshot();
    // An honest program that fetches the secret, and starts another by its name, as such programs do.
    mkdirSync(trusted);
    for (const [name, text] of Object.entries({ pass: 'helper', helper: `echo ${secretOf(lab.token)}` })) {
      writeFileSync(path.join(trusted, name), `#!/bin/bash\n${text}\n`);
      chmodSync(path.join(trusted, name), 0o755);
    }
  }, 60_000);
  afterAll(async () => {
    await lab.close();
    await new Promise((resolve) => evil.close(resolve));
  });

  /** As a careless user would run it: PATH has the working directory first, and BASH_ENV names a file in it. */
  function rollcall(
    home: string,
    line: string,
    { act = () => false, more = {} }: { act?: (text: string) => boolean; more?: Record<string, string> } = {},
  ): Promise<Ended> {
    const env = {
      PATH: `:.:bin:${trusted}:/usr/local/bin:/usr/bin:/bin`,
      HOME: home,
      XDG_DATA_HOME: path.join(home, 'data'),
      XDG_CONFIG_HOME: path.join(home, 'config'),
      BASH_ENV: './trojan.sh',
      NOTIFY_SOCKET: '/nowhere',
      LANG: 'C',
      ...more,
    };
    return exec(process.execPath, [installation.main, ...line.split(' ')], {
      cwd: folder.dir,
      env,
      timeoutMs: 60_000,
      onStdout: (child, text) => {
        if (act(text)) child.kill('SIGTERM');
      },
    });
  }

  async function inTurn<T>(lines: readonly string[], run: (line: string) => Promise<T>): Promise<Record<string, T>> {
    const outcomes: Record<string, T> = {};
    for (const line of lines) outcomes[line] = await run(line);
    return outcomes;
  }

  function expectUntouched(): void {
    expect({ markers: folder.markers(), connections, files: folder.snapshot() }).toEqual({
      markers: [],
      connections: 0,
      files: before,
    });
  }

  it('reads, runs, loads and changes nothing of it while nothing is stored', async () => {
    const home = path.join(dir, 'new-home');
    mkdirSync(home);
    const expected = {
      'discover-all': 2,
      'providers test': 2,
      watch: 2,
      'providers add prod': 2,
      'list-vms': 0,
      'providers list': 0,
      doctor: 2,
    };
    const statuses = await inTurn(Object.keys(expected), async (line) => (await rollcall(home, line)).status);
    expectUntouched();
    expect(statuses).toEqual(expected);
    const told = await rollcall(home, 'discover-all');
    expect(told.stderr).toMatch(/no Proxmox VE server is named[\s\S]+--environment-file \.env\n$/);
    expectUntouched();
  }, 120_000);

  it('keeps to the database, the server and the programs of the user', async () => {
    const home = path.join(dir, 'home');
    mkdirSync(home);
    const how = `--endpoint ${lab.url} --fingerprint ${lab.fingerprint} --token-id root@pam!lab`;
    const added = await rollcall(home, `providers add prod ${how} --secret command:pass`);
    expect(added).toMatchObject({ status: 0, stderr: expect.stringMatching(/^stored prod: /) });
    const lines =
      `discover-all; discover-vms; discover-all -o json; discover-all --provider prod; doctor; providers list;
      providers test; providers show prod; providers trust prod; list-vms; list-nodes; list-containers; list-storage;
      list-tasks; list-lifecycle; show-vm 100; show-changes; sync-status; verify; prune --dry-run; db status; lab --help; --help;
      --version; list-vms -o csv; list-vms -o name; list-vms -o yaml`.split(/;\s+/);
    const statuses = await inTurn(lines, async (line) => (await rollcall(home, line)).status);
    expectUntouched();
    expect(statuses).toEqual(Object.fromEntries(lines.map((line) => [line, 0])));
    const watched = await rollcall(home, 'watch --interval 1s', { act: (text) => text.includes(' prod: ') });
    expect(watched).toMatchObject({ status: 0, stdout: expect.stringMatching(/ prod: /) });
    expect(existsSync(path.join(home, 'data/rollcall/rollcall.db'))).toBe(true);
    expect((await rollcall(home, 'list-vms -o name')).stdout.split('\n')).toHaveLength(3);
    expectUntouched();
    // What the .env says, said by the environment itself: the stored credential does not follow.
    const more = { PROXMOX_VE_NAME: 'prod', PROXMOX_VE_ENDPOINT: evilUrl, PROXMOX_VE_INSECURE: 'true' };
    for (const line of ['discover-all', 'doctor', 'watch']) {
      const ran = await rollcall(home, line, { more });
      expect({ line, status: ran.status }).toEqual({ line, status: 2 });
      expect(ran.stdout + ran.stderr).toContain('differ from what is stored of prod');
    }
    expectUntouched();
  }, 240_000);

  it('runs no command and sends no credential that a foreign database names', async () => {
    const home = path.join(dir, 'fourth-home');
    mkdirSync(home);
    const foreign = path.join(dir, 'foreign.db');
    copyFileSync(path.join(folder.dir, 'evil.db'), foreign);
    for (const line of [
      'discover-all',
      'doctor',
      'providers test prod',
      'providers trust prod',
      'providers confirm prod',
    ]) {
      const ran = await rollcall(home, `--db file:${foreign} ${line}`);
      expect({ line, status: ran.status }).toEqual({ line, status: 2 });
      expect(ran.stdout + ran.stderr).toMatch(/the settings of prod are not confirmed/);
    }
    expectUntouched();
  }, 120_000);

  it('takes of a .env that is named the connection, and nothing else', async () => {
    const home = path.join(dir, 'third-home');
    mkdirSync(home);
    const ran = await rollcall(home, 'list-vms --environment-file .env');
    expect(ran).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^warning: DATABASE_URL in \S+ is not used\n/),
    });
    expect(existsSync(path.join(home, 'data/rollcall/rollcall.db'))).toBe(true);
    expectUntouched();
  }, 60_000);
});
