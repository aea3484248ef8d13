import { isSecretKey, maskSecret, maskText } from '../text/mask-secrets.ts';
import type { MaskKey } from '../types/inventory-key.ts';

/** Names that say that their value is a secret, besides those that all kinds have: `LicenseKey`, `db.pwd`, `key`. */
const SECRET_NAME = /credential|(?:^|[^a-z])(?:key|pass|pwd|pw|pin)(?:$|[^a-z])|[a-z]Key$/;

/** `env=prod`, or the key alone. People keep secrets in tags, which everyone with a right to read sees: they are masked. */
export function tagText({ key, value }: { key: string; value: string }, maskKey: MaskKey | null): string {
  if (value === '') return maskText(key, maskKey);
  const isSecret = isSecretKey(key) || SECRET_NAME.test(key) || SECRET_NAME.test(key.toLowerCase());
  return isSecret ? `${key}=${maskSecret(value, maskKey)}` : maskText(`${key}=${value}`, maskKey);
}
