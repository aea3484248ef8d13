import { createHash, randomBytes } from 'node:crypto';

const BYTES = 32;
/** 32 bytes in base64url. */
const SECRET = /^[\w-]{43}$/;
const TOKEN = /^rollcall_[\w-]{43}$/;

/** 43 characters that nobody guesses. */
export function newSecret(): string {
  return randomBytes(BYTES).toString('base64url');
}

/** With a prefix by which scanners find it where it should not be. */
export function newToken(): string {
  return `rollcall_${newSecret()}`;
}

/** What is stored and searched for: of 256 random bits nothing slower is needed. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Where the page takes an invitation, below its own address. */
export function invitationPath(secret: string): string {
  return `/invite/${secret}`;
}

export function isSecret(text: string): boolean {
  return SECRET.test(text);
}

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}
