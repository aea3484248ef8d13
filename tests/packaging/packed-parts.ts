import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SQLITE_PACKAGE } from '../../src/repositories/sqlite-driver.ts';
import { NO_ENVIRONMENT } from '../helpers/stored-provider.ts';
import { type Ended, hasTerminals, onTerminal, type RunOptions } from './packed-program.ts';

/** The installed program, a database that it has filled, and the cluster that this is of. */
export interface PackedWorld {
  dir: string;
  rollcall: string;
  /** A new, empty PostgreSQL database. */
  postgresUrl: string;
  env: Record<string, string>;
  /** Another cluster, of which nothing is stored. */
  other: { url: string; tokenId: string; secret: string };
  run: (args: readonly string[], options?: Omit<RunOptions, 'cwd'>) => Promise<Ended>;
}

const BUG = 'this is a bug';
const terminalIt = hasTerminals ? it : it.skip;

/** Everything that is loaded when it is needed, and every optional dependency. */
export function loadedParts(world: () => PackedWorld): void {
  describe('what is loaded when it is needed', () => {
    it('pg: an inventory on PostgreSQL', async () => {
      const { run, postgresUrl } = world();
      const env = { DATABASE_URL: postgresUrl };
      expect(await run(['discover-all', '--quiet'], { env })).toEqual({ status: 0, stdout: '', stderr: '' });
      const { stdout } = await run(['list-vms', '-o', 'name'], { env });
      expect(stdout.split('\n')).toContain('lab/100');
      expect(await run(['db', 'status'], { env })).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^guests/m),
      });
    }, 120_000);

    it('the keyring: its own words where there is none', async () => {
      const { run, other } = world();
      const args = ['providers', 'add', 'second', '--endpoint', other.url, '--token-id', other.tokenId];
      const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
      const { stderr } = await run([...args, '--secret', 'keyring:rollcall/second', '--insecure'], { env });
      expect(stderr).toMatch(/^error: no keyring can be used here \(.*(?:D-?Bus|keyring|secret).*\)/i);
      expect(stderr).not.toMatch(/cannot find (?:module|package)/i);
    }, 60_000);

    it('prom-client: metrics of a watcher', async () => {
      let metrics = '';
      const meanwhile = async (printed: string) => {
        const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed) ?? [];
        metrics = await (await fetch(`${url}/metrics`)).text();
      };
      const { status } = await world().run(['watch', '--listen', '127.0.0.1:0'], { until: /listening on/, meanwhile });
      expect({ status, metrics }).toEqual({ status: 0, metrics: expect.stringContaining('# TYPE rollcall_') });
    }, 60_000);

    it('croner: the next run of a provider with a schedule', async () => {
      const { run } = world();
      await run(['providers', 'update', 'lab', '--cron', '0 4 * * *']);
      const { stdout } = await run(['sync-status', '-o', 'csv', '--columns', 'provider,nextRun']);
      expect(stdout).toMatch(/^lab,\d{4}-\d\d-\d\dT/m);
    }, 60_000);

    it('stack traces that name the sources', async () => {
      const { stderr } = await world().run(['show-vm', '424242', '--verbose']);
      expect(stderr).toMatch(/ at .*src\/services\/.*\.ts:\d+/);
    }, 60_000);
  });

  describe('on a terminal', () => {
    terminalIt(
      'cli-table3 and chalk: a table with colours',
      async () => {
        const { rollcall, dir, env } = world();
        const { status, shown } = await onTerminal(rollcall, ['list-vms'], { cwd: dir, env });
        expect({ status, shown }).toEqual({ status: 0, shown: expect.stringContaining('\u001b[32mrunning\u001b[39m') });
      },
      60_000,
    );

    terminalIt(
      'ora: a spinner while a cluster is read',
      async () => {
        const { rollcall, dir, env } = world();
        const { status, shown } = await onTerminal(rollcall, ['discover-all'], { cwd: dir, env });
        expect({ status, shown }).toEqual({ status: 0, shown: expect.stringContaining('lab: reading the cluster') });
      },
      60_000,
    );

    terminalIt(
      '@inquirer/prompts: asks for the secret of a token, and for trust',
      async () => {
        const { rollcall, dir, env, other } = world();
        const args = ['providers', 'add', 'asked', '--endpoint', other.url, '--token-id', other.tokenId];
        const answers = [
          [/Secret of the token/, `${other.secret}\r`],
          [/Trust this certificate/, 'y\r'],
        ] as const;
        const home = { HOME: dir, XDG_CONFIG_HOME: path.join(dir, 'config'), XDG_DATA_HOME: path.join(dir, 'data') };
        const { status, shown } = await onTerminal(rollcall, args, {
          cwd: dir,
          env: { ...env, ...NO_ENVIRONMENT, ...home },
          answers,
        });
        expect({ status, shown }).toEqual({ status: 0, shown: expect.not.stringContaining(BUG) });
      },
      60_000,
    );
  });

  describe('with an SQLite driver that does not load', () => {
    /** Runs a command, and `doctor`, while the file or folder of the driver is replaced. */
    async function broken(name: string, text?: string): Promise<Ended[]> {
      const place = path.join(world().dir, 'empty/node_modules', SQLITE_PACKAGE, name);
      renameSync(place, `${place}-away`);
      try {
        if (text !== undefined) writeFileSync(place, text);
        return [await world().run(['list-vms']), await world().run(['doctor'])];
      } finally {
        rmSync(place, { force: true });
        renameSync(`${place}-away`, place);
      }
    }

    const failure = `SQLite's driver ${SQLITE_PACKAGE} does not load on Node.js ${process.version}: `;

    it('says so, and what to do, where it is not installed, as by another Node', async () => {
      for (const { status, stdout, stderr } of await broken('.')) {
        expect({ status, said: stdout + stderr }).toEqual({ status: 1, said: expect.stringContaining(failure) });
        expect(stdout + stderr).toContain('Install Rollcall again with this Node.js (in a checkout: npm ci)');
      }
    }, 60_000);

    it('says so, and what to do, where it was compiled for something else', async () => {
      const [binary = ''] = readdirSync(path.join(world().dir, 'empty/node_modules', SQLITE_PACKAGE), {
        recursive: true,
        encoding: 'utf8',
      }).filter(
        (name) => name.endsWith(`${process.platform}-${process.arch}.node`) || name.endsWith('better_sqlite3.node'),
      );
      for (const { status, stdout, stderr } of await broken(binary, 'not a program')) {
        expect({ status, said: stdout + stderr }).toEqual({ status: 1, said: expect.stringContaining(failure) });
        expect(stdout + stderr).toContain(`npm rebuild ${SQLITE_PACKAGE}`);
      }
    }, 60_000);
  });
}
