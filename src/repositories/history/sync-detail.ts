import { vmidOf } from '../../types/guest-key.ts';
import type { PlannedChange } from '../../types/history.ts';
import type { GuestWrite, NodeWrite } from '../../types/plan.ts';
import { isArrayOf, isNumber, isText } from '../db/stored-shape.ts';
import { base64Of } from './change-codec.ts';
import { type EvidenceRows, evidenceLines, partlyStored } from './evidence-rows.ts';
import { listJson, sha256 } from './hash-chain.ts';

/**
 * Data of a sync revision besides its changes: the digest of the rows that it covers, in base64, and, if there are any, the
 * indexes of changes whose task had not ended, and of those whose task or log line was not stored. null if there are no
 * such rows.
 */
export type SyncDetail = readonly [digest: string, open?: readonly number[], absent?: readonly number[]];

/** The columns of a guest's row that never change. */
export function guestBirth(guest: Pick<GuestWrite, 'id' | 'kind' | 'nativeId' | 'previousId' | 'firstSeenAt'>): string {
  const { id, kind, nativeId, previousId, firstSeenAt } = guest;
  const vmid = vmidOf(guest);
  // A vmid is there as a number, as before other platforms had ids of their own.
  const own = String(vmid) === nativeId ? vmid : nativeId;
  return listJson(['guest', id, kind, own, previousId, firstSeenAt.toISOString()]);
}

/** The columns of a node's or storage's row that never change. */
export function birthOf(
  type: 'node' | 'storage',
  { id, name, firstSeenAt }: Pick<NodeWrite, 'id' | 'name' | 'firstSeenAt'>,
): string {
  return listJson([type, id, name, firstSeenAt.toISOString()]);
}

/** The columns of a resource's row that never change once it is gone. */
export function endOf({ id, goneAt, presenceReason }: Pick<NodeWrite, 'id' | 'goneAt' | 'presenceReason'>): string {
  return listJson([id, goneAt?.toISOString() ?? null, presenceReason]);
}

/** Rows by the ids of the resources. */
export interface ResourceLines {
  births: ReadonlyMap<string, string>;
  ends: ReadonlyMap<string, string>;
}

export function toSyncDetail(
  changes: readonly PlannedChange[],
  { evidence, resources }: { evidence: EvidenceRows; resources: ResourceLines },
): SyncDetail | null {
  const partly = partlyStored(changes, evidence);
  const lines = evidenceLines(changes, evidence, partly);
  const fates = changes.flatMap(({ resourceId, kind }) =>
    kind === 'changed' ? [] : [(kind === 'created' ? resources.births : resources.ends).get(resourceId) ?? ''],
  );
  if (lines.length + fates.length === 0) return null;
  const digest = base64Of(rowsDigest(evidenceDigest(lines), fates));
  if (partly.absent.length > 0) return [digest, partly.open, partly.absent];
  return partly.open.length > 0 ? [digest, partly.open] : [digest];
}

/** Empty if there are no lines. */
export function evidenceDigest(lines: readonly string[]): string {
  return lines.length === 0 ? '' : sha256(lines.join('\n'));
}

/** `resources`: the lines of created and removed resources, in the order of the changes. */
export function rowsDigest(evidence: string, resources: readonly string[]): string {
  return sha256([evidence, ...resources].join('\n'));
}

export function isSyncDetail(value: unknown): value is SyncDetail {
  if (!Array.isArray(value)) return false;
  const [digest, open = [], absent = []] = value;
  return isText(digest) && isPlaces(open) && isPlaces(absent);
}

const isPlaces = isArrayOf(isNumber);
