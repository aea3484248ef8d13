import { AppError } from '../../types/errors.ts';

const NAME = /^[a-z0-9][a-z0-9._@+-]{0,99}$/;
/** What the record of actions says of whoever has no user. */
const RESERVED = new Set(['local', 'unknown']);

/** The name as it is stored; null for what cannot be one. */
export function userName(text: string): string | null {
  const name = text.toLowerCase();
  return NAME.test(name) && !RESERVED.has(name) ? name : null;
}

/** Throws AppError('usage'). */
export function requireUserName(text: string): string {
  const name = userName(text);
  if (name !== null) return name;
  throw new AppError('usage', `'${text}' cannot be the name of a user`, {
    hint: RESERVED.has(text.toLowerCase())
      ? 'it has a meaning in the record of actions'
      : 'use up to 100 letters, digits, dots, dashes, underscores, @ and +',
  });
}
