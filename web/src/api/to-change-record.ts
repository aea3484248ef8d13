import type { ChangeRecord } from '../../../src/types/change-record.ts';
import type { ChangeRow } from './types.ts';

export function toChangeRecord({ observedAt, effectiveAt, notBefore, ...row }: ChangeRow): ChangeRecord {
  return {
    ...row,
    observedAt: new Date(observedAt),
    effectiveAt: effectiveAt === null ? null : new Date(effectiveAt),
    notBefore: notBefore === null ? null : new Date(notBefore),
  };
}
