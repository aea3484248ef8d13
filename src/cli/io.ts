/** Everything of the process that the program touches, so that tests can run it without one. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Whether standard output is a terminal. */
  isTTY: boolean;
  /** Whether standard error is a terminal. */
  isErrTTY: boolean;
  /** Width of the terminal. */
  columns?: number;
  signal: AbortSignal;
  clock: () => Date;
  /** 16 characters of a-z and 0-9. */
  newId: () => string;
}
