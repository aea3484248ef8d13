import { maskSecret } from '../../text/mask-secrets.ts';
import type { MaskKey } from '../../types/inventory-key.ts';

const SECRET = /passw|passphr|\bpwd\b|secret|token|(?:api|access)[-_]?key|-----BEGIN|bearer |basic |:\/\/[^/\s]*@/i;

/** Notes and attributes are written by people, who keep passwords there: a text that may hold one is hidden as a whole. */
export function hideSecrets(text: string, maskKey: MaskKey | null, name = ''): string {
  return SECRET.test(text) || SECRET.test(name) ? maskSecret(text, maskKey) : text;
}
