// @ts-check
// node bench/serve.mjs: what does `rollcall serve` cost with 10,000 hosts, beside a bare server over the same rows? Requests and
// bytes, sockets (serve-feed.mjs), and the page (serve-page.mjs).
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { median, printTable, ROUNDS } from './measure.mjs';
import { feedFigures } from './serve-feed.mjs';
import { pageFigures } from './serve-page.mjs';
import { commitRevision, get, startRollcall, startServer, untilNewer, versionAt } from './serve-world.mjs';
import { record } from './startup.mjs';

const HOSTS = 10_000;
const ENCODINGS = /** @type {const} */ (['identity', 'gzip', 'br']);
const bareServer = fileURLToPath(new URL('serve-bare.mjs', import.meta.url));

/** @typedef {import('./measure.mjs').Figure} Figure */
/** @typedef {{ first: number, again: number, bare: number, bytes: number }} Timed */

/**
 * The first request after a new version, one that follows it, and the bare route, in alternating order.
 * @param {string} file @param {number} rounds
 */
async function measureState(file, rounds) {
  const [server, bare] = [await startRollcall(file), await startServer([bareServer, file])];
  /** @type {Map<string, Timed[]>} */
  const timed = new Map(ENCODINGS.map((encoding) => [encoding, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const encoding of ENCODINGS) {
      const before = await versionAt(server.url);
      commitRevision(file, 1);
      await untilNewer(server.url, before);
      const headers = { 'accept-encoding': encoding };
      const ours = async () => [
        await get(`${server.url}/api/v1/state`, headers),
        await get(`${server.url}/api/v1/state`, headers),
      ];
      const theirs = () => get(`${bare.url}/state`, headers);
      const early = round % 2 === 0 ? await theirs() : null;
      const [first, again] = await ours();
      const plain = early ?? (await theirs());
      if (first?.status !== 200 || again?.status !== 200 || plain.status !== 200) throw new Error('no answer');
      const one = { first: first.ms, again: again.ms, bare: plain.ms, bytes: again.body.length };
      if (round >= 0) timed.get(encoding)?.push(one);
    }
  }
  await bare.stop();
  await server.stop();
  return timed;
}

/** @param {Map<string, Timed[]>} timed @returns {Figure[]} */
function stateFigures(timed) {
  return [...timed].flatMap(([encoding, all]) => {
    const bareMs = median(all.map(({ bare }) => bare));
    const figures = /** @type {const} */ (['first', 'again']).map((name) => {
      const ratio = median(all.map((one) => one[name] / one.bare));
      return {
        figure: `/state, ${HOSTS} hosts, ${encoding}, ${name === 'first' ? 'the first of a version' : 'repeated'}`,
        value: `${median(all.map((one) => one[name])).toFixed(1)} ms, ${ratio.toFixed(2)} ×`,
        against: `bare fastify and better-sqlite3 ${bareMs.toFixed(1)} ms`,
        goal: '≤ 1.5 ×',
        isMet: ratio <= 1.5,
        raw: all,
      };
    });
    const bytes = median(all.map((one) => one.bytes)) / HOSTS;
    const isPacked = encoding !== 'identity';
    const size = {
      figure: `bytes of a host on the wire, ${encoding}`,
      value: bytes.toFixed(1),
      against: '–',
      goal: isPacked ? '≤ 120' : '',
      isMet: isPacked ? bytes <= 120 : null,
      raw: null,
    };
    return [...figures, size];
  });
}

/** `parts`: some of state, feed and page. @param {readonly string[]} [parts] @returns {Promise<Figure[]>} */
export async function serveFigures(parts = ['state', 'feed', 'page']) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  try {
    const file = path.join(folder, 'many.db');
    await record(file, HOSTS);
    /** @type {Figure[]} */
    const figures = [];
    if (parts.includes('state')) figures.push(...stateFigures(await measureState(file, ROUNDS)));
    if (parts.includes('feed')) figures.push(...(await feedFigures(file, ROUNDS)));
    if (parts.includes('page')) figures.push(...(await pageFigures(file, ROUNDS)));
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const parts = process.argv.slice(2);
  printTable(await serveFigures(parts.length > 0 ? parts : undefined));
}
