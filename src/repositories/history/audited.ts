import { createHash } from 'node:crypto';
import { AppError } from '../../types/errors.ts';
import type { StoredChange } from './change-codec.ts';
import { canonicalJson } from './hash-chain.ts';

/** A row as it should be, or what is wrong with it. */
export type Audited<T> = { value: T; damage: null } | { value: null; damage: string };

/** AppErrors of decoding say what is wrong with a row. */
export function audited<T>(read: () => T): Audited<T> {
  try {
    return { value: read(), damage: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { value: null, damage: error.message };
  }
}

/** A digest of many rows that never are in memory at once. */
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

/** By revision, then by resource: the order in which a prune digests its snapshots, and a reader meets them. */
export function bySnapshotOrder(
  a: { rev: number; resourceId: string },
  b: { rev: number; resourceId: string },
): number {
  return a.rev - b.rev || (a.resourceId < b.resourceId ? -1 : 1);
}

/** What is left of a change of format 1 that a prune thinned: the digests of prunes cover it. `digest`: of the whole change. */
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

/** The columns that follow from the document; cpus and memory only of nodes. Of what differs in form only the text counts: 5n and 5. */
const DERIVED = [
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
