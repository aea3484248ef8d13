import type { StorageObservation } from '../../types/observation.ts';
import { holds } from '../../types/permissions.ts';
import type { StorageWrite, SyncPlan } from '../../types/plan.ts';
import type { Storage } from '../../types/storage.ts';
import { findScope } from './presence.ts';
import { applySight, createResource, type ResourceStep, removeResource } from './resource-step.ts';
import type { RunContext } from './run-context.ts';

export interface StoragesPlan {
  steps: readonly ResourceStep<StorageWrite>[];
  onNodes: SyncPlan['storageOnNodes'];
}

/** Decides what a run means for the storages of a cluster. */
export function planStorages(context: RunContext): StoragesPlan {
  const { known, seen } = context;
  if (!seen.requested.includes('storage')) return { steps: [], onNodes: [] };
  const knownByName = new Map(known.storages.map((storage) => [storage.name, storage]));
  const steps = seen.storages.map((storage) => meetStorage(knownByName.get(storage.name), storage, context));
  const onNodes = seen.storages.flatMap((storage, index) => {
    const storageId = steps[index]?.after.id;
    return storageId === undefined ? [] : storage.onNodes.map((row) => ({ storageId, ...row }));
  });
  const listed = new Set(seen.storages.map(({ name }) => name));
  for (const storage of known.storages) {
    if (!listed.has(storage.name)) steps.push(missStorage(storage, context));
  }
  return { steps, onNodes };
}

function meetStorage(
  storage: Storage | undefined,
  found: StorageObservation,
  context: RunContext,
): ResourceStep<StorageWrite> {
  const sight = { document: found.document, unobservable: null };
  if (storage === undefined) {
    return createResource('storage', { id: context.options.newId(), name: found.name }, sight, context);
  }
  return applySight('storage', toStorageWrite(storage), sight, {
    isFirstSight: () => false,
    at: context.seen.startedAt,
    notAfter: context.seen.observedAt,
  });
}

function missStorage(storage: Storage, context: RunContext): ResourceStep<StorageWrite> {
  const before = toStorageWrite(storage);
  const why = whyAbsenceDoesNotCount(storage, context);
  if (why === null) return removeResource('storage', before, 'not defined in the cluster any more', context);
  return applySight(
    'storage',
    before,
    { document: storage.document, unobservable: why },
    {
      isFirstSight: () => false,
      at: context.seen.startedAt,
      notAfter: context.seen.observedAt,
    },
  );
}

function whyAbsenceDoesNotCount({ name }: Storage, { known, seen, options }: RunContext): string | null {
  const path = `/storage/${name}`;
  const couldSee = known.permissions !== null && holds(known.permissions, path, 'Datastore.Audit');
  const canSee = seen.permissions !== null && holds(seen.permissions, path, 'Datastore.Audit');
  const listing = findScope(seen.scopes, 'storage');
  if (seen.quorate === false) return 'the cluster has no quorum';
  if (!couldSee || !canSee) return `hidden: Datastore.Audit on ${path} is missing`;
  if (listing?.coverage !== 'complete') return listing?.message ?? 'the list of storages could not be read';
  if (seen.storages.length === 0 && !options.acceptRemovals) return 'held: the list of storages is empty';
  return null;
}

function toStorageWrite(storage: Storage): StorageWrite {
  const { id, name, document, presence, presenceReason, unobservableSince, firstSeenAt, lastSeenAt, goneAt } = storage;
  return { id, name, document, presence, presenceReason, unobservableSince, firstSeenAt, lastSeenAt, goneAt };
}
