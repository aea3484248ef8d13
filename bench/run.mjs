// @ts-check
// `npm run bench [names]`: every bench after one another, one table at the end, raw values in bench/results/ as JSON.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt } from '../scripts/ready.mjs';
import { printTable, root } from './measure.mjs';

ensureBuilt();

/** @type {Record<string, () => Promise<import('./measure.mjs').Figure[]>>} */
const BENCHES = {
  startup: async () => (await import('./startup.mjs')).startupFigures(),
  discover: async () => (await import('./discover.mjs')).discoverFigures(),
  exports: async () => (await import('./exports.mjs')).exportFigures(),
  history: async () => (await import('./history.mjs')).historyFigures(),
  selectors: async () => (await import('./selectors.mjs')).selectorFigures(),
  write: async () => (await import('./write.mjs')).writeFigures(),
  serve: async () => (await import('./serve.mjs')).serveFigures(),
  vsphere: async () => (await import('./vsphere.mjs')).vsphereFigures(),
  aws: async () => (await import('./aws.mjs')).awsFigures(),
  reconcile: async () => (await import('./reconcile.mjs')).reconcileFigures(),
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BENCHES);
/** @type {import('./measure.mjs').Figure[]} */
const figures = [];
for (const name of names) {
  const bench = BENCHES[name];
  if (bench === undefined) throw new Error(`there is no bench ${name}; there are: ${Object.keys(BENCHES).join(', ')}`);
  process.stderr.write(`» ${name}\n`);
  const found = await bench();
  printTable(found);
  process.stdout.write('\n');
  figures.push(...found);
}

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
const [cpu] = os.cpus();
const machine = { cpus: os.cpus().length, model: cpu?.model ?? '', memoryBytes: os.totalmem(), node: process.version };
const at = new Date().toISOString();
const folder = path.join(root, 'bench/results');
mkdirSync(folder, { recursive: true });
const file = path.join(folder, `${at.slice(0, 19).replaceAll(':', '')}.json`);
writeFileSync(file, `${JSON.stringify({ at, commit, machine, figures }, null, 2)}\n`);
printTable(figures);
process.stdout.write(
  `\n${machine.cpus} × ${machine.model}, Node.js ${machine.node}, commit ${commit}; raw values: ${path.relative(root, file)}\n`,
);
