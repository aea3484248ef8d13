import type { Document } from '../../../types/document.ts';
import type { Evidence, UnattributedChange } from '../../../types/evidence.ts';
import type { PlannedChange } from '../../../types/history.ts';
import { toPlanned } from '../../explanation.ts';
import { type LogEntry, linesOf } from '../records/record.ts';
import { vmidOf } from '../vmid.ts';
import { explainByLine } from './explanation.ts';
import { type EvidenceIndex, subjectsOf } from './guest-evidence.ts';
import { placeLine } from './placement.ts';
import { toServerWindow } from './server-window.ts';

/** Stands for a value that the server shows to nobody, in its log as in a configuration. */
const HIDDEN = '«hidden»';

/** The hidden secrets that a line writes. */
function hiddenPaths({ update }: LogEntry): string[] {
  if (update === null) return [];
  return Object.keys(update.set).filter((path) => update.set[path] === HIDDEN);
}

/** The guests whose hidden secrets were written since the last run, as far as the log tells. */
export function idsOfSecretWrites(
  since: { notBefore: Date | null; notAfter: Date },
  evidence: Evidence,
): ReadonlySet<string> {
  if (since.notBefore === null) return new Set();
  const window = toServerWindow(since, evidence);
  const written = linesOf(evidence).filter(
    (line) => hiddenPaths(line).length > 0 && placeLine(line, window, evidence) === 'inside',
  );
  return new Set(written.flatMap(subjectsOf).map(String));
}

/** Whether a guest has hidden secrets that look as they did, whatever was written. */
export function hasHiddenSecret(before: Document, after: Document): boolean {
  return Object.keys(after).some((path) => after[path] === HIDDEN && before[path] === HIDDEN);
}

/**
 * One row for each new line that wrote a secret which looks the same before and after. A line that an earlier run has read was
 * told then.
 */
export function attributeSecretWrites(
  change: UnattributedChange,
  evidence: Evidence,
  index: EvidenceIndex,
): PlannedChange[] {
  const { guest } = change;
  if (guest === null) return [];
  const { lines, unclear } = index.within(vmidOf(guest), toServerWindow(change, evidence));
  const written = lines.filter(
    (line) => !unclear.has(line) && hiddenPaths(line).some((path) => guest.document?.[path] === HIDDEN),
  );
  return written.map((line) => toPlanned(change, explainByLine(line, 'exact')));
}
