/** Questions to whoever sits at the terminal; only there are they asked. Each throws AppError('interrupted') on Ctrl-C. */
export interface Ask {
  text(message: string): Promise<string>;
  /** Without echo. */
  secret(message: string): Promise<string>;
  /** No, unless yes is said. */
  confirm(message: string): Promise<boolean>;
  choose<T extends string>(message: string, choices: readonly { value: T; name: string }[]): Promise<T>;
}

/** The system's store of secrets. */
export interface Keyring {
  /** null: there is no such entry. Throws AppError('configuration') where there is no keyring. */
  get(service: string, account: string): Promise<string | null>;
  set(service: string, account: string, secret: string): Promise<void>;
}

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
  /** Absent unless standard input and standard error are terminals. */
  ask?: Ask;
  /** In place of the system's. */
  keyring?: Keyring;
  /** Aborted when the end was asked for. */
  signal: AbortSignal;
  /** Aborted when it was asked for a second time: what is under way is given up. */
  insistence?: AbortSignal;
  clock: () => Date;
  /** 16 characters of a-z and 0-9. */
  newId: () => string;
}
