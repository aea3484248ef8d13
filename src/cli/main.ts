#!/usr/bin/env node
import module from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Screen } from './output/io.ts';

// Node >= 22.8 keeps compiled code between runs; Node 20 has no such cache. Its default folder is below that for temporary files,
// where another user of the machine could put code of his own first.
if ('enableCompileCache' in module && typeof module.enableCompileCache === 'function') {
  const { XDG_CACHE_HOME: base = '' } = process.env;
  module.enableCompileCache(path.join(path.isAbsolute(base) ? base : path.join(os.homedir(), '.cache'), 'rollcall'));
}

// What a library thinks of another library is no news for whoever runs the program.
process.noDeprecation = true;

const { run } = await import('./run.ts');

const abort = new AbortController();
const insist = new AbortController();
/** How long a program that was told twice may take to give up. */
const GIVE_UP_MS = 5000;
function end(): void {
  if (insist.signal.aborted) process.exit(130);
  if (!abort.signal.aborted) {
    abort.abort();
    return;
  }
  insist.abort();
  setTimeout(() => process.exit(130), GIVE_UP_MS).unref();
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);

// `… | head` closes the pipe early: what was asked for has been read, so the run ends without a word.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (!('code' in error) || error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 0);
  });
}

// Node would print what nobody caught as it is, with whatever text a server put into it.
process.on('uncaughtException', (error) => {
  void import('./bug-text.ts')
    .then(({ bugText }) => process.stderr.write(bugText(error)))
    .finally(() => process.exit(1));
});

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Many at a time: a first run makes an id for each of 10,000 guests. */
function* randomBytes(): Generator<number, never> {
  for (;;) yield* crypto.getRandomValues(new Uint8Array(4096));
}
const bytes = randomBytes();

function newId(): string {
  let id = '';
  while (id.length < 16) {
    const byte = bytes.next().value;
    // 252 is the largest multiple of 36 in a byte: above it some characters would come more often.
    if (byte < 252) id += ALPHABET[byte % 36] ?? '';
  }
  return id;
}

function terminalScreen(): Screen {
  const { stdout } = process;
  return {
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    onResize: (listener) => {
      stdout.on('resize', listener);
      return () => void stdout.off('resize', listener);
    },
    atExit: (text) => {
      const print = () => void stdout.write(text);
      process.once('exit', print);
      return () => void process.off('exit', print);
    },
  };
}

const isAtTerminal = process.stdin.isTTY && process.stderr.isTTY;

process.exitCode = await run(process.argv.slice(2), {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  env: process.env,
  cwd: process.cwd(),
  isTTY: process.stdout.isTTY,
  isErrTTY: process.stderr.isTTY,
  columns: process.stdout.columns || process.stderr.columns,
  useUtc: () => {
    process.env['TZ'] = 'UTC';
  },
  ...(isAtTerminal && (await import('./ask.ts')).terminalAsks(abort.signal)),
  ...(process.stdout.isTTY && { screen: terminalScreen() }),
  input: async () => (await import('node:stream/consumers')).text(process.stdin),
  signal: abort.signal,
  insistence: insist.signal,
  clock: () => new Date(),
  newId,
});
