import type { ChangeRecord } from '../../../src/types/change-record.ts';
import type { ChangeRow } from './types.ts';

export function toChangeRecord({ observedAt, effectiveAt, notBefore, explainedAt, ...row }: ChangeRow): ChangeRecord {
  const time = (text: string | null): Date | null => (text === null ? null : new Date(text));
  return {
    ...row,
    observedAt: new Date(observedAt),
    effectiveAt: time(effectiveAt),
    notBefore: time(notBefore),
    explainedAt: time(explainedAt),
  };
}
