import { setTimeout as sleep } from 'node:timers/promises';
import type { WantedGuest } from '../../providers/provider.ts';
import type { Lease } from '../../repositories/providers/provider-lease.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestKind } from '../../types/guest.ts';
import { guestKey } from '../../types/guest-key.ts';
import type { KnownState } from '../../types/plan.ts';
import type { SyncResult } from '../../types/sync-result.ts';
import { toFailedResult } from './failed-result.ts';
import { toResultError } from './failed-run.ts';
import { withLease } from './lease.ts';
import { recordPartial } from './partial-run.ts';
import { stopIfAborted, whyEnded } from './stop.ts';
import type { SyncServiceDeps } from './sync-service.ts';

/** A guest to read now. */
export interface GuestToSync {
  kind: GuestKind;
  nativeId: string;
  /** It was just made: while it is not listed, it is looked for again. */
  isNew?: boolean;
  /** Nodes on which something was done to it, besides the one that it is on; of a clone the node of its source. */
  nodes?: readonly string[];
}

export interface SyncGuestsOptions {
  signal?: AbortSignal;
  /** How long to wait for a run that has the lease: milliseconds (120,000). */
  waitMs?: number;
}

export interface GuestsResult {
  /** Of every run that recorded something; one that failed is the last. */
  results: readonly SyncResult[];
  /** Why the inventory may not have all of them as they are; null: it has. */
  open: string | null;
}

interface Attempt {
  result: SyncResult | null;
  open: string | null;
  /** Whether another attempt may tell more. */
  isTransient: boolean;
}

/** Before each attempt: lists may lag by 10 s, a guest may be moving. */
const DELAYS_MS = [0, 1_000, 3_000, 8_000];
const WAIT_MS = 120_000;
const LOOK_MS = 500;

/**
 * Reads some guests and records what differs, while it holds the lease, for which it waits. Failures are in the result; only an
 * interruption throws.
 */
export async function syncGuests(
  deps: SyncServiceDeps,
  guests: readonly GuestToSync[],
  options: SyncGuestsOptions,
): Promise<GuestsResult> {
  const results: SyncResult[] = [];
  let open: string | null = null;
  try {
    for (const delayMs of guests.length === 0 ? [] : DELAYS_MS) {
      await pause(deps, delayMs, options.signal);
      const attempt = await waiting(deps, options, () => readOnce(deps, guests, options.signal));
      if (attempt.result !== null) results.push(attempt.result);
      open = attempt.open;
      if (!attempt.isTransient) break;
    }
    return { results, open };
  } catch (thrown) {
    const error = whyEnded(thrown, options.signal);
    if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
    const { clock, config } = deps;
    const failed = toFailedResult({ id: '', name: config.name }, toResultError(error), clock());
    return { results: [...results, failed], open: error.message };
  }
}

/** Runs again while another run has the lease, or has taken it over. Throws AppError('locked') once that took too long. */
async function waiting<T>(
  deps: SyncServiceDeps,
  { signal, waitMs = WAIT_MS }: SyncGuestsOptions,
  work: () => Promise<T>,
): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'locked' || waitedMs >= waitMs) throw error;
      await pause(deps, LOOK_MS, signal);
    }
  }
}

async function pause({ sleep: wait = sleepFor }: SyncServiceDeps, ms: number, signal?: AbortSignal): Promise<void> {
  stopIfAborted(signal);
  if (ms > 0) await wait(ms, signal);
  stopIfAborted(signal);
}

/** Ends early, without an error, when the signal says so. */
async function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch(() => undefined);
}

async function readOnce(
  deps: SyncServiceDeps,
  guests: readonly GuestToSync[],
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const { repository, config, clock, holder, isDead } = deps;
  const { id: providerId } = await repository.ensureProvider(config, clock());
  // Polled with the lease held, so that no other run records these guests as they were later.
  return withLease({ repository, providerId, holder, isDead, clock, signal }, async (ownSignal, lease) =>
    readHeld(deps, guests, lease, { known: await repository.loadKnown(providerId), signal: ownSignal }),
  );
}

async function readHeld(
  deps: SyncServiceDeps,
  guests: readonly GuestToSync[],
  lease: Lease,
  { known, signal }: { known: KnownState; signal: AbortSignal },
): Promise<Attempt> {
  const { provider } = deps;
  if (provider.pollGuests === undefined) return notRead('guests of its kind of provider are only read all at once');
  if (known.lastCompleteAt === null) return notRead('its provider has not been read as a whole yet');
  const keys = new Set(known.guests.map(guestKey));
  const polled = await provider.pollGuests(toWanted(guests, known), { known: keys, signal });
  const { result, seen, fullRun, undecided } = await recordPartial(
    { deps, polled, trigger: 'action' },
    known,
    lease,
    signal,
  );
  const unread = whyUnread(guests, {
    asked: seen.partialRead?.guests ?? new Set(),
    seen: new Set(seen.guests.map(guestKey)),
  });
  // A failure that a scope tells of was tried again by then.
  const isTransient = fullRun === undecided && (unread !== null || undecided !== null);
  return { result, open: fullRun ?? unread, isTransient };
}

function notRead(open: string): Attempt {
  return { result: null, open, isTransient: false };
}

function toWanted(guests: readonly GuestToSync[], known: KnownState): WantedGuest[] {
  const places = new Map(known.guests.map((guest) => [guestKey(guest), guest.node]));
  return guests.map(({ kind, nativeId, nodes = [] }) => ({
    kind,
    nativeId,
    nodes: [...nodes, places.get(guestKey({ kind, nativeId })) ?? []].flat(),
  }));
}

function whyUnread(
  guests: readonly GuestToSync[],
  { asked, seen }: { asked: ReadonlySet<string>; seen: ReadonlySet<string> },
): string | null {
  const unread = guests.find((guest) => !(guest.isNew === true ? seen : asked).has(guestKey(guest)));
  if (unread === undefined) return null;
  return `${guestKey(unread)} could not be read${unread.isNew === true ? ': it is not listed yet' : ''}`;
}
