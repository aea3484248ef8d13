// @ts-check
// A MariaDB server for a while: Debian's programs, an ordinary user, a folder of its own, a port that the system chooses.
//   node scripts/mariadb-server.mjs --install
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackage, launch, ordinaryUser, startOnFreePort, writeOwned } from './debian-server.mjs';

const FOLDERS = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/bin'];
const START_TIMEOUT_MS = 60_000;

/** @param {string} name */
function programFile(name) {
  return FOLDERS.map((folder) => path.join(folder, name)).find((file) => existsSync(file)) ?? null;
}

export function hasMariadb() {
  return programFile('mariadbd') !== null && programFile('mariadb-install-db') !== null;
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
  const user = ordinaryUser('mysql');
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'rollcall-my-')));
  const password = randomBytes(12).toString('hex');
  try {
    const admin = `CREATE USER 'admin'@'%' IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO 'admin'@'%' WITH GRANT OPTION;\n`;
    const files = { 'init.sql': admin, ...(tls && { 'key.pem': tls.key, 'cert.pem': tls.cert }) };
    for (const [name, text] of Object.entries(files)) writeOwned(path.join(folder, name), text, user);
    if (user) chownSync(folder, user.uid, user.gid);
    initialize(folder, user);
    const { port, stop } = await startOnFreePort('MariaDB', (at) =>
      launch({
        program: programFile('mariadbd') ?? '',
        args: serverArguments(folder, at, tls !== undefined),
        folder,
        user,
        readyText: 'ready for connections',
        startTimeoutMs: START_TIMEOUT_MS,
        signals: { stop: 'SIGTERM', kill: 'SIGKILL' },
      }),
    );
    const stopAndRemove = async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    };
    return { port, socket: path.join(folder, 'my.sock'), user: 'admin', password, stop: stopAndRemove };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * @param {string} folder
 * @param {import('./debian-server.mjs').ServerUser} user
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
 * @param {string} folder
 * @param {number} port
 * @param {boolean} isTls
 */
function serverArguments(folder, port, isTls) {
  return [
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
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] !== '--install') {
    process.stderr.write('usage: node scripts/mariadb-server.mjs --install\n');
    process.exit(2);
  }
  if (!hasMariadb()) installPackage('mariadb-server', 'MariaDB');
}
