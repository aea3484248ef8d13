import { createHmac } from 'node:crypto';
import type { MaskKey } from '../../types/inventory-key.ts';

const SECRET = /passw|passphr|\bpwd\b|secret|token|(?:api|access)[-_]?key|-----BEGIN|bearer |basic |:\/\/[^/\s]*@/i;

/** Notes and attributes are written by people, who keep passwords there: a text that may hold one is hidden as a whole. */
export function hideSecrets(text: string, maskKey: MaskKey | null, name = ''): string {
  if (!SECRET.test(text) && !SECRET.test(name)) return text;
  if (maskKey === null) return '«hidden»';
  const digest = createHmac('sha256', maskKey.secret).update(text).digest('hex').slice(0, 8);
  return `«hidden:${maskKey.id === '' ? '' : `${maskKey.id}.`}${digest}»`;
}
