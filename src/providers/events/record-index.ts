import type { AuditRecord } from '../../types/audit-record.ts';
import type { Evidence } from '../../types/evidence.ts';
import type { TimeWindow } from '../rules.ts';

type ByTarget = ReadonlyMap<string, readonly AuditRecord[]>;

/** They are sorted once for all guests and changes of a run. */
const sorted = new WeakMap<readonly AuditRecord[], ByTarget>();

/** Actions that succeeded, by the handle of their guest. */
export class RecordIndex {
  readonly #byTarget: ByTarget;
  readonly #skewMs: number;
  readonly #errorMs: number;

  constructor({ records, clockSkewMs, clockErrorMs = 0 }: Evidence) {
    this.#skewMs = clockSkewMs;
    this.#errorMs = clockErrorMs;
    this.#byTarget = sorted.get(records) ?? byTargetOf(records);
    sorted.set(records, this.#byTarget);
  }

  /** Oldest first. `window` by our clock, widened by what the clocks may be off. */
  within(target: string | undefined, { notBefore, notAfter }: TimeWindow): readonly AuditRecord[] {
    if (target === undefined) return [];
    const from = notBefore === null ? Number.NEGATIVE_INFINITY : notBefore.getTime() + this.#skewMs - this.#errorMs;
    const to = notAfter.getTime() + this.#skewMs + this.#errorMs;
    return (this.#byTarget.get(target) ?? []).filter(({ at }) => at.getTime() >= from && at.getTime() <= to);
  }

  /** Whether an action lies in a window for certain, however far the clocks are off. */
  isInside({ at }: AuditRecord, { notBefore, notAfter }: TimeWindow): boolean {
    const time = at.getTime() - this.#skewMs;
    const from = notBefore === null ? Number.NEGATIVE_INFINITY : notBefore.getTime() + this.#errorMs;
    return time >= from && time <= notAfter.getTime() - this.#errorMs;
  }
}

function byTargetOf(records: readonly AuditRecord[]): ByTarget {
  const groups = new Map<string, AuditRecord[]>();
  for (const record of records) {
    if (record.target === null || record.outcome === 'failed') continue;
    const group = groups.get(record.target);
    if (group === undefined) groups.set(record.target, [record]);
    else group.push(record);
  }
  for (const group of groups.values()) group.sort(byTime);
  return groups;
}

function byTime(one: AuditRecord, other: AuditRecord): number {
  return one.at.getTime() - other.at.getTime() || (one.ref < other.ref ? -1 : 1);
}
