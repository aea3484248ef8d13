/** Every way in which Rollcall can fail on purpose. A new code needs an exit status in cli/exit-status.ts to compile. */
export type ErrorCode =
  | 'usage' // a command line that cannot be understood
  | 'configuration' // settings that are missing, unreadable or contradict each other
  | 'unconfirmed' // settings of a provider that were written past the program
  | 'not-found' // a guest, provider or run that is not in the database
  | 'incomplete' // what is known is not all, or not as it is now
  | 'ambiguous' // a reference that names several guests
  | 'unauthenticated' // 401: wrong or expired token, ticket or password
  | 'forbidden' // 403: a privilege is missing
  | 'unreachable' // DNS, TCP or TLS did not come up
  | 'certificate' // the server's certificate is not trusted
  | 'node-unreachable' // 595, 596, 599: the server could not reach the node
  | 'timeout' // no answer in time
  | 'parameter' // 400: the server refused a parameter
  | 'no-endpoint' // 501, 404: no such path in this version of Proxmox VE
  | 'no-such-guest' // 500: the configuration file does not exist on that node
  | 'server' // any other answer of 4xx and 5xx
  | 'malformed' // an answer that is not what the API promises
  | 'limit' // more than a run may read, by a limit that the user can raise
  | 'wrong-cluster' // the endpoint answers as another cluster than before
  | 'locked' // another run holds the provider's lease
  | 'database' // the database cannot be opened, read or written
  | 'altered' // the history in the database was changed by something else than this program
  | 'database-newer' // the database was made by a newer version
  | 'refused' // an action that the plan refuses: a lock, a protection flag, a right that the owner did not give
  | 'moved' // a plan whose world has changed since
  | 'uncertain' // a write of which nobody knows whether the server got it
  | 'interrupted'; // the user or the system ended the run

/** One line of text, or several. A list says where its lines end; a line break inside a line is data, and is printed escaped. */
export type Lines = string | readonly string[];

const BRAND = Symbol.for('rollcall.AppError');

/**
 * A failure with a next step. Layers below `cli` throw it; only `cli` turns it into words and an exit status.
 * `message` says what failed, on what and why, in one line; `hint` says what to try next. Either has more lines only where it
 * was given as a list of them.
 */
export class AppError extends Error {
  readonly [BRAND] = true;
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly messageLines: readonly string[];
  readonly hintLines: readonly string[];
  /** Whether the same call may succeed a little later. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: Lines, options: { hint?: Lines; retryable?: boolean; cause?: unknown } = {}) {
    const messageLines = toLines(message);
    super(messageLines.join('\n'), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.messageLines = messageLines;
    this.hintLines = options.hint === undefined ? [] : toLines(options.hint);
    this.hint = options.hint === undefined ? undefined : this.hintLines.join('\n');
    this.retryable = options.retryable ?? false;
  }

  /** The parts of the program that are bundled by themselves have a class of their own each: all of them count. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit this, and are told apart from AppError itself
    if (this !== AppError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

function toLines(lines: Lines): readonly string[] {
  return typeof lines === 'string' ? [lines] : lines;
}
