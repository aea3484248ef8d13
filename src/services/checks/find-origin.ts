import type { Origin, OriginKind } from '../../types/check.ts';
import type { Document } from '../../types/document.ts';
import { undoPatch } from '../../types/document-replay.ts';
import type { Change } from '../../types/history.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { compileFilter } from '../../types/wildcard.ts';
import { type Deviation, type Expectation, isSameDeviation, isUnknown } from './judgement.ts';

/** What deviates, and where. */
export interface Deviating {
  guest: GuestRow;
  expectation: Expectation;
  deviation: Deviation;
}

/** What the history knows of a guest. */
export interface GuestPast {
  /**
   * Newest first: its creation, those of the fields in question, also where they only say that a field was read for the first time,
   * and all whose details `prune` has dropped.
   */
  changes: readonly Change[];
  /** Ages are counted back from this time. */
  at: Date;
}

/**
 * Walks back from a guest that deviates, over the changes of the fields in question, to the one before which it did not: that made
 * it deviate, and its author is as the history has it. Pure.
 */
export function findOrigin(deviating: Deviating, past: GuestPast): Origin {
  const { overdueSince } = deviating.deviation;
  // Backups are not part of the history.
  const isUntracked = deviating.expectation.paths.length === 0;
  const origin = isUntracked ? UNRECORDED : walkBack(deviating, past);
  const isOfAge = isUntracked || overdueSince !== undefined;
  return isOfAge ? { ...origin, origin: 'age', since: overdueSince ?? null, notBefore: null } : origin;
}

function walkBack({ guest, expectation, deviation }: Deviating, { changes, at }: GuestPast): Origin {
  const isAbout = compileFilter(expectation.paths);
  let document: Document = guest.document;
  for (const change of changes) {
    if (change.kind === 'created') return originOf(change);
    // It may be the one.
    if (change.isPruned) return { ...UNRECORDED, origin: 'dropped' };
    if (!change.patch.some(([path]) => isAbout(path))) continue;
    document = undoPatch(document, change.patch);
    // What the platform told beside the document may have been another value then.
    const before = expectation.judge(
      { kind: guest.kind, document, memoryBytes: null, lastBackup: 'unknown', backupJobs: null },
      at,
    );
    // Whoever made that change did not make it deviate, as far as anybody knows.
    if (isUnknown(before)) return { ...UNRECORDED, origin: 'first-read', since: change.observedAt };
    if (!before.some((one) => isSameDeviation(one, deviation))) return originOf(change);
  }
  return { ...UNRECORDED, origin: 'first-seen', since: guest.firstSeenAt };
}

const UNRECORDED = {
  origin: 'first-seen',
  since: null,
  notBefore: null,
  actor: null,
  token: null,
  via: null,
  ref: null,
  confidence: 'none',
} as const;

function originOf(change: Change): Origin {
  const { actor, token, via, ref, confidence, effectiveAt, notBefore } = change.attribution;
  return {
    origin: kindOf(change),
    since: effectiveAt ?? change.observedAt,
    notBefore: effectiveAt === null ? notBefore : null,
    actor,
    token,
    via,
    ref,
    confidence,
  };
}

function kindOf({ kind, event, attribution }: Change): OriginKind {
  if (event === 'observed') return 'first-read';
  if (kind !== 'created') return 'changed';
  return event === null && attribution.notBefore === null ? 'first-seen' : 'created';
}
