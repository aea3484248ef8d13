import type { StoredChange } from '../../repositories/history/change-codec.ts';
import { stateDigest } from '../../repositories/history/hash-chain.ts';
import type { AuditedSnapshot } from '../../repositories/maintenance/audit-repository.ts';
import type { AuditedResource } from '../../repositories/maintenance/audited-resources.ts';
import type { Document } from '../../types/document.ts';
import type { Problem } from '../../types/history-query.ts';
import { compareResource, type Replayed } from './compare-resource.ts';
import { advanceDocument, describeDifference, describeMismatches, sortedDocument } from './replayed-document.ts';

/** Why a revision keeps a snapshot of a resource, by what happened to the resource in it. */
const REASONS = { created: 'created', changed: 'keyframe', removed: 'removed', thinned: 'prune' } as const;
type Fate = keyof typeof REASONS;

/** Plays the recorded changes again and compares what comes out with everything that was stored beside them. */
export class Replay {
  readonly #states = new Map<string, Replayed>();
  readonly #report: (problem: Problem) => void;
  /** What happened in the revision at hand, by resource. */
  readonly #fates = new Map<string, Fate[]>();
  /** Resources that the revision created or removed, of which it also keeps a snapshot. */
  readonly #awaited = new Map<string, string>();

  constructor(report: (problem: Problem) => void) {
    this.#report = report;
  }

  change(change: StoredChange, providerId: string | null): void {
    const where = `change ${change.rev}/${change.seq}`;
    const state = this.#states.get(change.resourceId);
    if (change.kind !== 'changed') this.#awaited.set(change.resourceId, nameOf(change));
    this.#addFate(change);
    if (change.kind === 'created') this.#create(change, providerId, where);
    else if (!state || state.document === null) {
      this.#report({ where, message: `${nameOf(change)} was not there when it says that it ${change.kind}` });
    } else if (change.kind === 'removed') this.#remove(change, state, where);
    else if (change.isPruned) state.document = 'thinned';
    else if (state.document === 'thinned') {
      this.#report({ where, message: `${nameOf(change)} has thinned changes and no snapshot after them` });
      state.document = advanceDocument({}, change.patch);
    } else state.document = this.#advance(state.document, change, where);
  }

  /** The documents of all resources that are there, and known. */
  documents(): Map<string, Document> {
    const documents = new Map<string, Document>();
    for (const [id, { document }] of this.#states) {
      if (document !== null && document !== 'thinned') documents.set(id, { ...document });
    }
    return documents;
  }

  /** The digest of the document as it is now; empty when it is not there, or not known. */
  stateDigestOf(resourceId: string): string {
    const document = this.#states.get(resourceId)?.document ?? null;
    return document === null || document === 'thinned' ? '' : stateDigest(document);
  }

  #addFate({ resourceId, kind, isPruned }: StoredChange): void {
    const fate = isPruned && kind === 'changed' ? 'thinned' : kind;
    const fates = this.#fates.get(resourceId);
    if (fates) fates.push(fate);
    else this.#fates.set(resourceId, [fate]);
  }

  #create(change: StoredChange, providerId: string | null, where: string): void {
    const { resourceId, resourceType } = change;
    if ((this.#states.get(resourceId)?.document ?? null) !== null) {
      this.#report({ where, message: `${nameOf(change)} was there already when it was created` });
    }
    const document = this.#advance({}, change, where);
    this.#states.set(resourceId, { resourceType, providerId, document, last: {} });
  }

  #remove(change: StoredChange, state: Replayed, where: string): void {
    const removed = Object.fromEntries(
      change.patch.flatMap(([path, before]) => (before === null ? [] : [[path, before]])),
    );
    if (state.document !== 'thinned' && state.document !== null) {
      const wrong = describeDifference(state.document, removed);
      if (wrong !== null) this.#report({ where, message: `removes ${nameOf(change)} with other fields: ${wrong}` });
    }
    state.last = removed;
    state.document = null;
  }

  #advance(document: Document, change: StoredChange, where: string): Document {
    for (const mismatch of describeMismatches(document, change.patch)) {
      this.#report({ where, message: `${nameOf(change)}: ${mismatch}` });
    }
    return advanceDocument(document, change.patch);
  }

  /** To be called after the changes of its revision. */
  snapshot({ rev, resourceId, resourceType, reason, document }: AuditedSnapshot): void {
    const where = `snapshot of ${resourceType} ${resourceId} at revision ${rev}`;
    this.#awaited.delete(resourceId);
    const message =
      this.#reasonProblem(resourceId, reason) ??
      this.#snapshotProblem(resourceType, document, this.#states.get(resourceId));
    if (message !== null) this.#report({ where, message });
  }

  /** To be called after the snapshots of a revision. */
  endRevision(rev: number): void {
    for (const name of this.#awaited.values()) {
      this.#report({ where: `snapshot of ${name} at revision ${rev}`, message: 'is missing' });
    }
    this.#awaited.clear();
    this.#fates.clear();
  }

  #reasonProblem(resourceId: string, reason: string): string | null {
    const fates = this.#fates.get(resourceId);
    if (fates === undefined) return 'no change tells of such a resource in that revision';
    if (fates.some((fate) => REASONS[fate] === reason)) return null;
    if (fates.includes('thinned')) return 'should have been dropped with the changes before it';
    return `its reason \`${reason}\` is not what happened to the resource`;
  }

  #snapshotProblem(
    resourceType: string,
    { value, damage }: AuditedSnapshot['document'],
    state: Replayed | undefined,
  ): string | null {
    if (value === null) return damage;
    if (state?.resourceType !== resourceType) return 'no change tells of such a resource';
    if (state.document === 'thinned') {
      state.document = sortedDocument(value);
      return null;
    }
    const wrong = describeDifference(state.document ?? state.last, value);
    return wrong === null ? null : `is not what the changes make: ${wrong}`;
  }

  /** To be called after the last revision. */
  resource(resource: AuditedResource): Problem[] {
    return compareResource(this.#states.get(resource.id), resource);
  }

  /** Resources that should have a row: all of providers that are still there. A provider that is removed takes its rows along. */
  missing(seen: ReadonlySet<string>, providerIds: ReadonlySet<string>): Problem[] {
    const problems: Problem[] = [];
    for (const [id, { resourceType, providerId }] of this.#states) {
      if (seen.has(id) || (providerId !== null && !providerIds.has(providerId))) continue;
      problems.push({ where: `${resourceType} ${id}`, message: 'the changes tell of it, and its row is missing' });
    }
    return problems;
  }
}

function nameOf({ resourceType, resourceId }: StoredChange): string {
  return `${resourceType} ${resourceId}`;
}
