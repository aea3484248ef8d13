// @ts-check
// What servers for a while share: Debian's package, an ordinary user, a port that the system chooses, a start that is waited for.
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const START_TRIES = 5;
const STOP_TIMEOUT_MS = 15_000;
const MOST_LOG = 100_000;

/** @typedef {{ uid: number, gid: number } | undefined} ServerUser undefined: whoever runs this */
/** @typedef {{ error: string | null, pid: number, stop: () => Promise<void> }} Launched */

/**
 * For machines that are set up for a run, as in CI.
 * @param {string} name
 * @param {string} title
 */
export function installPackage(name, title) {
  if (process.getuid?.() !== 0) throw new Error(`${title} is not installed: apt-get install ${name}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', name]]) {
    const { status } = spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 2, 2], env });
    if (status !== 0) throw new Error(`apt-get ${args.join(' ')} ended with status ${status}`);
  }
}

/**
 * For servers that refuse to run as root.
 * @param {string} name of the account that the package makes; `nobody` where there is none
 * @returns {ServerUser}
 */
export function ordinaryUser(name) {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const one of [name, 'nobody']) {
    const [, , uid, gid] = accounts.find((account) => account[0] === one) ?? [];
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(`there is no account \`${name}\` or \`nobody\` that the server could run as`);
}

/**
 * A file that nobody but the server can read.
 * @param {string} file
 * @param {string} text
 * @param {ServerUser} user
 */
export function writeOwned(file, text, user) {
  writeFileSync(file, text, { mode: 0o600 });
  if (user) chownSync(file, user.uid, user.gid);
}

/** @returns {Promise<number>} */
export function freePort() {
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
 * Starts a server on a port that is free. Between the probe and the start, another program may take the port: it is tried again.
 * @param {string} title
 * @param {(port: number) => Promise<Launched>} launchAt
 * @returns {Promise<Launched & { port: number }>}
 */
export async function startOnFreePort(title, launchAt) {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const started = await launchAt(port);
    if (started.error === null) return { ...started, port };
    if (tries >= START_TRIES || !/Address already in use/.test(started.error)) {
      throw new Error(`${title} did not start: ${started.error}`);
    }
  }
}

/**
 * Waits until the server says that it is ready. `signals`: one that stops it, and one that kills it.
 * `isDetached`: not in the terminal's process group, where the command that uses it ends first.
 * @param {{
 *   program: string, args: readonly string[], folder: string, user: ServerUser, readyText: string, startTimeoutMs: number,
 *   signals: { stop: NodeJS.Signals, kill: NodeJS.Signals }, isDetached?: boolean,
 * }} how
 * @returns {Promise<Launched>}
 */
export async function launch({ program, args, folder, user, readyText, startTimeoutMs, signals, isDetached = false }) {
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: isDetached,
    ...user,
  });
  let log = '';
  /** @type {Promise<'ready'>} */
  const ready = new Promise((resolve) => {
    // Read to the end: a server whose log nobody reads stands still.
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      if (log.length < MOST_LOG) log += text;
      if (log.includes(readyText)) resolve('ready');
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
    // Nothing happens to a process that has ended.
    child.kill(signals.stop);
    const timer = setTimeout(() => child.kill(signals.kill), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };
  const outcome = await Promise.race([ready, ended, sleep(startTimeoutMs, 'timeout', { ref: false })]);
  if (outcome === 'ready') return { error: null, pid: child.pid ?? 0, stop };
  await stop();
  return { error: log.trim() || outcome, pid: 0, stop };
}
