import type { Io } from './output/io.ts';

/** For a program that is only described, not run. */
export function describingIo(stdout: (text: string) => void): Io {
  return {
    stdout,
    stderr: () => undefined,
    env: {},
    cwd: '.',
    isTTY: false,
    isErrTTY: false,
    signal: new AbortController().signal,
    clock: () => new Date(0),
    newId: () => '',
  };
}
