import type { Action, ActionRight, ActionSubject, GuestPlan, PlannedCall, SentCall } from '../types/action.ts';
import type { NewGuestWish } from '../types/new-guest.ts';

export interface PlanOptions {
  /** What the owner of the provider allows. */
  allow: readonly ActionRight[];
  signal: AbortSignal;
}

/** How a task ended; `unknown`: the server does not know it any more, or not how it ended. */
export interface TaskEnd {
  outcome: 'ok' | 'warning' | 'failed' | 'unknown';
  /** What the server says of it: `OK`, `WARNINGS: 1`, an error. */
  message: string;
  endedAt: Date | null;
}

/**
 * What became of a call of which only that is known that it may have been sent. `task`: the server began it. `done`: the guest is
 * as the call leaves it. `not-done`: the server can prove that it did not get it. `unknown`: nobody can tell, now or for ever.
 */
export type LookedUp =
  | { kind: 'task'; ref: string }
  | { kind: 'done' }
  | { kind: 'not-done'; why: string }
  | { kind: 'unknown'; why: string };

/** What writes to an infrastructure, with the credential for actions. Reads go with the one for reading. */
export interface Acting {
  /** Who acts there: `user@realm!name`. */
  readonly account: string;
  /**
   * Reads how the guest is now, and plans. What refuses it is a check that is not ok. Throws AppError where nothing can be read.
   * Of the same world the plan is the same, whenever it is made.
   */
  plan(action: Action, subject: ActionSubject, options: PlanOptions): Promise<GuestPlan>;
  /** The lowest vmids that no guest has, so many. A command chooses them once: of plans of the same action the vmid is the same. */
  freeVmids(count: number, options: { signal: AbortSignal }): Promise<number[]>;
  /**
   * What makes the guest that is wished for, with what is usual where the wish leaves it open. Throws AppError('usage') where a node
   * or a storage has to be named.
   */
  toMake(wish: NewGuestWish, options: { signal: AbortSignal }): Promise<Action>;
  /**
   * Sends a call, once. Gives the id of its task; null where the answer is the end of it. Throws AppError: `uncertain` where the
   * server may have got it, anything else where it did not take it.
   */
  send(call: PlannedCall, options: { signal: AbortSignal }): Promise<string | null>;
  /** Looks for what became of it, by the tasks since but `known` ones, and by the guest itself. Throws AppError where nothing can be read. */
  lookUp(
    call: PlannedCall,
    sent: SentCall,
    options: { known: ReadonlySet<string>; signal: AbortSignal },
  ): Promise<LookedUp>;
  /** Follows a task to its end; lines of its log as they come, each once. Throws AppError once it cannot be asked for longer. */
  follow(ref: string, options: { signal: AbortSignal; onLine: (line: string) => void }): Promise<TaskEnd>;
  /**
   * Waits until the guest is as a call has asked for; whether it is, within the time that a system may take. Throws AppError once it
   * cannot be asked for longer.
   */
  settled(call: PlannedCall, options: { signal: AbortSignal }): Promise<boolean>;
  requestCount(): number;
  close(): void;
}
