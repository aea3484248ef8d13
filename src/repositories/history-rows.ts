import type { Change as ChangeRecord, Revision as RevisionRecord } from '../generated/sqlite/client.ts';
import type { Change, PlannedChange, Revision } from '../types/history.ts';
import type { FoundRow } from './change-search.ts';
import { CHANGE, checkTimes, decode, decodePatch, REVISION_KIND } from './stored-json.ts';

/** A change without its resource and revision. */
export interface StoredChange extends PlannedChange {
  rev: number;
  seq: number;
  /** True once retention has dropped the patch, which is empty then; `digest` stands for it. */
  isPruned: boolean;
  digest: string | null;
}

/** With what a prune says that it dropped; null for a sync. */
export interface StoredRevision extends Revision {
  detail: unknown;
}

export function toStoredChange(row: ChangeRecord): StoredChange {
  const what = `change ${row.rev}/${row.seq}`;
  checkTimes([row.effectiveAt, row.notBefore], what);
  const { resourceType, kind, event, source, confidence } = decode(CHANGE, row, what);
  const { rev, seq, resourceId, actor, token, via, ref, effectiveAt, notBefore, digest } = row;
  return {
    rev,
    seq,
    resourceType,
    resourceId,
    kind,
    event,
    digest,
    patch: row.patch === null ? [] : decodePatch(row.patch, what),
    attribution: {
      actor,
      token,
      source,
      via,
      ref,
      confidence,
      effectiveAt,
      notBefore,
    },
    isPruned: row.patch === null,
  };
}

export function toStoredRevision(row: RevisionRecord): StoredRevision {
  const what = `revision ${row.rev}`;
  checkTimes([row.at], what);
  return { ...row, kind: decode(REVISION_KIND, row.kind, what) };
}

export function toChange(row: FoundRow): Change {
  const { digest: _, ...change } = toStoredChange(row);
  const { providerId, runId, at, vmid, name } = row;
  return {
    ...change,
    runId: runId ?? '',
    observedAt: at ?? new Date(0),
    providerId: providerId ?? '',
    providerName: row.providerName ?? providerId ?? '',
    resourceKind: row.guestKind ?? change.resourceType,
    vmid,
    name,
  };
}
