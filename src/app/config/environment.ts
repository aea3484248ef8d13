export type Environment = Readonly<Record<string, string | undefined>>;

/** `ENOENT` and its kind; empty for an error without code. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** A variable that is set to nothing is not set. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
