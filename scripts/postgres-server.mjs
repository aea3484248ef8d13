// @ts-check
// A PostgreSQL server for a while: Debian's programs, an ordinary user, a folder of its own, a port that the system chooses.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const INSTALLED = '/usr/lib/postgresql';
const START_TRIES = 5;
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 15_000;
const MOST_LOG = 100_000;

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

/** Installs Debian's package; for machines that are set up for a run, as in CI. */
export function installPostgres() {
  if (process.getuid?.() !== 0) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'postgresql']]) {
    const { status } = spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 2, 2], env });
    if (status !== 0) throw new Error(`apt-get ${args.join(' ')} ended with status ${status}`);
  }
}

/**
 * initdb and postgres refuse to run as root.
 * @returns {{ uid: number, gid: number } | undefined} undefined: as whoever runs this
 */
function ordinaryUser() {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = accounts.find((account) => account[0] === name) ?? [];
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('there is no account `postgres` or `nobody` that the server could run as');
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
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
  const user = ordinaryUser();
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'rollcall-pg-')));
  try {
    const password = randomBytes(12).toString('hex');
    const data = path.join(folder, 'data');
    initialize({ bin, folder, data, password, user });
    const tlsSettings = tls === undefined ? [] : writeTls(folder, tls, user);
    for (let tries = 1; ; tries++) {
      const port = await freePort();
      const started = await launch({
        bin,
        folder,
        data,
        port,
        user,
        settings: [ZONE, ...(durable ? [] : FAST), ...tlsSettings, ...settings],
      });
      // Between the probe and the start, another program may have taken the port.
      if (started.error !== null && /Address already in use/.test(started.error) && tries < START_TRIES) continue;
      if (started.error !== null) throw new Error(`PostgreSQL did not start: ${started.error}`);
      const url = `postgresql://rollcall:${password}@127.0.0.1:${port}/postgres`;
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
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * @param {{ bin: string, folder: string, data: string, password: string, user: { uid: number, gid: number } | undefined }} where
 */
function initialize({ bin, folder, data, password, user }) {
  const passwordFile = path.join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  chmodSync(folder, 0o700);
  if (user) for (const file of [folder, passwordFile]) chownSync(file, user.uid, user.gid);
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
 * @param {{ uid: number, gid: number } | undefined} user
 * @returns {string[]} settings
 */
function writeTls(folder, { key, cert }, user) {
  const files = { ssl_key_file: path.join(folder, 'key.pem'), ssl_cert_file: path.join(folder, 'cert.pem') };
  for (const [file, text] of /** @type {const} */ ([
    [files.ssl_key_file, key],
    [files.ssl_cert_file, cert],
  ])) {
    writeFileSync(file, text, { mode: 0o600 });
    if (user) chownSync(file, user.uid, user.gid);
  }
  return ['ssl=on', ...Object.entries(files).map(([setting, file]) => `${setting}=${file}`)];
}

/**
 * @param {{ bin: string, folder: string, data: string, port: number, user: { uid: number, gid: number } | undefined, settings: string[] }} how
 * @returns {Promise<{ error: string | null, pid: number, stop: () => Promise<void> }>}
 */
async function launch({ bin, folder, data, port, user, settings }) {
  const all = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'max_connections=200',
    ...settings,
  ];
  const child = spawn(path.join(bin, 'postgres'), ['-D', data, ...all.flatMap((setting) => ['-c', setting])], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    // Not in the terminal's process group: the command that uses it ends first.
    detached: true,
    ...user,
  });
  let log = '';
  /** @type {Promise<'ready'>} */
  const ready = new Promise((resolve) => {
    // Read to the end: a server whose log nobody reads stands still.
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      if (log.length < MOST_LOG) log += text;
      if (log.includes('ready to accept connections')) resolve('ready');
    });
  });
  /** @type {Promise<'ended'>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      log += error.message;
      resolve('ended');
    });
    child.once('exit', () => resolve('ended'));
  });
  const stop = async () => {
    // Ends open sessions; nothing happens to a process that has ended.
    child.kill('SIGINT');
    const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };
  const outcome = await Promise.race([ready, ended, sleep(START_TIMEOUT_MS, 'timeout', { ref: false })]);
  if (outcome === 'ready') return { error: null, pid: child.pid ?? 0, stop };
  await stop();
  return { error: log.trim() || outcome, pid: 0, stop };
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
