import type { FeedCursor, FeedPoll, Provider } from '../../providers/provider.ts';
import type { ProviderRules } from '../../providers/rules.ts';
import type { Lease } from '../../repositories/providers/provider-lease.ts';
import type { AuditRecord } from '../../types/audit-record.ts';
import { AppError } from '../../types/errors.ts';
import { guestKey } from '../../types/guest-key.ts';
import type { AbsenceProbe, Observation } from '../../types/observation.ts';
import type { KnownState, SyncPlan } from '../../types/plan.ts';
import type { PARTIAL_TRIGGERS } from '../../types/presence.ts';
import { sectionOf } from '../../types/section.ts';
import type { SyncResult } from '../../types/sync-result.ts';
import { addDetails } from './add-details.ts';
import { toFailedResult } from './failed-result.ts';
import { toResultError } from './failed-run.ts';
import { knownConfigurations } from './known-configurations.ts';
import { knownRecords } from './known-records.ts';
import { withLease } from './lease.ts';
import { absentCandidates } from './plan-guests.ts';
import { planOnce } from './plan-once.ts';
import { hasFailed } from './plan-scopes.ts';
import { stopIfAborted, whyEnded } from './stop.ts';
import type { SyncOptions, SyncServiceDeps } from './sync-service.ts';

/** The outcome of one poll and of the partial run that it may have caused. */
export interface PollResult {
  /** Where the next poll continues. */
  cursor: FeedCursor | null;
  /** null if nothing changed and nothing was written. */
  result: SyncResult | null;
  /** Why a full run is needed; null if none is. */
  fullRun: string | null;
}

interface PartialRun {
  deps: SyncServiceDeps;
  polled: FeedPoll;
  trigger: (typeof PARTIAL_TRIGGERS)[number];
}

interface PartialResult extends PollResult {
  seen: Observation;
  /** Which guest cannot be told from what was read, and why; null: none. */
  undecided: string | null;
}

/** Polls the feeds and records the guests that changed. Failures are in the result; only an interruption throws. */
export async function syncChanged(
  deps: SyncServiceDeps,
  cursor: FeedCursor | null,
  options: Pick<SyncOptions, 'signal'>,
): Promise<PollResult> {
  const { provider, config, clock } = deps;
  const { signal } = options;
  try {
    stopIfAborted(signal);
    if (provider.poll === undefined) return { cursor, result: null, fullRun: null };
    const polled = await provider.poll({ cursor, ...(signal !== undefined && { signal }) });
    if (polled.changed.length === 0) return { cursor: polled.cursor, result: null, fullRun: polled.fullRun };
    return await record(deps, polled, cursor, signal);
  } catch (thrown) {
    const error = whyEnded(thrown, signal);
    if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
    // The cursor stays, so that the next poll finds the same changes. This includes a lease held by another run, which may have
    // read these guests before they changed.
    const result = toFailedResult({ id: '', name: config.name }, toResultError(error), clock());
    return { cursor, result, fullRun: null };
  }
}

async function record(
  deps: SyncServiceDeps,
  polled: FeedPoll,
  cursor: FeedCursor | null,
  signal: AbortSignal | undefined,
): Promise<PollResult> {
  const { repository, config, clock, holder, isDead } = deps;
  const { id: providerId } = await repository.ensureProvider(config, clock());
  const run = { deps, polled, trigger: 'feed' } as const;
  return withLease({ repository, providerId, holder, isDead, clock, signal }, async (ownSignal, lease) => {
    const known = await repository.loadKnown(providerId);
    if (known.guests.length === 0) return { cursor: polled.cursor, result: null, fullRun: 'no guest is known yet' };
    // A run that finished after the poll has read these guests later, so the poll is stale.
    if (isStale(known, polled)) return { cursor, result: null, fullRun: null };
    const { seen: _seen, undecided: _undecided, ...recorded } = await recordPartial(run, known, lease, ownSignal);
    return recorded;
  });
}

function isStale({ lastCompleteAt }: KnownState, { cursor }: FeedPoll): boolean {
  return lastCompleteAt !== null && lastCompleteAt > cursor.takenAt;
}

/** Reads the guests of a poll and records what differs from what is known of them. */
export async function recordPartial(
  run: PartialRun,
  known: KnownState,
  lease: Lease,
  signal: AbortSignal,
): Promise<PartialResult> {
  const { provider, rules, repository, maskKey, newId, clock } = run.deps;
  const discoverChanged = provider.discoverChanged?.bind(provider);
  if (discoverChanged === undefined) throw new Error('a provider with a feed reads what changed');
  const { seen: read, cursor } = await discoverChanged(run.polled, {
    maskKey,
    knownTasks: await repository.knownTasks(known.providerId),
    knownIdentity: known.identity,
    knownRecords: async () => knownRecords(known),
    knownConfigurations: async () => knownConfigurations(known),
    signal,
  });
  const seen = await addDetails({ provider, rules, maskKey }, known, read, signal);
  const probes = await probe({ provider, rules }, known, seen, signal);
  stopIfAborted(signal);
  const options = {
    rules,
    runId: newId(),
    trigger: run.trigger,
    acceptRemovals: false,
    probes,
    newId,
    finishedAt: clock(),
  } as const;
  const first = await planOnce(repository, known, seen, options);
  // An edit between reading the log and reading the configuration is in the log by now.
  const log = hasUnexplainedEdit(first.plan) ? await provider.readLog?.({ maskKey, signal }) : null;
  const again = log == null ? null : { ...seen, records: [...seen.records.filter(isNoLine), ...log] };
  const { plan, result } = again === null ? first : await planOnce(repository, known, again, options);
  const undecided = whyUndecided(seen, known, result);
  const told = { seen, cursor, undecided, fullRun: run.polled.fullRun ?? whyUnread(seen) ?? undecided };
  if (isEmpty(plan)) return { ...told, result: null };
  await repository.apply(plan, { lease });
  return { ...told, result };
}

function isNoLine({ source }: AuditRecord): boolean {
  return source !== 'log';
}

/** The log has no lines for edits of containers. */
function hasUnexplainedEdit({ changes, guests }: SyncPlan): boolean {
  const vms = new Set(guests.filter(({ kind }) => kind === 'qemu').map(({ id }) => id));
  return changes.some(({ kind, event, resourceId, patch, attribution }) => {
    const { confidence, source } = attribution;
    const isOpen = confidence === 'none' || (confidence === 'likely' && source === 'operation');
    if (kind !== 'changed' || event === 'observed' || !isOpen) return false;
    return vms.has(resourceId) && patch.some(([path]) => sectionOf(path) === 'config');
  });
}

function whyUnread({ scopes }: Observation): string | null {
  return scopes.find(hasFailed)?.message ?? null;
}

async function probe(
  { provider, rules }: { provider: Pick<Provider, 'probeAbsent'>; rules: ProviderRules },
  known: KnownState,
  seen: Observation,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, AbsenceProbe>> {
  const candidates = absentCandidates(known, seen, rules);
  return candidates.length === 0 ? NOT_ASKED : ((await provider.probeAbsent?.(candidates, signal, seen)) ?? NOT_ASKED);
}

const NOT_ASKED: ReadonlyMap<string, AbsenceProbe> = new Map();

/** A plan that has only new tasks is not written: the next full run harvests them. */
function isEmpty({ changes, guests }: SyncPlan): boolean {
  return changes.length === 0 && guests.length === 0;
}

/** Names guests that were read without a conclusion, though they are known or listed. */
function whyUndecided({ partialRead, guests }: Observation, known: KnownState, result: SyncResult): string | null {
  const hosts = [
    ...result.newHosts,
    ...result.removedHosts,
    ...result.existingHosts,
    ...result.changedHosts.map(({ host }) => host),
  ];
  const decided = new Set(hosts.map(({ providerHostId }) => providerHostId));
  const open = [...known.guests, ...guests].filter((guest) => {
    const key = guestKey(guest);
    return partialRead?.guests.has(key) && !decided.has(key);
  });
  const [first] = open;
  if (first === undefined) return null;
  return `${guestKey(first)}${open.length > 1 ? ` and ${open.length - 1} more` : ''} cannot be told from the feeds`;
}
