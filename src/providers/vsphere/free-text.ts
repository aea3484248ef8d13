import { maskSecret, maskText } from '../../text/mask-secrets.ts';
import type { MaskKey } from '../../types/inventory-key.ts';

const SECRET = /passw|passphr|\bpwd\b|secret|token|(?:api|access)[-_]?key|-----BEGIN|bearer |basic |:\/\/[^/\s]*@/i;

const SHORT = /(?:^|[^a-z])(?:pass|pw|pwd|pin|kennwort)(?:[^a-z]|$)/i;

/** Notes and attributes are written by people, who keep passwords there: a text that may hold one is hidden as a whole. */
export function hideSecrets(text: string, maskKey: MaskKey | null, name = ''): string {
  const isSecret = [text, name].some((one) => SECRET.test(one) || SHORT.test(one)) || maskText(text, maskKey) !== text;
  return isSecret ? maskSecret(text, maskKey) : text;
}
