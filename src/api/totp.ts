import { createHmac } from 'node:crypto';
import { AppError } from '../types/errors.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP_MS = 30_000;

/** Decodes the base32 text of a TOTP secret; spaces, dashes, case and padding do not matter. An `otpauth://` address is fine too. */
export function decodeTotpSecret(text: string): Buffer {
  const secret = text.startsWith('otpauth://') ? (new URL(text).searchParams.get('secret') ?? '') : text;
  const clean = secret.replace(/[\s=-]/g, '').toUpperCase();
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of clean) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) {
      throw new AppError('configuration', 'The TOTP secret is not base32', {
        hint: 'Give the secret as it was shown when the second factor was set up: letters A to Z and digits 2 to 7',
      });
    }
    value = ((value << 5) | digit) & 0xffff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 0xff);
    }
  }
  return Buffer.from(bytes);
}

/** The time-based one-time password of RFC 6238: SHA-1, six digits, steps of 30 s. */
export function totp(secret: string, nowMs: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(nowMs / STEP_MS)));
  const digest = createHmac('sha1', decodeTotpSecret(secret)).update(counter).digest();
  const offset = digest.readUInt8(digest.length - 1) & 0x0f;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
