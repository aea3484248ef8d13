import { isSecretKey, maskSecret, maskText } from '../../text/mask-secrets.ts';
import type { MaskKey } from '../../types/inventory-key.ts';

/** Notes and attributes are written by people, who keep passwords there. An attribute that is called a secret is one as a whole. */
export function hideSecrets(text: string, maskKey: MaskKey | null, name = ''): string {
  return isSecretKey(name) ? maskSecret(text, maskKey) : maskText(text, maskKey);
}
