// @ts-check
// node bench/selectors.mjs: what a selector costs beside the plain list of 10,000 guests, which reads and prints them all. The first
// selector of each field chooses (nearly) all of them, so that as much is printed.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compare, main, medianCpuMs, medianMs, medianRatio, printTable, runOnce } from './measure.mjs';
import { record } from './startup.mjs';

const GUESTS = 10_000;
const SELECTORS = [
  'name=*',
  'name=web-*',
  '!ip=203.0.113.0/24',
  'ip=10.0.0.0/8',
  'config.net*.bridge=vmbr*',
  'config.*=*vmbr9*',
  'disk.storage=*',
  'disk.storage=ceph*',
  'changed<24h',
  'changed>24h',
  'tag=prod,memory>4G,!node=pve1',
];

/** @typedef {import('./measure.mjs').Figure} Figure */

/** @returns {Promise<Figure[]>} */
export async function selectorFigures() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  try {
    const file = path.join(folder, 'many.db');
    await record(file, GUESTS);
    const list = (/** @type {string[]} */ ...selectors) => ({
      args: [main, 'list-vms', ...selectors, '-o', 'json'],
      env: { DATABASE_URL: `file:${file}` },
    });
    const chosen = new Map();
    for (const selector of SELECTORS) {
      const { stdout } = await runOnce(list(selector));
      chosen.set(selector, JSON.parse(stdout).length);
    }
    const runs = await compare({
      plain: list(),
      ...Object.fromEntries(SELECTORS.map((selector) => [selector, list(selector)])),
    });
    const { plain } = runs;
    return SELECTORS.map((selector) => {
      const own = runs[/** @type {'plain'} */ (selector)];
      const ratio = medianRatio(own, plain);
      return {
        figure: `list-vms '${selector}' -o json, ${chosen.get(selector)} of ${GUESTS}`,
        value: `${ratio.toFixed(2)} x (${Math.round(medianMs(own))} ms), CPU ${medianRatio(own, plain, 'cpuMs').toFixed(2)} x`,
        against: `without selector (${Math.round(medianMs(plain))} ms, CPU ${Math.round(medianCpuMs(plain))} ms)`,
        goal: '<= 2 x',
        isMet: ratio <= 2,
        raw: { own, plain },
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) printTable(await selectorFigures());
