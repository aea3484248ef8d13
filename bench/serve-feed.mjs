// @ts-check
// The sockets of `rollcall serve`: 1,000 clients and one revision with 100 changes, beside a bare broadcast of the same bytes; memory
// of an idle socket; what a client that does not read costs the others.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import WebSocket from 'ws';
import { median } from './measure.mjs';
import { commitRevision, residentBytes, startRollcall, startServer, versionAt } from './serve-world.mjs';

const SOCKETS = 1000;
const CHANGES = 100;
const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** @typedef {{ firstAt: number, lastAt: number, message: string }} Received */
/** @typedef {{ next: () => Promise<Received>, close: () => Promise<unknown> }} Crowd */
/** @typedef {{ commitToFirst: number, firstToLast: number, commitToLast: number }} Told */
/** @typedef {import('./measure.mjs').Figure} Figure */

/**
 * @param {string} url @param {number} count @param {string} version
 * @returns {Promise<Crowd>}
 */
async function openCrowd(url, count, version) {
  const child = fork(here('serve-sockets.mjs'), [url.replace('http', 'ws'), String(count), version]);
  const next = () =>
    new Promise((resolve, reject) =>
      child.once('message', (/** @type {any} */ said) =>
        'error' in said ? reject(new Error(said.error)) : resolve(said),
      ),
    );
  await next();
  const close = () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    return ended;
  };
  return { next, close };
}

/** One that never reads: what was sent to it before the measurement has filled the buffers of the system. @param {string} url @param {string} file */
async function openSlowReader(url, file) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/ws`, { perMessageDeflate: false });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ type: 'resume', version: null }));
  socket.pause();
  await sleep(500);
  commitRevision(file, 9000);
  await sleep(2000);
  return socket;
}

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @param {string} file @param {Crowd} crowd
 * @returns {Promise<Told & { message: string }>}
 */
async function tell(file, crowd) {
  // At any moment between two looks of the server.
  await sleep(1000 + Math.random() * 1000);
  const next = crowd.next();
  const committedAt = commitRevision(file, CHANGES);
  const { firstAt, lastAt, message } = await next;
  return {
    commitToFirst: firstAt - committedAt,
    firstToLast: lastAt - firstAt,
    commitToLast: lastAt - committedAt,
    message,
  };
}

/** @param {string} bareUrl @param {Crowd} crowd @param {string} message */
async function broadcast(bareUrl, crowd, message) {
  await sleep(200);
  const next = crowd.next();
  await fetch(`${bareUrl}/broadcast`, {
    method: 'POST',
    body: message,
    headers: { 'content-type': 'application/octet-stream' },
  });
  const { firstAt, lastAt } = await next;
  return lastAt - firstAt;
}

/** @param {string} file @param {number} rounds */
async function measureBroadcast(file, rounds) {
  const [server, bare] = [await startRollcall(file), await startServer([here('serve-bare.mjs'), file])];
  const ours = await openCrowd(`${server.url}/api/v1/ws`, SOCKETS, await versionAt(server.url));
  const theirs = await openCrowd(`${bare.url}/ws`, SOCKETS, '');
  /** @type {(Told & { bare: number })[]} */
  const told = [];
  let bytes = 0;
  for (let round = -1; round < rounds; round += 1) {
    const { message, ...own } = await tell(file, ours);
    bytes = Buffer.byteLength(message);
    const bareMs = await broadcast(bare.url, theirs, message);
    if (round >= 0) told.push({ ...own, bare: bareMs });
  }
  await ours.close();
  await theirs.close();
  await bare.stop();
  await server.stop();
  return { told, bytes };
}

/** @param {string} file */
async function measureMemory(file) {
  const server = await startRollcall(file);
  await sleep(2000);
  const version = await versionAt(server.url);
  const before = residentBytes(server.pid);
  const crowd = await openCrowd(`${server.url}/api/v1/ws`, SOCKETS, version);
  await sleep(3000);
  const perSocket = (residentBytes(server.pid) - before) / SOCKETS;
  await crowd.close();
  await server.stop();
  return perSocket;
}

/**
 * Two servers, one of which has a client that does not read besides, told in turn.
 * @param {string} file @param {number} rounds
 */
async function measureReaders(file, rounds) {
  const other = `${file}.other`;
  new Database(file).exec(`VACUUM INTO '${other}'`).close();
  const [server, plain] = [await startRollcall(file), await startRollcall(other)];
  const slowReader = await openSlowReader(server.url, file);
  const beside = await openCrowd(`${server.url}/api/v1/ws`, SOCKETS - 1, await versionAt(server.url));
  const alone = await openCrowd(`${plain.url}/api/v1/ws`, SOCKETS - 1, await versionAt(plain.url));
  /** @type {{ slow: number, without: number }[]} */
  const spreads = [];
  for (let round = -1; round < rounds; round += 1) {
    const early = round % 2 === 0 ? await tell(other, alone) : null;
    const { firstToLast: slow } = await tell(file, beside);
    const { firstToLast: without } = early ?? (await tell(other, alone));
    if (round >= 0) spreads.push({ slow, without });
  }
  if (slowReader.readyState !== WebSocket.OPEN) throw new Error('the slow reader was sent away: nothing was measured');
  slowReader.terminate();
  await beside.close();
  await alone.close();
  await server.stop();
  await plain.stop();
  return spreads;
}

/** @param {string} file @param {number} rounds @returns {Promise<Figure[]>} */
export async function feedFigures(file, rounds) {
  const { told, bytes } = await measureBroadcast(file, rounds);
  const ratio = median(told.map(({ firstToLast, bare }) => firstToLast / bare));
  const of = (/** @type {keyof Told | 'bare'} */ name) => `${median(told.map((one) => one[name])).toFixed(0)} ms`;
  const memory = [];
  for (let round = 0; round < 3; round += 1) memory.push(await measureMemory(file));
  const spreads = await measureReaders(file, 2 * rounds);
  const slowRatio = median(spreads.map(({ slow, without }) => slow / without));
  return [
    {
      figure: `${SOCKETS} sockets, ${CHANGES} changes (${bytes} bytes): first client to last`,
      value: `${of('firstToLast')}, ${ratio.toFixed(2)} ×`,
      against: `bare ws broadcast ${of('bare')}`,
      goal: '≤ 3 ×',
      isMet: ratio <= 3,
      raw: told,
    },
    {
      figure: 'the same, commit to first client / to last',
      value: `${of('commitToFirst')} / ${of('commitToLast')}`,
      against: 'a look once a second',
      goal: '',
      isMet: null,
      raw: null,
    },
    {
      figure: 'memory of an idle socket',
      value: `${(median(memory) / 1000).toFixed(0)} kB`,
      against: '–',
      goal: '≤ 100 kB',
      isMet: median(memory) <= 100_000,
      raw: memory,
    },
    {
      figure: `${SOCKETS - 1} readers beside one that does not read`,
      value: `${median(spreads.map(({ slow }) => slow)).toFixed(0)} ms, ${slowRatio.toFixed(2)} ×`,
      against: `without it ${median(spreads.map(({ without }) => without)).toFixed(0)} ms`,
      goal: '≤ 1.2 ×',
      isMet: slowRatio <= 1.2,
      raw: spreads,
    },
  ];
}
