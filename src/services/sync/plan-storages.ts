import type { ProviderRules } from '../../providers/rules.ts';
import { doubt, isDoubted } from '../../types/doubt.ts';
import type { AbsenceProbe, Issue, Observation, StorageObservation } from '../../types/observation.ts';
import type { KnownState, StorageWrite, SyncPlan } from '../../types/plan.ts';
import type { Storage, StorageOnNode } from '../../types/storage.ts';
import { applySight, createResource, type ResourceStep, removeResource } from './resource-step.ts';
import type { PlanOptions, RunContext } from './run-context.ts';
import { storageSight, unavailableOn, wasUnavailableBefore } from './storage-document.ts';

const UNCONFIRMED = doubt('held', 'missing from the list of storages, and whether it is defined could not be read');
/** The guard holds back guests for the same time. */
const CONFIRMED_AFTER_MS = 3_600_000;

export interface StoragesPlan {
  steps: readonly ResourceStep<StorageWrite>[];
  onNodes: SyncPlan['storageOnNodes'];
}

/** Plans the storages of a cluster. */
export function planStorages(context: RunContext): StoragesPlan {
  const { known, seen } = context;
  if (!seen.requested.includes('storage')) return { steps: [], onNodes: [] };
  const knownByName = new Map(known.storages.map((storage) => [storage.name, storage]));
  const met = seen.storages.map((storage) => meetStorage(knownByName.get(storage.name), storage, context));
  const steps = met.map(({ step }) => step);
  const onNodes = met.flatMap(({ step, onNodes: rows }) => rows.map((row) => ({ storageId: step.after.id, ...row })));
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
): { step: ResourceStep<StorageWrite>; onNodes: readonly StorageOnNode[] } {
  const { document, onNodes } = storageSight(storage, found, { isFirstRun: context.known.lastCompleteAt === null });
  // The listing never contained this storage, and earlier versions read only the listing.
  const sight = { document, unobservable: null, mayBeOld: found.isPartial === true };
  if (storage === undefined) {
    const step = createResource('storage', { id: context.options.newId(), name: found.name }, sight, context);
    return { step, onNodes };
  }
  const step = applySight('storage', toStorageWrite(storage), sight, {
    isFirstSight: ([path]) => path === 'unavailableOn' && wasUnavailableBefore(storage, unavailableOn(document)),
    at: context.seen.startedAt,
    notAfter: context.seen.observedAt,
  });
  return { step, onNodes };
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

/** One line for storages whose removal awaits confirmation; null if there are none. */
export function describeHeldStorages(
  { steps }: StoragesPlan,
  { storageDefinitions }: Pick<ProviderRules, 'storageDefinitions'>,
): Issue | null {
  const names = steps.filter(({ after }) => isDoubted(after, 'held')).map(({ after }) => after.name);
  if (names.length === 0) return null;
  const [is, their] = names.length === 1 ? ['is', 'its'] : ['are', 'their'];
  return {
    code: 'held',
    scope: 'storage',
    message: `${names.join(', ')} ${is} missing from the list of storages, and ${their} removal is held back`,
    hint: `look at ${storageDefinitions}; --accept-removals records it at once, or it is when it stays true for an hour`,
  };
}

/** Known storages whose absence counts if their definitions are gone. The run asks about these. */
export function absentStorages(
  known: KnownState,
  seen: Observation,
  rules: Pick<ProviderRules, 'doubtStorage'>,
): string[] {
  if (!seen.requested.includes('storage') || seen.definedStorages !== undefined) return [];
  const listed = new Set(seen.storages.map(({ name }) => name));
  const absent = known.storages.filter(({ name }) => !listed.has(name));
  const counts = (storage: Storage): boolean =>
    rules.doubtStorage(storage, known, seen, { acceptRemovals: false }) === null;
  return absent.filter(counts).map(({ name }) => name);
}

function whyAbsenceDoesNotCount(
  storage: Storage,
  { known, seen, options }: Pick<RunContext, 'known' | 'seen' | 'options'>,
): string | null {
  const why = options.rules.doubtStorage(storage, known, seen, options);
  if (why !== null) return why;
  const isIdle = seen.definedStorages === undefined && wasIdle(storage);
  if (isIdle && options.storageProbes?.get(storage.name) !== 'gone') return 'its definition could not be read';
  if (options.acceptRemovals) return null;
  if (seen.storages.length === 0) return doubt('held', 'the list of storages is empty');
  return whyNotConfirmed(storage, seen, options);
}

/** A storage's absence is confirmed if its definition is gone too, or if it stays absent for long enough. */
function whyNotConfirmed(
  { name, presenceReason, unobservableSince }: Storage,
  seen: Observation,
  { storageProbes }: PlanOptions,
): string | null {
  const probe = seen.definedStorages === undefined ? storageProbes?.get(name) : definedProbe(name, seen);
  if (probe === 'gone') return null;
  if (probe === 'exists') return 'missing from the list of storages, though it is defined';
  const since = presenceReason === UNCONFIRMED ? unobservableSince : null;
  const hasStayedTrue = since !== null && seen.observedAt.getTime() - since.getTime() >= CONFIRMED_AFTER_MS;
  return hasStayedTrue ? null : UNCONFIRMED;
}

/** A storage that is disabled or assigned to no node appears in no listing. */
function wasIdle({ document: { disabled, nodes } }: Storage): boolean {
  return disabled === true || (typeof nodes === 'object' && nodes.length === 0);
}

function definedProbe(name: string, { definedStorages = [] }: Observation): AbsenceProbe {
  return definedStorages.includes(name) ? 'exists' : 'gone';
}

function toStorageWrite(storage: Storage): StorageWrite {
  const { id, name, document, presence, presenceReason, unobservableSince, firstSeenAt, lastSeenAt, goneAt } = storage;
  return { id, name, document, presence, presenceReason, unobservableSince, firstSeenAt, lastSeenAt, goneAt };
}
