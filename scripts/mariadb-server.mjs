// @ts-check
// A MariaDB server for a while: Debian's programs, an ordinary user, a folder of its own, a port that the system chooses.
//   node scripts/mariadb-server.mjs --install
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const FOLDERS = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/bin'];
const START_TRIES = 5;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
const MOST_LOG = 100_000;

/** @param {string} name */
function programFile(name) {
  return FOLDERS.map((folder) => path.join(folder, name)).find((file) => existsSync(file)) ?? null;
}

export function hasMariadb() {
  return programFile('mariadbd') !== null && programFile('mariadb-install-db') !== null;
}

/** Installs Debian's package; for machines that are set up for a run, as in CI. */
function installMariadb() {
  if (process.getuid?.() !== 0) throw new Error('MariaDB is not installed: apt-get install mariadb-server');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'mariadb-server']]) {
    const { status } = spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 2, 2], env });
    if (status !== 0) throw new Error(`apt-get ${args.join(' ')} ended with status ${status}`);
  }
}

/**
 * mariadbd refuses to run as root.
 * @returns {{ uid: number, gid: number } | undefined} undefined: as whoever runs this
 */
function ordinaryUser() {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['mysql', 'nobody']) {
    const [, , uid, gid] = accounts.find((account) => account[0] === name) ?? [];
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('there is no account `mysql` or `nobody` that the server could run as');
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
 * @typedef {object} MariadbServer
 * @property {number} port of 127.0.0.1
 * @property {string} socket
 * @property {string} user who may do everything
 * @property {string} password
 * @property {() => Promise<void>} stop stops it and removes its folder
 */

/**
 * Starts a server of its own. `tls`: files with its key and certificate.
 * @param {{ tls?: { key: string, cert: string } }} [options] PEM
 * @returns {Promise<MariadbServer>}
 */
export async function startMariadb({ tls } = {}) {
  const user = ordinaryUser();
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'rollcall-my-')));
  const password = randomBytes(12).toString('hex');
  try {
    const init = path.join(folder, 'init.sql');
    const files = {
      [init]: `CREATE USER 'admin'@'%' IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO 'admin'@'%' WITH GRANT OPTION;\n`,
    };
    if (tls)
      Object.assign(files, { [path.join(folder, 'key.pem')]: tls.key, [path.join(folder, 'cert.pem')]: tls.cert });
    for (const [file, text] of Object.entries(files)) {
      writeFileSync(file, text, { mode: 0o600 });
      if (user) chownSync(file, user.uid, user.gid);
    }
    if (user) chownSync(folder, user.uid, user.gid);
    initialize(folder, user);
    for (let tries = 1; ; tries++) {
      const port = await freePort();
      const started = await launch({ folder, port, user, isTls: tls !== undefined });
      // Between the probe and the start, another program may have taken the port.
      if (started.error !== null && /Address already in use/.test(started.error) && tries < START_TRIES) continue;
      if (started.error !== null) throw new Error(`MariaDB did not start: ${started.error}`);
      const stop = async () => {
        await started.stop();
        rmSync(folder, { recursive: true, force: true });
      };
      return { port, socket: path.join(folder, 'my.sock'), user: 'admin', password, stop };
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * @param {string} folder
 * @param {{ uid: number, gid: number } | undefined} user
 */
function initialize(folder, user) {
  const args = [
    '--no-defaults',
    `--datadir=${path.join(folder, 'data')}`,
    '--skip-test-db',
    '--auth-root-authentication-method=socket',
  ];
  const made = spawnSync(programFile('mariadb-install-db') ?? '', args, { encoding: 'utf8', ...user, cwd: folder });
  if (made.status !== 0) throw new Error(`mariadb-install-db failed: ${made.error?.message ?? made.stderr}`);
}

/**
 * @param {{ folder: string, port: number, user: { uid: number, gid: number } | undefined, isTls: boolean }} how
 * @returns {Promise<{ error: string | null, stop: () => Promise<void> }>}
 */
async function launch({ folder, port, user, isTls }) {
  const args = [
    '--no-defaults',
    `--datadir=${path.join(folder, 'data')}`,
    `--socket=${path.join(folder, 'my.sock')}`,
    `--pid-file=${path.join(folder, 'my.pid')}`,
    `--init-file=${path.join(folder, 'init.sql')}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    '--innodb-flush-log-at-trx-commit=0',
    ...(isTls ? [`--ssl-key=${path.join(folder, 'key.pem')}`, `--ssl-cert=${path.join(folder, 'cert.pem')}`] : []),
  ];
  const child = spawn(programFile('mariadbd') ?? '', args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...user,
  });
  let log = '';
  /** @type {Promise<'ready'>} */
  const ready = new Promise((resolve) => {
    // Read to the end: a server whose log nobody reads stands still.
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      if (log.length < MOST_LOG) log += text;
      if (log.includes('ready for connections')) resolve('ready');
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
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };
  const outcome = await Promise.race([ready, ended, sleep(START_TIMEOUT_MS, 'timeout', { ref: false })]);
  if (outcome === 'ready') return { error: null, stop };
  await stop();
  return { error: log.trim() || outcome, stop };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] !== '--install') {
    process.stderr.write('usage: node scripts/mariadb-server.mjs --install\n');
    process.exit(2);
  }
  if (!hasMariadb()) installMariadb();
}
