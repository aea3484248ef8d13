import type { TakenOver } from '../../repositories/operations/operation-claims.ts';
import type { OpenOperation } from '../../repositories/operations/operation-rows.ts';
import { holderName } from '../../types/holder.ts';
import type { Operation, OperationError } from '../../types/operation.ts';

export interface WorkPlan {
  /** Operations that this worker performs and that somebody cancelled. */
  cancelled: readonly { id: string; by: string }[];
  /** Operations that this worker performs and has no claim to any more. */
  lost: readonly string[];
  /** Claims of processes that are gone, and what becomes of their operations. */
  gone: readonly { id: string; holder: string; isDead: boolean; to: TakenOver }[];
  /** Operations to claim, the first asked for first: one for each provider. */
  next: readonly string[];
}

export interface WorkerState {
  /** The claims of this worker, by operation. */
  mine: ReadonlyMap<string, string>;
  /** How many more operations it may begin. */
  free: number;
  isDead: (holder: string) => boolean;
  /** Whether it performs operations of this provider. */
  accepts: (operation: Pick<OpenOperation, 'providerName'>) => boolean;
}

/** What a worker does next, from everything that waits or runs. Pure. */
export function planWork(open: readonly OpenOperation[], { mine, free, isDead, accepts }: WorkerState): WorkPlan {
  const running = open.filter(({ state }) => state === 'running');
  const held = new Set(running.filter(({ id, holder }) => holder !== null && mine.get(id) === holder));
  const heldIds = new Set(Array.from(held, ({ id }) => id));
  return {
    cancelled: [...held].flatMap(({ id, cancelledBy }) => (cancelledBy === null ? [] : [{ id, by: cancelledBy }])),
    lost: [...mine.keys()].filter((id) => !heldIds.has(id)),
    gone: running.flatMap((operation) => {
      const { id, holder, isOver } = operation;
      if (holder === null || held.has(operation)) return [];
      const isKnownDead = isDead(holder);
      return isOver || isKnownDead ? [{ id, holder, isDead: isKnownDead, to: afterLoss(operation, holder) }] : [];
    }),
    next: nextOnes(open, { mine, accepts }).slice(0, Math.max(0, free)),
  };
}

function nextOnes(open: readonly OpenOperation[], { mine, accepts }: Pick<WorkerState, 'mine' | 'accepts'>): string[] {
  // One that this worker has lost may still be ending here, while it waits again.
  const isBusy = ({ id, state }: OpenOperation): boolean => state === 'running' || mine.has(id);
  const busy = new Set(open.filter(isBusy).map(placeOf));
  const next: string[] = [];
  for (const operation of open) {
    if (isBusy(operation) || busy.has(placeOf(operation)) || !accepts(operation)) continue;
    next.push(operation.id);
    busy.add(placeOf(operation));
  }
  return next;
}

/** What is worked on by one operation at a time: a provider; all panels, so that many accounts do not read them at once. */
function placeOf({ id, kind, providerId }: OpenOperation): string {
  return providerId ?? (kind === 'reconcile' ? kind : id);
}

/** What only reads is done again, once; what changes something may have been done, and is not repeated. */
export function afterLoss(
  { kind, cancelledBy, isRepeated }: Pick<Operation, 'kind'> & Pick<OpenOperation, 'cancelledBy' | 'isRepeated'>,
  holder: string,
): TakenOver {
  if (cancelledBy !== null) return { state: 'cancelled', error: null };
  const error = interrupted(`the process that performed it is gone: ${holderName(holder)}`);
  if (kind === 'trust') return unfinishedTrust(error);
  return isRepeated ? { state: 'failed', error: { ...error, hint: 'ask for it again' } } : { state: 'waiting', error };
}

/** Of a process that ends as it should: what only reads waits again as it did before, however often that happens. */
export function afterStop({ kind, error }: Pick<Operation, 'kind' | 'error'>, holder: string): TakenOver {
  if (kind !== 'trust') return { state: 'waiting', error };
  return unfinishedTrust(interrupted(`the process that performed it was stopped: ${holderName(holder)}`));
}

function interrupted(message: string): OperationError {
  return { code: 'interrupted', message, hint: null };
}

function unfinishedTrust(error: OperationError): TakenOver {
  return { state: 'failed', error: { ...error, hint: 'look what is trusted now, and ask again if need be' } };
}
