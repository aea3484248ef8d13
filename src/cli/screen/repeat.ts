import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { escapeLines, type SafeText } from '../output/escape.ts';
import { formatClock } from '../output/format.ts';
import { Collected, frame, SCREEN } from '../output/frame.ts';
import type { Screen } from '../output/io.ts';
import { changedRows } from './changed-rows.ts';

/** How often the database is asked whether something was recorded. */
const POLL_MS = 1000;

export interface Repetition {
  /** As it was typed: `rollcall list-vms`. */
  title: string;
  intervalMs: number;
  /** Whether it lists what was recorded, the newest last, and nothing of it changes later. */
  isLog: boolean;
}

/**
 * Runs a command that prints a list again and again, until the program is asked to end: on a terminal it is redrawn, in a pipe each row
 * that is new or different is a line of JSON. Throws what the first run throws; later errors are shown, and the next run tries again.
 */
export async function repeat(context: CliContext, run: () => Promise<void>, repetition: Repetition): Promise<void> {
  const { screen } = context.io;
  const { output } = context.options;
  const formats = screen ? ['table', 'wide'] : ['table', 'json'];
  if (!formats.includes(output)) {
    const hint = screen ? 'leave out -o' : 'leave out -o, or use -o json';
    throw new AppError('usage', `--watch does not go with -o ${output}`, { hint });
  }
  if (screen) await redraw(context, screen, run, repetition);
  else await printRows(context, run, repetition);
}

async function redraw(
  context: CliContext,
  screen: Screen,
  run: () => Promise<void>,
  repetition: Repetition,
): Promise<void> {
  const { io } = context;
  const { title, intervalMs, isLog } = repetition;
  const resized = new Resizing(screen);
  let rev: number | null = null;
  const draft = async () => {
    resized.reset();
    rev = await newestRevision(context);
    return captured(context, run, screen.size().columns);
  };
  let last = await draft();
  const forget = screen.atExit(SCREEN.leave);
  io.stdout(SCREEN.enter);
  try {
    for (;;) {
      const head = `${title}    ${formatClock(context.now())}, every ${intervalMs / 1000} s    Ctrl-C ends`;
      io.stdout(frame({ title: head, body: last.stdout, notes: last.stderr, isTail: isLog }, screen.size().rows));
      if (!(await nextTime(context, { rev, intervalMs, resized }))) return;
      last = await draft().catch((error: unknown) => failed(last, error));
    }
  } finally {
    resized.end();
    io.stdout(SCREEN.leave);
    forget();
  }
}

/** What was last shown, and why there is nothing newer. Rethrows what is a bug. */
function failed(last: Captured, error: unknown): Captured {
  if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
  return {
    ...last,
    stderr: escapeLines(error.messageLines.map((line, index) => (index === 0 ? `error: ${line}` : line))),
  };
}

async function printRows(
  context: CliContext,
  run: () => Promise<void>,
  { intervalMs, isLog }: Repetition,
): Promise<void> {
  const { io, output } = context;
  context.useFormat('json');
  let known = new Map<string, string>();
  for (let isFirst = true; ; isFirst = false) {
    const rev = await newestRevision(context);
    try {
      const { stdout, stderr } = await captured(context, run, undefined);
      if (isFirst && !context.options.quiet) io.stderr(stderr);
      const { lines, rows } = changedRows(stdout, known, { isLog });
      known = rows;
      for (const line of lines) io.stdout(line);
    } catch (error) {
      if (isFirst || !(error instanceof AppError) || error.code === 'interrupted') throw error;
      output.error(error.message, error.hintLines[0]);
    }
    if (!(await nextTime(context, { rev, intervalMs: isLog ? Number.POSITIVE_INFINITY : intervalMs }))) return;
  }
}

interface Captured {
  stdout: SafeText;
  stderr: SafeText;
}

async function captured(context: CliContext, run: () => Promise<void>, columns: number | undefined): Promise<Captured> {
  const [out, err] = [new Collected(), new Collected()];
  context.redirect({
    stdout: (text) => out.take(text),
    stderr: (text) => err.take(text),
    ...(columns !== undefined && { columns }),
  });
  try {
    await run();
  } finally {
    context.redirect(null);
  }
  return { stdout: out.text, stderr: err.text };
}

/** To be asked for before a run: what is recorded while it reads is for the next one. null while nobody can tell. */
async function newestRevision(context: CliContext): Promise<number | null> {
  const history = await context.app.history();
  return history.lastRevision().catch(() => null);
}

/** Waits for the interval, another revision than `rev`, or another size of the terminal; false when the end was asked for. */
async function nextTime(
  context: CliContext,
  { rev, intervalMs, resized }: { rev: number | null; intervalMs: number; resized?: Resizing },
): Promise<boolean> {
  const { signal } = context.io;
  for (let waitedMs = 0; waitedMs < intervalMs; waitedMs += POLL_MS) {
    const pause = sleep(Math.min(POLL_MS, intervalMs - waitedMs), true, { signal }).catch(() => false);
    const isResized = resized?.next().then(() => 'resized' as const);
    const reason = await Promise.race(isResized ? [pause, isResized] : [pause]);
    if (reason === 'resized' || signal.aborted) return !signal.aborted;
    if ((await newestRevision(context)) !== rev) return true;
  }
  return !signal.aborted;
}

/** Tells of a change of the size of a terminal since the last drawing began, also of one that came while nobody waited. */
class Resizing {
  readonly #stop: () => void;
  #isDue = false;
  #wake: (() => void) | null = null;

  constructor(screen: Screen) {
    this.#stop = screen.onResize(() => {
      this.#isDue = true;
      this.#wake?.();
    });
  }

  reset(): void {
    this.#isDue = false;
  }

  async next(): Promise<void> {
    if (!this.#isDue) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  end(): void {
    this.#stop();
  }
}
