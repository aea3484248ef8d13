// @ts-check
// vcsim, a vCenter or ESXi for tests: built from Debian's packages, started on a port that the system chooses.
//   node scripts/vcsim-server.mjs --install    installs what it is built from, as in CI
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./vcsim/main.go', import.meta.url));
const CACHE = fileURLToPath(new URL('../node_modules/.cache/vcsim', import.meta.url));
/** Where Debian's golang-github-vmware-govmomi-dev puts its sources. */
const GOPATH = '/usr/share/gocode';
const SIMULATOR = `${GOPATH}/src/github.com/vmware/govmomi/simulator`;
const PACKAGES = ['golang-go', 'golang-github-vmware-govmomi-dev', 'python3-pyvmomi', 'ca-certificates'];
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
const MOST_LOG = 100_000;

/**
 * @typedef {object} VcsimOptions
 * @property {boolean} [isEsx] a single ESXi host in place of a vCenter
 * @property {number} [vms] per resource pool
 * @property {number} [clusters] per datacenter
 * @property {number} [hosts] per cluster
 * @property {number} [datacenters]
 * @property {string} [user] the only one who may log in; else anyone may, with any password
 * @property {string} [password]
 * @property {number} [delayMs] before each answer
 * @property {number} [idleMs] so long a session may be idle
 *
 * @typedef {object} Vcsim
 * @property {string} url `https://127.0.0.1:PORT/sdk`
 * @property {string} certificate PEM, self-signed
 * @property {number} pid
 * @property {() => Promise<void>} stop
 */

/**
 * Why it cannot be built here; null when it can.
 * @returns {string | null}
 */
export function vcsimObstacle() {
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) return 'Go is not installed';
  if (!existsSync(SIMULATOR)) return 'golang-github-vmware-govmomi-dev is not installed';
  return null;
}

/** Installs Debian's packages; for machines that are set up for a run, as in CI. */
export function installVcsim() {
  if (process.getuid?.() !== 0) throw new Error(`vcsim cannot be built: apt-get install ${PACKAGES.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...PACKAGES]]) {
    const { status } = spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 2, 2], env });
    if (status !== 0) throw new Error(`apt-get ${args.join(' ')} ended with status ${status}`);
  }
}

/**
 * The program, built when its source has changed: 26 s the first time.
 * @returns {string}
 */
export function buildVcsim() {
  const digest = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 16);
  const program = path.join(CACHE, `vcsim-${digest}`);
  if (existsSync(program)) return program;
  mkdirSync(CACHE, { recursive: true });
  const made = `${program}.${process.pid}`;
  // Go's own cache is the user's: another checkout builds in 3 s.
  const env = { ...process.env, GO111MODULE: 'off', GOPATH, GOFLAGS: '' };
  // One package at a time: the compiler takes all cores otherwise, and the memory of each.
  const built = spawnSync('go', ['build', '-p', '1', '-o', made, SOURCE], { encoding: 'utf8', env });
  if (built.status !== 0) throw new Error(`go build failed: ${built.error?.message ?? built.stderr}`);
  // Several test files begin at once; each finds a whole program.
  renameSync(made, program);
  return program;
}

/**
 * Starts a server of its own. It ends with the process that started it.
 * @param {VcsimOptions} [options]
 * @returns {Promise<Vcsim>}
 */
export async function startVcsim(options = {}) {
  const program = buildVcsim();
  // The simulator makes a folder for each datastore.
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-vcsim-'));
  const child = spawn(program, flagsOf(options), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    if (log.length < MOST_LOG) log += text;
  });
  let said = '';
  /** @type {Promise<string>} */
  const started = new Promise((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      said += text;
      if (said.includes('\n')) resolve(said);
    });
  });
  /** @type {Promise<null>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      log += error.message;
      resolve(null);
    });
    child.once('exit', () => resolve(null));
  });
  const stop = async () => {
    // It ends by itself when its input does.
    child.stdin.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  const line = await Promise.race([started, ended, sleep(START_TIMEOUT_MS, null, { ref: false })]);
  if (line === null) {
    child.kill('SIGKILL');
    await stop();
    throw new Error(`vcsim did not start: ${log.trim() || 'it said nothing in time'}`);
  }
  /** @type {{ url: string, certificate: string }} */
  const { url, certificate } = JSON.parse(line);
  return { url, certificate, pid: child.pid ?? 0, stop };
}

/**
 * @param {VcsimOptions} options
 * @returns {string[]}
 */
function flagsOf({ isEsx = false, vms, clusters, hosts, datacenters, user, password, delayMs, idleMs }) {
  /** @type {[flag: string, value: string | number | undefined][]} */
  const flags = [
    ['vm', vms],
    ['cluster', clusters],
    ['host', hosts],
    ['dc', datacenters],
    ['user', user],
    ['password', password],
    ['delay', delayMs],
    ['idle', idleMs === undefined ? undefined : `${idleMs}ms`],
  ];
  const given = flags.flatMap(([flag, value]) => (value === undefined ? [] : [`-${flag}=${value}`]));
  return ['-tls', ...(isEsx ? ['-esx'] : []), ...given];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] !== '--install') {
    process.stderr.write('usage: node scripts/vcsim-server.mjs --install\n');
    process.exit(2);
  }
  if (vcsimObstacle() !== null || !existsSync('/usr/lib/python3/dist-packages/pyVmomi')) installVcsim();
}
