import { setTimeout as sleep } from 'node:timers/promises';
import type { Outbox, PendingMessage } from '../../repositories/notify/outbox.ts';
import type { SendOutcome } from '../../types/notify.ts';
import { retryAfterMs } from '../watch/backoff.ts';

const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 3_600_000;
/** After so many failures in a row the next attempt is that of a later run: a receiver that is down costs each run one attempt. */
const MOST_FAILURES = 3;
/** Attempts of a message that the receiver refuses, before the next one has its turn. */
const MOST_REFUSALS = 5;
/** A message is given up after so long; its failure stays in the log. */
const GIVE_UP_MS = 3 * 86_400_000;
const MOST_ERROR_CHARACTERS = 500;

export interface Delivering {
  notifierId: string;
  outbox: Pick<Outbox, 'next' | 'renew' | 'record' | 'defer'>;
  send(message: PendingMessage, timeoutMs: number): Promise<SendOutcome>;
  /** When the quiet hours of this moment end; null: there are none. */
  quietUntil(): Date | null;
  /** Failures in a row so far. */
  failures: number;
  /** Milliseconds of `performance.now()`. */
  deadlineMs: number;
  signal: AbortSignal;
  clock: () => Date;
  /** 0 to 1. */
  random: () => number;
}

export interface Delivered {
  delivered: number;
  failed: number;
  error: string | null;
  /** When it is tried again. */
  retryAt: Date | null;
}

/** Delivers what waits, in order, until it is done, the time is up, or a failure has to wait for longer than that. */
export async function deliverPending(delivering: Delivering): Promise<Delivered> {
  const { notifierId, outbox, deadlineMs, signal, clock } = delivering;
  const isAborted = (): boolean => signal.aborted;
  const done: Delivered = { delivered: 0, failed: 0, error: null, retryAt: null };
  let { failures } = delivering;
  while (!isAborted() && performance.now() < deadlineMs) {
    const message = await outbox.next(notifierId);
    if (message === null || !(await outbox.renew(notifierId))) break;
    const quietUntil = delivering.quietUntil();
    if (quietUntil !== null) {
      await outbox.defer(notifierId, quietUntil);
      return { ...done, retryAt: null };
    }
    const outcome = await delivering.send(message, Math.max(1, deadlineMs - performance.now()));
    // What was cut off by our own end is no failure of the receiver, and is repeated with the same id.
    if (isAborted() && !outcome.isDelivered) break;
    failures = outcome.isDelivered ? 0 : failures + 1;
    const verdict = judge(message, outcome, clock());
    const waitMs = outcome.isDelivered ? 0 : retryMs(failures, outcome, delivering.random());
    const retryAt = verdict === 'pending' ? new Date(clock().getTime() + waitMs) : null;
    const error = outcome.isDelivered ? null : outcome.error.slice(0, MOST_ERROR_CHARACTERS);
    const isHeld = await outbox.record(notifierId, { messageId: message.id, state: verdict, error, failures, retryAt });
    Object.assign(done, { error, retryAt });
    if (verdict === 'delivered') done.delivered += 1;
    if (verdict === 'failed') done.failed += 1;
    if (!isHeld) break;
    if (retryAt === null) continue;
    if (failures >= MOST_FAILURES || performance.now() + waitMs >= deadlineMs) break;
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
  // The rest has its turn at once.
  if (!isAborted() && performance.now() >= deadlineMs) done.retryAt ??= clock();
  return done;
}

function judge(message: PendingMessage, outcome: SendOutcome, now: Date): 'delivered' | 'failed' | 'pending' {
  if (outcome.isDelivered) return 'delivered';
  const attempts = message.attempts + 1;
  if (attempts < MOST_REFUSALS) return 'pending';
  return outcome.isRefused || now.getTime() - message.createdAt.getTime() > GIVE_UP_MS ? 'failed' : 'pending';
}

/** Doubled with each failure, up to an hour; as long as the receiver asks for, if it does. */
function retryMs(failures: number, { retryAfterMs: asked }: { retryAfterMs?: number }, random: number): number {
  if (asked !== undefined) return Math.min(asked, MOST_WAIT_MS);
  return retryAfterMs(failures, { firstMs: FIRST_WAIT_MS, mostMs: MOST_WAIT_MS, random });
}
