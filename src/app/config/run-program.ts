import { type ChildProcess, spawn } from 'node:child_process';
import type { Environment } from './environment.ts';

export interface ProgramOptions {
  env: Environment;
  cwd: string;
  signal: AbortSignal;
  timeoutMs: number;
  /** Between SIGTERM and SIGKILL. */
  killAfterMs: number;
  /** Of standard output. */
  maxBytes: number;
  /** Its standard input; by default it has none. */
  input?: string;
}

/** `failure` is null when the program ended by itself with status 0, and else says in a word why it did not. */
export interface ProgramOutcome {
  failure: string | null;
  stdout: string;
}

const isPosix = process.platform !== 'win32';

/**
 * Runs a program, given by its absolute path, without a shell and standard error. After the time limit, after
 * too much output and after an abort it is ended, together with everything that it started in its process group.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { env, cwd, signal, timeoutMs, killAfterMs, maxBytes, input }: ProgramOptions,
): Promise<ProgramOutcome> {
  if (signal.aborted) return { failure: 'aborted', stdout: '' };
  // A process group of its own, which can be ended as a whole.
  const stdin = input === undefined ? 'ignore' : 'pipe';
  const child = spawn(program, [...args], { cwd, env, detached: isPosix, stdio: [stdin, 'pipe', 'ignore'] });
  // A program may end without reading all of it.
  child.stdin?.on('error', () => undefined).end(input);
  const output = child.stdout;
  if (output === null) throw new Error('a pipe was asked for');
  const ended: { why: string | null } = { why: null };
  let kill: NodeJS.Timeout | undefined;
  const end = (why: string): void => {
    if (ended.why !== null) return;
    ended.why = why;
    send(child, 'SIGTERM');
    kill = setTimeout(() => {
      send(child, 'SIGKILL');
      // What left the group may still hold the pipe.
      output.destroy();
    }, killAfterMs);
  };
  const abort = (): void => end('aborted');
  const timer = setTimeout(() => end('timeout'), timeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const stdout = readUpTo(output, maxBytes, () => end('too much output'));
    const failure = await outcomeOf(child);
    return { failure: ended.why ?? failure, stdout: stdout() };
  } finally {
    // What the program left behind when it was told to end.
    if (ended.why !== null) send(child, 'SIGKILL');
    clearTimeout(timer);
    clearTimeout(kill);
    signal.removeEventListener('abort', abort);
  }
}

/** Collects what comes; gives it as text when it is called. */
function readUpTo(stream: NodeJS.ReadableStream, maxBytes: number, onTooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) onTooMuch();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Settles when the program has ended and nobody holds its standard output any more. */
function outcomeOf(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    child.once('close', (status, signalName) => resolve(status === 0 ? null : String(status ?? signalName)));
  });
}

/** To its whole group, where there are groups. A child that made a group of its own is not reached. */
function send({ pid }: ChildProcess, signalName: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(isPosix ? -pid : pid, signalName);
  } catch {
    // ESRCH: there is nothing left to end.
  }
}
