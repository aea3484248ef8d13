import type { ActedRepository } from '../../repositories/actions/acted-repository.ts';
import { CLOCK_MS } from '../../repositories/actions/step-rows.ts';
import type { ActedStep, ActionAuthorship } from '../../types/acted.ts';
import type { PlannedCall, SentCall } from '../../types/action.ts';
import { splitAuthId } from '../../types/auth-id.ts';
import type { Change } from '../../types/history.ts';
import type { ChangeQuery } from '../../types/history-query.ts';
import { hasSet, setsPath } from '../../types/set-value.ts';

/** The changes that one action may have made, and its steps. */
export interface ActedQuery {
  query: ChangeQuery;
  steps: readonly ActedStep[];
}

/** Which action made which changes. */
export class ActedChanges {
  readonly #repository: ActedRepository;

  constructor(repository: ActedRepository) {
    this.#repository = repository;
  }

  /** Asks for what an action may have changed, of what else is asked for; {@link madeBy} takes out what is not its own. */
  async ofOperation(id: string, { limit: _, guests: chosen, ...query }: ChangeQuery): Promise<ActedQuery> {
    const steps = await this.#repository.ofOperation(id);
    const own = await this.#repository.guestIds(steps);
    const guests = new Set(chosen === undefined ? own : own.filter((guest) => chosen.has(guest)));
    const since = query.since ?? firstStart(steps);
    return { query: { ...query, guests, ...(since !== null && { since }) }, steps };
  }

  /** The steps that may have made these changes. */
  async stepsOf(changes: readonly Change[]): Promise<ActedStep[]> {
    const made = changes.filter(mayBeActed);
    if (made.length === 0) return [];
    const from = made.map(({ attribution: { notBefore }, observedAt }) => (notBefore ?? observedAt).getTime());
    const to = made.map(({ observedAt }) => observedAt.getTime());
    const [first, last] = [from.reduce((a, b) => Math.min(a, b)), to.reduce((a, b) => Math.max(a, b))];
    return this.#repository.between(new Date(first), new Date(last));
  }
}

/** By the clock of the process that performed them, as the times of revisions. */
function firstStart(steps: readonly ActedStep[]): Date | null {
  const times = steps.flatMap(({ startedAt }) => startedAt?.getTime() ?? []);
  return times.length === 0 ? null : new Date(times.reduce((a, b) => Math.min(a, b)) - CLOCK_MS);
}

/** The action that made each of the changes, as far as one did; by the place of the change. */
export function actionsOf(
  changes: readonly Change[],
  steps: readonly ActedStep[],
): ReadonlyMap<string, ActionAuthorship> {
  const byRef = new Map(steps.flatMap((step) => refsOf(step).map((ref) => [ref, step.author] as const)));
  return new Map(
    changes.filter(mayBeActed).flatMap((change) => {
      const { ref, source } = change.attribution;
      const author =
        (ref === null ? undefined : byRef.get(ref)) ??
        (source === 'log' ? steps.find((step) => hasWritten(step, change))?.author : undefined);
      return author === undefined ? [] : [[placeOf(change), author] as const];
    }),
  );
}

/** The newest of the changes that these steps made; a limit of 0: all. */
export function madeBy(steps: readonly ActedStep[], changes: readonly Change[], limit = 0): Change[] {
  const actions = actionsOf(changes, steps);
  const own = changes.filter((change) => actions.has(placeOf(change)));
  return limit > 0 ? own.slice(-limit) : own;
}

export function placeOf({ rev, seq }: Pick<Change, 'rev' | 'seq'>): string {
  return `${rev}/${seq}`;
}

function mayBeActed({ resourceType, attribution: { ref, source } }: Change): boolean {
  return resourceType === 'guest' && ref !== null && source !== 'event' && source !== 'none';
}

function refsOf({ operationId, seq, calls }: ActedStep): string[] {
  return [`${operationId}/${seq}`, ...calls.flatMap(({ ref }) => ref ?? [])];
}

/** Whether a line of the log is of a call: by its account, on its guest, within its time. What the call did not name may have followed from it. */
function hasWritten({ subject, plan, calls }: ActedStep, change: Change): boolean {
  if (change.providerId !== subject.providerId || change.vmid !== subject.vmid) return false;
  return calls.some((sent) => {
    const planned = plan.calls[sent.index];
    return planned !== undefined && isBy(sent, change) && isWithin(sent, change) && hasSetThem(planned, change);
  });
}

function isBy({ account }: SentCall, { attribution: { actor, token } }: Change): boolean {
  if (account === undefined) return false;
  const own = splitAuthId(account);
  return own.user === actor && own.token === token;
}

function isWithin({ sentAt, endedAt }: SentCall, { attribution: { notBefore }, observedAt }: Change): boolean {
  const [from, to] = [Date.parse(sentAt), endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(endedAt)];
  return from <= observedAt.getTime() && to >= (notBefore?.getTime() ?? 0);
}

function hasSetThem({ sets }: PlannedCall, { patch }: Change): boolean {
  return (
    patch.some((entry) => hasSet(sets, entry)) && patch.every((entry) => hasSet(sets, entry) || !setsPath(sets, entry))
  );
}
