import type { Machine } from '../../app/machine.ts';
import type { SafeText } from './escape.ts';

/** Asks the user at the terminal. Every question throws AppError('interrupted') on Ctrl-C. */
export interface Ask {
  text(message: SafeText): Promise<string>;
  /** Without echo. */
  secret(message: SafeText): Promise<string>;
  /** Defaults to no. */
  confirm(message: SafeText): Promise<boolean>;
  choose<T extends string>(message: SafeText, choices: readonly { value: T; name: SafeText }[]): Promise<T>;
}

/** Asks for any of several, in their order, and then shows the short names of those; throws as {@link Ask} does. */
export type AskSeveral = <T extends string>(
  message: SafeText,
  choices: readonly { value: T; name: SafeText; short: SafeText; checked: boolean }[],
) => Promise<readonly T[]>;

/** The terminal of standard output, for what fills it. */
export interface Screen {
  size(): { columns: number; rows: number };
  /** Gives what ends the listening. */
  onResize(listener: () => void): () => void;
  /** Prints a text when the process ends in whatever way; gives what makes it not do so. */
  atExit(text: SafeText): () => void;
}

/** Everything of the process that the program touches, so that tests can run it without one. */
export interface Io extends Machine {
  /** A version is digits and dots, and printed without loading anything that escapes. */
  stdout(text: SafeText | `${number}.${number}.${number}\n`): void;
  stderr(text: SafeText): void;
  /** Whether standard output is a terminal. */
  isTTY: boolean;
  /** Whether standard error is a terminal. */
  isErrTTY: boolean;
  /** From now on, local time is UTC. */
  useUtc?(): void;
  /** Width of the terminal. */
  columns?: number;
  /** Absent unless standard output is a terminal. */
  screen?: Screen;
  /** Absent unless standard input and standard error are terminals. */
  ask?: Ask;
  /** There where `ask` is. */
  askSeveral?: AskSeveral;
  /** Reads standard input to its end. */
  input?: () => Promise<string>;
  /** Aborted when it was asked for a second time: what is under way is given up. */
  insistence?: AbortSignal;
}
