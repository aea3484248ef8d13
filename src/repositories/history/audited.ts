import { createHash } from 'node:crypto';
import { AppError } from '../../types/errors.ts';
import type { StoredChange } from './change-codec.ts';
import { canonicalJson } from './hash-chain.ts';

/** A valid row, or the description of its damage. */
export type Audited<T> = { value: T; damage: null } | { value: null; damage: string };

/** Turns an AppError of decoding into the description of the damage. */
export function audited<T>(read: () => T): Audited<T> {
  try {
    return { value: read(), damage: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { value: null, damage: error.message };
  }
}

/** A digest of many rows that are never in memory together. */
export class RowsDigest {
  readonly #hash = createHash('sha256');

  add(row: readonly unknown[]): void {
    this.#hash.update(canonicalJson(row)).update('\n');
  }

  /** 64 hex digits of the rows so far. */
  hex(): string {
    return this.#hash.copy().digest('hex');
  }
}

/** By revision, then by resource: the order in which a prune digests its snapshots and a reader returns them. */
export function bySnapshotOrder(
  a: { rev: number; resourceId: string },
  b: { rev: number; resourceId: string },
): number {
  return a.rev - b.rev || (a.resourceId < b.resourceId ? -1 : 1);
}

/**
 * The remaining fields of a thinned change of format 1, which the digests of prunes cover. `digest` is that of the whole
 * change.
 */
export function thinnedRow({ rev, seq, attribution, ...change }: StoredChange, digest: string): readonly unknown[] {
  const { resourceType, resourceId, kind, event } = change;
  const { actor, token, source, via, ref, confidence, effectiveAt, notBefore } = attribution;
  const times = [effectiveAt?.toISOString() ?? null, notBefore?.toISOString() ?? null];
  return [
    rev,
    seq,
    resourceType,
    resourceId,
    kind,
    event,
    digest,
    actor,
    token,
    source,
    via,
    ref,
    confidence,
    ...times,
  ];
}

/** The columns derived from the document; cpus and memory only for nodes. Values are compared as text, so 5n equals 5. */
const DERIVED = [
  'vmid',
  'node',
  'name',
  'status',
  'isTemplate',
  'tags',
  'pool',
  'osType',
  'uuid',
  'version',
  'type',
  'content',
  'isShared',
  'cpus',
  'memoryBytes',
];

export function differing(row: object, expected: object): string[] {
  const found = new Map<string, unknown>(Object.entries(row));
  return Object.entries(expected)
    .filter(([column, value]) => DERIVED.includes(column) && canonicalJson(found.get(column)) !== canonicalJson(value))
    .map(([column]) => column);
}
