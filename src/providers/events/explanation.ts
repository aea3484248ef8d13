import type { AuditRecord } from '../../types/audit-record.ts';
import type { Explanation } from '../explanation.ts';

/** `effectiveAt` by our clock; `skewMs`: the server's minus ours. */
export function explainBy(
  { actor, credential, native, ref, at }: AuditRecord,
  confidence: 'exact' | 'likely',
  skewMs: number,
): Explanation {
  const effectiveAt = new Date(at.getTime() - skewMs);
  return { actor, token: credential, source: 'event', via: native, ref, confidence, effectiveAt };
}
