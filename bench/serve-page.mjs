// @ts-check
// The page of `rollcall serve` in Chromium with 10,000 hosts: how soon it can be used, beside an empty page that loads as many bytes
// of scripts and styles and the same state; and how soon a keystroke in the filter is painted.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { median } from './measure.mjs';
import { startRollcall, startServer } from './serve-world.mjs';

const bareServer = fileURLToPath(new URL('serve-bare.mjs', import.meta.url));
const FILTERS = ['web-12', 'tag=prod'];
const SETTLED_MS = 1000;

/** @typedef {import('./measure.mjs').Figure} Figure */
/** @typedef {import('playwright-core').Browser} Browser */
/** @typedef {{ files: string[], hostsAt: number }} Loaded */

/** Debian's, or the one that is told. */
function chromiumPath() {
  const known = [process.env['ROLLCALL_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser'];
  return known.find((one) => one !== undefined && existsSync(one));
}

/** Notes when the first row of hosts is there, and painted. */
const WATCH_ROWS = `
  new MutationObserver((_, observer) => {
    if (document.querySelector('[data-index="0"]') === null) return;
    observer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => (window.usableAt = performance.now())));
  }).observe(document, { childList: true, subtree: true });`;

/**
 * In a fresh context, so that nothing is in a cache.
 * @param {Browser} browser @param {string} url @param {string} [script]
 */
async function load(browser, url, script) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, bypassCSP: true });
  const page = await context.newPage();
  if (script !== undefined) await page.addInitScript(script);
  await page.goto(url);
  await page.waitForFunction('window.usableAt !== undefined', undefined, { polling: 20 });
  const ms = Number(await page.evaluate('window.usableAt'));
  const files = /** @type {string[]} */ (
    await page.evaluate('performance.getEntriesByType("resource").map(({ name }) => name)')
  );
  return { page, context, ms, assets: files.filter((file) => /\/assets\/.*\.(?:js|css)$/.test(file)) };
}

/**
 * An empty page that loads the same scripts, compiled but not run, and styles, and then the state.
 * @param {string} folder @param {readonly string[]} assets
 */
function writeEmptyPage(folder, assets) {
  const links = assets.map((file) => {
    const name = path.basename(file);
    return name.endsWith('.css')
      ? `<link rel="stylesheet" href="assets/${name}">`
      : `<link rel="modulepreload" href="assets/${name}">`;
  });
  const script = `
    const answer = await fetch('state');
    const { hosts } = await answer.json();
    document.body.textContent = hosts.length;
    requestAnimationFrame(() => requestAnimationFrame(() => (window.usableAt = performance.now())));`;
  const head = `<!doctype html><html lang="en"><head><title>Empty</title>${links.join('')}</head>`;
  writeFileSync(path.join(folder, 'index.html'), `${head}<body><script type="module">${script}</script></body></html>`);
}

/** Times from each keystroke to the frame after the one that shows what it filters. @param {import('playwright-core').Page} page */
async function measureKeys(page) {
  await page.evaluate(`
    window.paints = [];
    addEventListener('keydown', ({ timeStamp }) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => window.paints.push(performance.now() - timeStamp);
        port2.postMessage(null);
      });
    }, { capture: true });`);
  const box = page.locator('[data-search]');
  for (const filter of FILTERS) {
    await box.fill('');
    await page.waitForTimeout(SETTLED_MS);
    await box.focus();
    await page.keyboard.type(filter, { delay: 120 });
    await page.waitForTimeout(SETTLED_MS);
  }
  return /** @type {number[]} */ (await page.evaluate('window.paints'));
}

/** @param {string} file @param {number} rounds @returns {Promise<Figure[]>} */
export async function pageFigures(file, rounds) {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('there is no Chromium: apt-get install chromium');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  const server = await startRollcall(file);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const first = await load(browser, `${server.url}/hosts`, WATCH_ROWS);
  await first.context.close();
  writeEmptyPage(folder, first.assets);
  const assets = fileURLToPath(new URL('../dist/web/assets', import.meta.url));
  const bare = await startServer([bareServer, file, folder, assets]);
  /** @type {{ ours: number, empty: number }[]} */
  const loads = [];
  /** @type {number[]} */
  const keys = [];
  for (let round = -1; round < rounds; round += 1) {
    const ours = async () => {
      const { page, context, ms } = await load(browser, `${server.url}/hosts`, WATCH_ROWS);
      await page.waitForTimeout(SETTLED_MS);
      const paints = await measureKeys(page);
      if (round >= 0) keys.push(...paints);
      await context.close();
      return ms;
    };
    const empty = async () => {
      const { context, ms } = await load(browser, `${bare.url}/index.html`);
      await context.close();
      return ms;
    };
    const early = round % 2 === 0 ? await empty() : null;
    const one = { ours: await ours(), empty: early ?? (await empty()) };
    if (round >= 0) loads.push(one);
  }
  await browser.close();
  await bare.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
  return figuresOf(loads, keys);
}

/** @param {{ ours: number, empty: number }[]} loads @param {number[]} keys @returns {Figure[]} */
function figuresOf(loads, keys) {
  const ratio = median(loads.map(({ ours, empty }) => ours / empty));
  const sorted = [...keys].sort((a, b) => a - b);
  const most = sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN;
  return [
    {
      figure: 'page of 10,000 hosts, first visit, to the first rows painted',
      value: `${median(loads.map(({ ours }) => ours)).toFixed(0)} ms, ${ratio.toFixed(2)} ×`,
      against: `an empty page of the same weight and the state ${median(loads.map(({ empty }) => empty)).toFixed(0)} ms`,
      goal: '≤ 1.5 ×',
      isMet: ratio <= 1.5,
      raw: loads,
    },
    {
      figure: 'a keystroke in the filter of 10,000 hosts to its frame, median / 95 of 100',
      value: `${median(keys).toFixed(0)} ms / ${most.toFixed(0)} ms`,
      against: `${keys.length} keystrokes`,
      goal: '≤ 50 ms',
      isMet: median(keys) <= 50,
      raw: keys,
    },
  ];
}
