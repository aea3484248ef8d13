/** The system's store of secrets. */
export interface Keyring {
  /** null: there is no such entry. Throws AppError('configuration') where there is no keyring. */
  get(service: string, account: string): Promise<string | null>;
  set(service: string, account: string, secret: string): Promise<void>;
}

/** What the program takes from the process that it runs in. */
export interface Machine {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** In place of the system's. */
  keyring?: Keyring;
  /** Aborted when the end was asked for. */
  signal: AbortSignal;
  clock: () => Date;
  /** 16 characters of a-z and 0-9. */
  newId: () => string;
}
