import { type Change, REVISION_FORMATS, REVISION_KINDS, type Revision } from '../../types/history.ts';
import type { Row } from '../db/row.ts';
import { isAnything, isNumber, isShape, isText } from '../db/stored-shape.ts';
import { decodeChange, hexOf } from './change-codec.ts';

/** Includes the data of its kind besides the changes. */
export interface StoredRevision extends Revision {
  detail: unknown;
}

/**
 * The digests in a prune revision. `base`: of the snapshots from which replay now starts; `thinned`: of the remaining
 * fields of all thinned changes of format 1, which their own revisions do not cover.
 */
export interface PruneDetail {
  before: string;
  upToRev: number;
  changes: number;
  snapshots: number;
  base: string;
  thinned: string;
}

export const isPruneDetail = isShape<PruneDetail>({
  before: isText,
  upToRev: isNumber,
  changes: isNumber,
  snapshots: isNumber,
  base: isText,
  thinned: isText,
});

export const REVISION_COLUMNS =
  '"rev", "format", "kind", "providerId", "runId", "at", "previousHash", "changesDigest", "hash", "detail"';

export function toStoredRevision(row: Row): StoredRevision {
  return {
    rev: row.number('rev'),
    format: REVISION_FORMATS.find((format) => format === row.number('format')) ?? row.damaged('format', 'is none'),
    kind: row.word('kind', REVISION_KINDS),
    providerId: row.textOrNull('providerId'),
    runId: row.textOrNull('runId'),
    at: new Date(row.number('at')),
    previousHash: hexOf(row.text('previousHash')),
    changesDigest: hexOf(row.text('changesDigest')),
    hash: hexOf(row.text('hash')),
    detail: row.jsonOrNull('detail', isAnything),
  };
}

export function toChange(row: Row): Change {
  const { digest: _, ...change } = decodeChange(row);
  const providerId = row.textOrNull('providerId') ?? '';
  return {
    ...change,
    runId: row.textOrNull('runId') ?? '',
    observedAt: new Date(row.numberOrNull('at') ?? 0),
    explainedAt: timeOf(row.numberOrNull('explainedAt')),
    providerId,
    providerName: row.textOrNull('providerName') ?? providerId,
    resourceKind: row.textOrNull('guestKind') ?? change.resourceType,
    vmid: row.numberOrNull('vmid'),
    name: row.textOrNull('name'),
  };
}

function timeOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
