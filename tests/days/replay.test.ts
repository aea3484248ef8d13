import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CliContext } from '../../src/cli/context.ts';
import { type Io, run } from '../../src/cli/run.ts';
import type { Change } from '../../src/types/history.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { type ReplayServer, startReplay } from '../helpers/replay-server.ts';
import { tempDir } from '../helpers/temp.ts';
import { expectHistory, type HistoryLine } from './expected-history.ts';
import { type DayStep, type RecordedDay, readDays } from './recorded-day.ts';
import { toLines } from './recorded-history.ts';

const days = readDays(process.env['PVE_DAYS_DIR']).filter(({ isPlain }) => isPlain);
const dir = tempDir();
const EXIT_DONE = 0;
const EXIT_PARTIAL = 5;
const MONTH_MS = 30 * 86_400_000;

interface Replayed {
  step: DayStep;
  status: number;
  said: string;
  changes: Change[];
  problems: readonly unknown[];
}

async function ioFor(day: RecordedDay, step: DayStep, server: ReplayServer, said: string[]): Promise<Io> {
  let count = 0;
  return {
    stdout: (text) => said.push(text),
    stderr: (text) => said.push(text),
    env: {
      PROXMOX_VE_ENDPOINT: server.url,
      PROXMOX_VE_FINGERPRINT: server.fingerprint,
      PROXMOX_VE_API_TOKEN: `${step.capturedAs}=00000000-0000-0000-0000-000000000000`,
      DATABASE_URL: await databaseAt(path.join(dir, `${day.name}-${server.url.split(':').at(-1)}.db`)),
      NO_COLOR: '1',
    },
    cwd: dir,
    isTTY: false,
    isErrTTY: false,
    signal: new AbortController().signal,
    clock: () => new Date(step.captureEnded * 1000),
    newId: () => `s${step.step}n${(count += 1)}`.padEnd(16, 'x'),
  };
}

async function verify(context: CliContext): Promise<readonly unknown[]> {
  if (!existsSync(path.resolve('src/services/history/verify.ts'))) return [];
  return (await (await context.app.audit()).verify()).problems;
}

async function replayStep(day: RecordedDay, step: DayStep, server: ReplayServer, seen: Set<string>): Promise<Replayed> {
  const said: string[] = [];
  server.set(step.answers);
  const io = await ioFor(day, step, server, said);
  const status = await run(['discover-all'], io);
  const context = new CliContext(io);
  const all = await (await context.app.history()).listChanges();
  const changes = all.filter(({ rev, seq }) => !seen.has(`${rev}/${seq}`));
  for (const { rev, seq } of all) seen.add(`${rev}/${seq}`);
  const problems = await verify(context);
  await context.app.close();
  return { step, status, said: said.join(''), changes, problems };
}

async function replay(day: RecordedDay, dateOffMs = 0): Promise<Replayed[]> {
  let now = new Date(0);
  const server = await startReplay({}, { date: () => new Date(now.getTime() + dateOffMs) });
  const seen = new Set<string>();
  const replayed: Replayed[] = [];
  try {
    for (const step of day.steps) {
      now = new Date(step.captureEnded * 1000);
      replayed.push(await replayStep(day, step, server, seen));
    }
  } finally {
    await server.close();
  }
  return replayed;
}

function linesOf(replayed: readonly Replayed[]): HistoryLine[] {
  // The first step is what was there before.
  return replayed.slice(1).flatMap(({ step, changes }) => toLines(step.step, changes));
}

function textOf({ step, guest, what, values, by }: HistoryLine): string {
  const row = [String(step).padStart(2), guest.padEnd(10), what.padEnd(22), values.padEnd(46), by];
  return row.join('  ').replaceAll('\n', '⏎').trimEnd();
}

function tableOf(lines: readonly HistoryLine[]): string[] {
  return lines.map(textOf).toSorted();
}

function failuresOf(replayed: readonly Replayed[]): string[] {
  const failed = replayed.filter(({ status }) => status !== EXIT_DONE && status !== EXIT_PARTIAL);
  return failed.map(({ step, status, said }) => `step ${step.step} ended with ${status}: ${said}`);
}

function isQuiet(day: RecordedDay, step: number): boolean {
  return day.steps.every((one) => one.step !== step || one.ops.length === 0);
}

function print(day: RecordedDay, replayed: readonly Replayed[], lines: readonly HistoryLine[]): void {
  const rows = replayed.flatMap(({ step, changes }) => {
    const title = `${String(step.step).padStart(2)}  ${step.title}`;
    const ops = step.ops.map(({ by, method, path: asked, params, exit, note }) => {
      const what = [by, method, asked, params && JSON.stringify(params), exit, note && `(${note})`];
      return `      did  ${what.filter(Boolean).join(' ')}`;
    });
    const told = lines
      .filter((line) => line.step === step.step)
      .map((line) => `      told ${[line.guest, line.what, line.values, 'by', line.by].filter(Boolean).join(' ')}`);
    const how = changes.map(({ attribution: { confidence, via, ref } }) =>
      [confidence, via, ref].filter(Boolean).join(' '),
    );
    return [title, ...ops, ...told, ...(ops.length === 0 ? [] : [...new Set(how)].map((text) => `      how  ${text}`))];
  });
  process.stdout.write(`\nA recorded day, ${day.name}: what was done, what the history tells\n${rows.join('\n')}\n\n`);
}

const describeDays = days.length > 0 ? describe : describe.skip;

describeDays('recorded days of real clusters (PVE_DAYS_DIR)', () => {
  if (days.length === 0) it('are not there: PVE_DAYS_DIR is not set', () => undefined);

  it.each(days.map((day) => [day.name, day] as const))(
    '%s: the history has what was done, by whom, and nothing else',
    async (_name, day) => {
      const replayed = await replay(day);
      const lines = linesOf(replayed);
      print(day, replayed, lines);
      expect(failuresOf(replayed)).toEqual([]);
      expect(tableOf(lines)).toEqual(tableOf(expectHistory(day)));
      expect(lines.filter(({ step }) => isQuiet(day, step))).toEqual([]);
      expect(replayed.flatMap(({ problems }) => problems)).toEqual([]);
    },
    60_000,
  );

  it.each(days.map((day) => [day.name, day] as const))(
    '%s: the history is the same behind a proxy whose clock is wrong',
    async (_name, day) => {
      const replayed = await replay(day, MONTH_MS);
      expect(tableOf(linesOf(replayed))).toEqual(tableOf(expectHistory(day)));
    },
    60_000,
  );
});
