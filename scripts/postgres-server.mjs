// @ts-check
// A PostgreSQL server for a while: Debian's programs, an ordinary user, a folder of its own, a port that the system chooses.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { installPackage, launch, ordinaryUser, startOnFreePort, writeOwned } from './debian-server.mjs';

const INSTALLED = '/usr/lib/postgresql';
const START_TIMEOUT_MS = 30_000;

/** What a server that is thrown away need not do. Nothing in Rollcall depends on them. */
// Most servers keep the time zone of their machine, and not UTC.
const ZONE = 'timezone=Asia/Kolkata';
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * @typedef {object} PostgresServer
 * @property {string} url of the database `postgres`, with user and password of its superuser
 * @property {string} dataDir
 * @property {number} pid
 * @property {() => Promise<void>} stop stops it and removes its folder
 */

/**
 * The folder with `initdb` and `postgres`, of the newest version there is; null when there is none.
 * @returns {string | null}
 */
export function findPostgres() {
  const onPath = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => existsSync(path.join(folder, 'initdb')));
  const installed = existsSync(INSTALLED)
    ? readdirSync(INSTALLED)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => path.join(INSTALLED, version, 'bin'))
    : [];
  for (const folder of [...onPath, ...installed]) {
    const initdb = path.join(folder, 'initdb');
    if (!existsSync(initdb)) continue;
    // A link on the PATH leads to the folder where all programs of that version are.
    const home = path.dirname(realpathSync(initdb));
    if (existsSync(path.join(home, 'postgres'))) return home;
  }
  return null;
}

export function installPostgres() {
  installPackage('postgresql', 'PostgreSQL');
}

/**
 * Starts a server of its own. `durable`: with fsync, as in production; else without, since it is thrown away. `tls`: key and
 * certificate in PEM, for those who ask for TLS.
 * @param {{ durable?: boolean, settings?: string[], tls?: { key: string, cert: string } }} [options]
 * @returns {Promise<PostgresServer>}
 */
export async function startPostgres({ durable = false, settings = [], tls } = {}) {
  const bin = findPostgres();
  if (bin === null) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  const user = ordinaryUser('postgres');
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'rollcall-pg-')));
  try {
    const password = randomBytes(12).toString('hex');
    const data = path.join(folder, 'data');
    initialize({ bin, folder, data, password, user });
    const tlsSettings = tls === undefined ? [] : writeTls(folder, tls, user);
    const all = [ZONE, ...(durable ? [] : FAST), ...tlsSettings, ...settings];
    const started = await startOnFreePort('PostgreSQL', (port) =>
      launch({
        program: path.join(bin, 'postgres'),
        args: serverArguments({ folder, data, port, settings: all }),
        folder,
        user,
        readyText: 'ready to accept connections',
        startTimeoutMs: START_TIMEOUT_MS,
        // The first ends open sessions.
        signals: { stop: 'SIGINT', kill: 'SIGQUIT' },
        isDetached: true,
      }),
    );
    const url = `postgresql://rollcall:${password}@127.0.0.1:${started.port}/postgres`;
    const stop = async () => {
      await started.stop();
      rmSync(folder, { recursive: true, force: true });
    };
    try {
      await checkIdentity(url, data);
    } catch (error) {
      await stop();
      throw error;
    }
    return { url, dataDir: data, pid: started.pid, stop };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * @param {{ bin: string, folder: string, data: string, password: string, user: import('./debian-server.mjs').ServerUser }} where
 */
function initialize({ bin, folder, data, password, user }) {
  const passwordFile = path.join(folder, 'password');
  writeOwned(passwordFile, password, user);
  chmodSync(folder, 0o700);
  if (user) chownSync(folder, user.uid, user.gid);
  const version = spawnSync(path.join(bin, 'postgres'), ['--version'], { encoding: 'utf8', ...user, cwd: folder });
  const major = Number(/\) (\d+)/.exec(version.stdout)?.[1] ?? 0);
  // A language's order of words, as servers have it, and not that of bytes: what relies on the latter is found.
  const locale =
    major >= 15 ? ['--locale-provider=icu', '--icu-locale=en-US', '--locale=C.UTF-8'] : ['--locale=C.UTF-8'];
  const args = [
    '-D',
    data,
    '-U',
    'rollcall',
    '-E',
    'UTF8',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--no-sync',
  ];
  const made = spawnSync(path.join(bin, 'initdb'), [...args, ...locale], { encoding: 'utf8', ...user, cwd: folder });
  rmSync(passwordFile);
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
}

/**
 * @param {string} folder
 * @param {{ key: string, cert: string }} tls
 * @param {import('./debian-server.mjs').ServerUser} user
 * @returns {string[]} settings
 */
function writeTls(folder, { key, cert }, user) {
  const files = { ssl_key_file: path.join(folder, 'key.pem'), ssl_cert_file: path.join(folder, 'cert.pem') };
  writeOwned(files.ssl_key_file, key, user);
  writeOwned(files.ssl_cert_file, cert, user);
  return ['ssl=on', ...Object.entries(files).map(([setting, file]) => `${setting}=${file}`)];
}

/**
 * @param {{ folder: string, data: string, port: number, settings: readonly string[] }} how
 */
function serverArguments({ folder, data, port, settings }) {
  const all = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'max_connections=200',
    ...settings,
  ];
  return ['-D', data, ...all.flatMap((setting) => ['-c', setting])];
}

/**
 * Makes sure that whoever answers there is the server that was started.
 * @param {string} url
 * @param {string} data
 */
async function checkIdentity(url, data) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rows } = await client.query('SHOW data_directory');
    if (rows[0]?.data_directory !== data)
      throw new Error(`another PostgreSQL answers there: ${rows[0]?.data_directory}`);
  } finally {
    await client.end();
  }
}
