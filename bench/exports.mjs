// @ts-check
// node bench/exports.mjs: how long exports of 10,000 guests take, beside `list-vms -o json` of the same ones.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compare, main, medianMs, medianRatio, printTable } from './measure.mjs';
import { record } from './startup.mjs';

const MANY = 10_000;
/** @type {[args: string[], goal: number | null][]} */
const EXPORTS = [
  [['export', 'ansible', '--list'], 1.5],
  [['export', 'ansible'], 1.5],
  [['export', 'ssh-config'], null],
  [['export', 'csv'], null],
  [['export', 'xlsx', '--file', 'FILE'], null],
];

/** @returns {Promise<import('./measure.mjs').Figure[]>} */
export async function exportFigures() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  try {
    const file = path.join(folder, 'many.db');
    await record(file, MANY);
    const env = { DATABASE_URL: `file:${file}` };
    const figures = [];
    for (const [args, goal] of EXPORTS) {
      const words = args.map((word) => word.replace('FILE', path.join(folder, 'guests.xlsx')));
      const runs = await compare({
        ours: { args: [main, ...words], env },
        theirs: { args: [main, 'list-vms', '-o', 'json'], env },
      });
      const ratio = medianRatio(runs.ours, runs.theirs);
      figures.push({
        figure: `${args.slice(0, 3).join(' ')}, ${MANY} guests`,
        value: `${ratio.toFixed(2)} x (${Math.round(medianMs(runs.ours))} ms)`,
        against: `list-vms -o json (${Math.round(medianMs(runs.theirs))} ms)`,
        goal: goal === null ? '' : `<= ${goal} x`,
        isMet: goal === null ? null : ratio <= goal,
        raw: runs,
      });
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) printTable(await exportFigures());
