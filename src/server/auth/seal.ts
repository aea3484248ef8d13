import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { InventoryKey } from '../../types/inventory-key.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LEAST_BYTES = NONCE_BYTES + TAG_BYTES;

/** The key of what the server gives browsers to keep. Without an inventory key it lasts as long as the process. */
export function sealKey(key: InventoryKey | null): Buffer {
  const secret = key === null ? randomBytes(32) : Buffer.from(key.sealSecret, 'hex');
  return Buffer.from(hkdfSync('sha256', secret, '', 'rollcall login', 32));
}

/** By AES-256-GCM: nobody can read or change it. Base64url. */
export function seal(text: string, key: Buffer): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** null: it was not sealed by this key, or was changed. */
export function unseal(sealed: string, key: Buffer): string | null {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < LEAST_BYTES) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, LEAST_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(LEAST_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
