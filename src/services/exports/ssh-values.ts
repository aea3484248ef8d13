import { AppError } from '../../types/errors.ts';

/** How guests are logged in to: for all of an export alike. */
export interface SshLogin {
  user?: string | undefined;
  /** Path of a private key. */
  key?: string | undefined;
  port?: string | undefined;
}

const USER = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/;

/** The login's lines of a `Host` block. Throws AppError('usage') for what a configuration cannot say, or would take for more. */
export function loginLines({ user, key, port }: SshLogin): string[] {
  return [
    ...(user === undefined ? [] : [`User ${checked('user', user, USER.test(user))}`]),
    ...(port === undefined ? [] : [`Port ${checked('port', port, isPort(port))}`]),
    ...(key === undefined ? [] : [`IdentityFile "${checked('key', key, isPath(key))}"`, 'IdentitiesOnly yes']),
  ];
}

function checked(what: string, text: string, isFit: boolean): string {
  if (isFit) return text;
  throw new AppError('usage', `'${text}' is no ${what} that an SSH configuration can name`, {
    hint:
      { user: 'write letters, digits and . _ @ + -', port: 'write 1 to 65535' }[what] ??
      'write a path without " \\ $ and `',
  });
}

/** Throws AppError('usage'). */
export function checkedPort(text: string): string {
  if (isPort(text)) return text;
  throw new AppError('usage', `'${text}' is no port`, { hint: 'write 1 to 65535' });
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function isPath(text: string): boolean {
  return /^[^"\\$`\p{Cc}]+$/u.test(text);
}
