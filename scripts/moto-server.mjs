// @ts-check
// moto, an AWS for tests: from packages of Debian 13, which Debian 12 has not, started on a port that the system chooses.
//   node scripts/moto-server.mjs --install    unpacks it, and installs what it needs, as in CI
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './debian-server.mjs';

/** Nothing of Debian 13 is installed: its packages are unpacked here, and found by PYTHONPATH. */
const FOLDER = '/var/lib/rollcall-moto';
const PYTHON = '/usr/bin/python3';
const MODULES = `${FOLDER}/root/usr/lib/python3/dist-packages`;
const PROGRAM = `${FOLDER}/root/usr/bin/moto_server`;
const UNPACKED = ['python3-moto', 'python3-boto3', 'python3-botocore', 'python3-s3transfer', 'python3-googleapi'];
const INSTALLED = [
  'cryptography',
  'dateutil',
  'flask',
  'flask-cors',
  'jinja2',
  'jmespath',
  'requests',
  'responses',
  'werkzeug',
  'xmltodict',
  'yaml',
].map((name) => `python3-${name}`);
const SOURCES = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const START_TIMEOUT_MS = 60_000;
const MOST_LOG = 100_000;

/** For programs that import the vendor's own library, boto3. */
export const BOTO3 = { python: PYTHON, env: { PYTHONPATH: MODULES } };

/** Google's own descriptions of its APIs: `compute.v1.json` and others. */
export const DISCOVERY_DOCUMENTS = `${MODULES}/googleapiclient/discovery_cache/documents`;

/**
 * @typedef {object} Moto
 * @property {string} url `https://localhost:PORT`
 * @property {string} certificate PEM, self-signed
 * @property {() => Promise<void>} stop
 */

/**
 * Why it cannot be used here; null when it can.
 * @returns {string | null}
 */
export function motoObstacle() {
  if (!existsSync(PROGRAM) || !existsSync(DISCOVERY_DOCUMENTS)) return 'moto is not unpacked';
  const env = { ...process.env, ...BOTO3.env };
  const { status } = spawnSync(PYTHON, ['-c', 'import boto3, flask, flask_cors, responses'], { stdio: 'ignore', env });
  return status === 0 ? null : 'Python modules that moto needs are missing';
}

/** For machines that are set up for a run, as in CI. */
export function installMoto() {
  if (process.getuid?.() !== 0)
    throw new Error('moto cannot be unpacked: node scripts/moto-server.mjs --install as root');
  apt(['update']);
  apt(['install', '-y', '--no-install-recommends', ...INSTALLED]);
  const folder = path.join(FOLDER, 'apt');
  for (const part of ['lists/partial', 'cache/archives/partial', 'parts'])
    mkdirSync(path.join(folder, part), { recursive: true });
  writeFileSync(path.join(folder, 'status'), '');
  writeFileSync(path.join(folder, 'sources.list'), `deb [signed-by=${KEYRING}] ${archive()} trixie main\n`);
  const options = [
    `Dir::Etc::sourcelist=${folder}/sources.list`,
    `Dir::Etc::sourceparts=${folder}/parts`,
    `Dir::State::lists=${folder}/lists`,
    `Dir::State::status=${folder}/status`,
    `Dir::Cache=${folder}/cache`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  apt([...options, 'update']);
  apt([...options, 'download', ...UNPACKED], folder);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb')))
    run('dpkg', ['-x', path.join(folder, file), path.join(FOLDER, 'root')]);
  rmSync(folder, { recursive: true, force: true });
}

/** Where this machine has its packages from. */
function archive() {
  const texts = SOURCES.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
  // `URIs: ADDRESS` of one form, `deb [OPTIONS] ADDRESS SUITE …` of the other.
  const uris = texts.flatMap((text) =>
    text.split('\n').flatMap((line) => /^(?:URIs:|deb(?: \[[^\]]*\])?)\s+(\S+)/.exec(line)?.[1] ?? []),
  );
  const found = uris.find((uri) => !uri.includes('security'));
  if (found === undefined) throw new Error(`${SOURCES.join(' and ')} name no archive of packages`);
  return found;
}

/** @param {readonly string[]} args @param {string} [cwd] */
function apt(args, cwd) {
  run('apt-get', ['-qq', ...args], cwd);
}

/** @param {string} program @param {readonly string[]} args @param {string} [cwd] */
function run(program, args, cwd) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync(program, args, { stdio: ['ignore', 2, 2], env, ...(cwd !== undefined && { cwd }) });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with status ${status}`);
}

/**
 * Starts a server of its own, which checks neither signatures nor policies until it is told to by `/moto-api/reset-auth`.
 * @returns {Promise<Moto>}
 */
export async function startMoto() {
  // Not there yet while packages of Debian are installed.
  const { generate } = await import('selfsigned');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-moto-'));
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const file = (/** @type {string} */ name) => path.join(folder, name);
  writeFileSync(file('key.pem'), key, { mode: 0o600 });
  writeFileSync(file('cert.pem'), cert);
  // moto takes no port 0.
  const port = await freePort();
  const args = [PROGRAM, '-H', '127.0.0.1', '-p', String(port), '-c', file('cert.pem'), '-k', file('key.pem')];
  const child = spawn(PYTHON, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...BOTO3.env, HOME: folder },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      if (log.length < MOST_LOG) log += text;
    });
  }
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!log.includes('Running on')) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`moto did not start: ${log.trim() || 'it said nothing in time'}`);
    }
    await sleep(50);
  }
  return { url: `https://localhost:${port}`, certificate: cert, stop };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] !== '--install') {
    process.stderr.write('usage: node scripts/moto-server.mjs --install\n');
    process.exit(2);
  }
  if (motoObstacle() !== null) installMoto();
}
