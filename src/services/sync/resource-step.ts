import type { Document, PatchEntry } from '../../types/document.ts';
import { diffDocuments } from '../../types/document-replay.ts';
import type { UnattributedChange } from '../../types/evidence.ts';
import type { NodeWrite, StorageWrite } from '../../types/plan.ts';
import { splitPatch } from './diff-document.ts';
import type { RunContext } from './run-context.ts';

type ResourceWrite = NodeWrite & StorageWrite;
type Kind = 'node' | 'storage';

/** The outcome of a run for one node or storage. */
export interface ResourceStep<W extends ResourceWrite> {
  fate: 'new' | 'removed' | 'seen';
  before: W | null;
  after: W;
  changes: readonly UnattributedChange[];
}

/** The document after the run, and the reason if the resource is unobservable. */
interface Sight {
  document: Document;
  unobservable: string | null;
  /** For a new resource: it may have existed before, where earlier runs did not look. */
  mayBeOld?: boolean;
}

interface SightOptions {
  isFirstSight: (entry: PatchEntry) => boolean;
  at: Date;
  notAfter: Date;
}

export function createResource(
  kind: Kind,
  { id, name }: { id: string; name: string },
  { document, unobservable, mayBeOld = false }: Sight,
  { known, seen }: Pick<RunContext, 'known' | 'seen'>,
): ResourceStep<ResourceWrite> {
  const at = seen.startedAt;
  const after: ResourceWrite = {
    id,
    name,
    document,
    presence: unobservable === null ? 'present' : 'unobservable',
    presenceReason: unobservable,
    unobservableSince: unobservable === null ? null : at,
    firstSeenAt: at,
    lastSeenAt: at,
    goneAt: null,
  };
  const window = { notBefore: mayBeOld ? null : known.lastCompleteAt, notAfter: seen.observedAt };
  const patch = diffDocuments({}, document);
  return {
    fate: 'new',
    before: null,
    after,
    changes: [{ ...subject(kind, id), ...nodeOf(kind, name), kind: 'created', event: null, patch, ...window }],
  };
}

export function removeResource(
  kind: Kind,
  before: ResourceWrite,
  reason: string,
  { seen }: Pick<RunContext, 'seen'>,
): ResourceStep<ResourceWrite> {
  const after: ResourceWrite = {
    ...before,
    presence: 'gone',
    presenceReason: reason,
    unobservableSince: null,
    goneAt: seen.observedAt,
  };
  const window = { notBefore: before.lastSeenAt, notAfter: seen.observedAt };
  const patch = diffDocuments(before.document, {});
  return {
    fate: 'removed',
    before,
    after,
    changes: [
      { ...subject(kind, before.id), ...nodeOf(kind, before.name), kind: 'removed', event: null, patch, ...window },
    ],
  };
}

/** A known resource after a run that saw it or found it unobservable. */
export function applySight(
  kind: Kind,
  before: ResourceWrite,
  { document, unobservable }: Sight,
  { isFirstSight, at, notAfter }: SightOptions,
): ResourceStep<ResourceWrite> {
  const after: ResourceWrite = {
    ...before,
    document,
    presence: unobservable === null ? 'present' : 'unobservable',
    presenceReason: unobservable,
    unobservableSince: unobservable === null ? null : (before.unobservableSince ?? notAfter),
    lastSeenAt: unobservable === null ? at : before.lastSeenAt,
  };
  const { changed, observed } = splitPatch(diffDocuments(before.document, document), isFirstSight);
  const base = { ...subject(kind, before.id), kind: 'changed', notAfter } as const;
  const changes: UnattributedChange[] = [];
  if (observed.length > 0) changes.push({ ...base, event: 'observed', patch: observed, notBefore: null });
  if (changed.length > 0) changes.push({ ...base, event: null, patch: changed, notBefore: before.lastSeenAt });
  return { fate: 'seen', before, after, changes };
}

function subject(resourceType: Kind, resourceId: string) {
  return { resourceType, resourceId, guest: null };
}

function nodeOf(kind: Kind, name: string): { node?: string } {
  return kind === 'node' ? { node: name } : {};
}

/** Whether anything but the time of the last observation differs. */
export function resourceDiffers({ before, after }: ResourceStep<ResourceWrite>): boolean {
  if (before === null || before.presence !== after.presence || before.presenceReason !== after.presenceReason)
    return true;
  return diffDocuments(before.document, after.document).length > 0;
}
