import { cpSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { postgres } from '../helpers/postgres.ts';
import { NO_ENVIRONMENT } from '../helpers/stored-provider.ts';
import { tempDir } from '../helpers/temp.ts';
import { describeVsphere, vcsim } from '../helpers/vcsim.ts';
import { exec } from './installation.ts';
import { openPackedWorld, type PackedWorld, tokenIdOf } from './packed-world.ts';
import { hasTerminals, onTerminal } from './terminal.ts';

const dir = tempDir();
const server = postgres();
const terminalIt = hasTerminals ? it : it.skip;
let world: PackedWorld;

beforeAll(async () => {
  world = await openPackedWorld(dir);
}, 600_000);

describe('what the installed program loads when it is needed', () => {
  it('pg: an inventory on PostgreSQL', async () => {
    const { run } = world;
    const env = { DATABASE_URL: server.url };
    // PGlite works in this process, where the lab would have to wait for it.
    expect((await run(['db', 'migrate'], { env })).status).toBe(0);
    expect(await run(['discover-all', '--quiet'], { env })).toEqual({ status: 0, stdout: '', stderr: '' });
    const { stdout } = await run(['list-vms', '-o', 'name'], { env });
    expect(stdout.split('\n')).toContain('lab/100');
    expect(await run(['db', 'status'], { env })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^guests/m),
    });
  }, 120_000);

  it('the keyring: its own words where there is none', async () => {
    const { run, other } = world;
    const args = ['providers', 'add', 'second', '--endpoint', other.url, '--token-id', tokenIdOf(other), '--insecure'];
    const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
    const { stderr } = await run([...args, '--secret', 'keyring:rollcall/second'], { env });
    expect(stderr).toMatch(/^error: no keyring can be used here \(.*(?:D-?Bus|keyring|secret).*\)/i);
    expect(stderr).not.toMatch(/cannot find (?:module|package)/i);
  }, 60_000);

  it('prom-client: metrics of a watcher', async () => {
    let metrics = '';
    const meanwhile = async (printed: string) => {
      const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed) ?? [];
      metrics = await (await fetch(`${url}/metrics`)).text();
    };
    const { status } = await world.run(['watch', '--listen', '127.0.0.1:0'], { until: /listening on/, meanwhile });
    expect({ status, metrics }).toEqual({ status: 0, metrics: expect.stringContaining('# TYPE rollcall_') });
  }, 60_000);

  it('fastify and the page: a server that shows both, and ends when it is told', async () => {
    const found: Record<string, unknown> = {};
    const meanwhile = async (printed: string) => {
      const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed) ?? [];
      const page = await (await fetch(`${url}/`)).text();
      const [script = ''] = /assets\/[\w-]+\.js/.exec(page) ?? [];
      found['script'] = (await fetch(`${url}/${script}`)).headers.get('content-type');
      found['hosts'] = ((await (await fetch(`${url}/api/v1/state`)).json()) as { hosts: unknown[] }).hosts.length;
      found['description'] = (
        (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as { openapi: string }
      ).openapi;
    };
    const { status } = await world.run(['serve', '--listen', '127.0.0.1:0'], { until: /serving http/, meanwhile });
    expect({ status, ...found }).toEqual({
      status: 0,
      script: expect.stringContaining('javascript'),
      hosts: 6,
      description: '3.1.0',
    });
  }, 60_000);

  it('croner: the next run of a provider with a schedule', async () => {
    await world.run(['providers', 'update', 'lab', '--cron', '0 4 * * *']);
    const { stdout } = await world.run(['sync-status', '-o', 'csv', '--columns', 'provider,nextRun']);
    expect(stdout).toMatch(/^lab,\d{4}-\d\d-\d\dT/m);
  }, 60_000);

  it('the kind of another platform: its own words where nobody answers', async () => {
    const args = ['providers', 'add', 'vc', '--type', 'vsphere', '--endpoint', '127.0.0.1:1', '--user', 'reader'];
    const { status, stderr } = await world.run([...args, '--password', 'env:OTHER', '--insecure']);
    expect({ status, stderr }).toEqual({ status: 4, stderr: expect.stringContaining('https://127.0.0.1:1') });
  }, 60_000);

  it('stack traces that name the sources', async () => {
    const { stderr } = await world.run(['show-vm', '424242', '--verbose']);
    expect(stderr).toMatch(/ at .*src\/services\/.*\.ts:\d+/);
  }, 60_000);
});

describeVsphere('saxes, and the client of vSphere', () => {
  const vcenter = vcsim({ vms: 2 });

  it('read a vCenter', async () => {
    const { url, certificate } = vcenter.server;
    writeFileSync(path.join(dir, 'vcenter.pem'), certificate);
    const args = ['providers', 'add', 'vc', '--type', 'vsphere', '--endpoint', url, '--user', 'reader'];
    const env = { VC_PASSWORD: 'any' };
    const added = await world.run([...args, '--password', 'env:VC_PASSWORD', '--ca-file', 'vcenter.pem'], { env });
    expect(added).toEqual({ status: 0, stdout: '', stderr: expect.stringContaining('stored vc') });
    expect(await world.run(['discover-all', '--provider', 'vc', '--quiet'], { env })).toMatchObject({ status: 0 });
    const { stdout } = await world.run(['list-hosts', '--provider', 'vc', '-o', 'json']);
    expect(JSON.parse(stdout)).toHaveLength(2);
    // Others here have no password for it.
    expect(await world.run(['providers', 'remove', 'vc', '--yes'])).toMatchObject({ status: 0 });
  }, 240_000);
});

describe('on a terminal, the installed program', () => {
  terminalIt(
    'cli-table3 and chalk: draws a table with colours',
    async () => {
      const { installation, env } = world;
      const { status, shown } = await onTerminal(installation.bin, ['list-vms'], { cwd: dir, env: env() });
      expect({ status, shown }).toEqual({ status: 0, shown: expect.stringContaining('\u001b[32mrunning\u001b[39m') });
    },
    60_000,
  );

  terminalIt(
    'ora: turns a spinner while a cluster is read',
    async () => {
      const { installation, env } = world;
      const { status, shown } = await onTerminal(installation.bin, ['discover-all'], { cwd: dir, env: env() });
      // A fast run is over before later frames are drawn; the first is drawn at once.
      expect({ status, shown }).toEqual({ status: 0, shown: expect.stringMatching(/⠋.* connecting.*lab: 6 guests/s) });
    },
    60_000,
  );

  terminalIt(
    '@inquirer/prompts: asks for the secret of a token, and for trust',
    async () => {
      const { installation, env, other } = world;
      const args = ['providers', 'add', 'asked', '--endpoint', other.url, '--token-id', tokenIdOf(other)];
      const answers = [
        [/Secret of the token/, `${env()['OTHER']}\r`],
        [/Trust this certificate/, 'y\r'],
      ] as const;
      const options = { cwd: dir, env: { ...env(), ...NO_ENVIRONMENT, HOME: dir }, answers };
      const { status, shown } = await onTerminal(installation.bin, args, options);
      expect({ status, shown }).toEqual({ status: 0, shown: expect.stringContaining('stored asked') });
    },
    60_000,
  );
});

/** The release that this Node does not load, and one that it does. */
const [FOREIGN, FITTING] =
  Number.parseInt(process.versions.node, 10) < 22 ? ['13.2.0', '12.11.1'] : ['12.11.1', '13.2.0'];

/** What Node and the driver throw, in their words. */
const FAILURES: readonly [what: string, driver: string | null, why: string, hint: string][] = [
  ['npm could not install it', null, 'it is not installed', '(in a checkout: npm ci)'],
  [
    'it was compiled for another Node',
    dlopenError("/x.node' was compiled against a different Node.js version using\nNODE_MODULE_VERSION 127."),
    'it was compiled for another Node.js',
    'npm rebuild better-sqlite3',
  ],
  [
    'it was compiled for another machine',
    dlopenError('/x.node: invalid ELF header\n'),
    '/x.node: invalid ELF header',
    'npm rebuild',
  ],
  [
    'it was never compiled',
    "throw new Error('Could not locate the bindings file. Tried:\\n → /x.node')",
    'it is not compiled',
    'npm rebuild',
  ],
];

function writeDriver(modules: string, version: string, code: string): void {
  const folder = path.join(modules, 'better-sqlite3');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'better-sqlite3', version }));
  writeFileSync(path.join(folder, 'index.js'), code);
}

function dlopenError(text: string): string {
  return `throw Object.assign(new Error(${JSON.stringify(text)}), { code: 'ERR_DLOPEN_FAILED' })`;
}

describe('where its SQLite driver does not load, the installed program', () => {
  /** The program alone, which finds nothing that is installed beside the original. */
  const copyAlone = () => {
    const modules = path.join(mkdtempSync(path.join(dir, 'alone-')), 'node_modules');
    const source = realpathSync(path.join(world.installation.dir, 'node_modules/rollcall'));
    cpSync(source, path.join(modules, 'rollcall'), { recursive: true });
    return modules;
  };
  const expectSaid = async (modules: string, why: string, hint: string) => {
    for (const command of ['list-vms', 'doctor']) {
      const args = [path.join(modules, 'rollcall/dist/bin/rollcall.js'), command];
      const { status, stdout, stderr } = await exec(process.execPath, args, {
        cwd: dir,
        env: world.env(path.dirname(modules)),
      });
      const said = stdout + stderr;
      expect({ status, said }).toEqual({ status: 1, said: expect.stringContaining(hint) });
      expect(said).toContain(`SQLite's driver better-sqlite3 does not load on Node.js ${process.version}: ${why}`);
    }
  };

  it.each(FAILURES)(
    'says so, and what to do, when %s',
    async (_what, driver, why, hint) => {
      const modules = copyAlone();
      if (driver !== null) writeDriver(modules, FITTING, driver);
      await expectSaid(modules, why, hint);
    },
    60_000,
  );

  it('loads no release that would end this Node', async () => {
    const modules = copyAlone();
    writeDriver(modules, FOREIGN, "throw new Error('loaded')");
    await expectSaid(modules, `release ${FOREIGN} is for another Node.js`, '(in a checkout: npm ci)');
  }, 60_000);
});
