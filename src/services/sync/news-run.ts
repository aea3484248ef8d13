import type { FeedCursor, FeedNews, Provider } from '../../providers/provider.ts';
import type { Lease } from '../../repositories/providers/provider-lease.ts';
import { AppError } from '../../types/errors.ts';
import { guestKey } from '../../types/guest.ts';
import type { Observation } from '../../types/observation.ts';
import type { KnownState, SyncPlan } from '../../types/plan.ts';
import { sectionOf } from '../../types/section.ts';
import type { SyncResult } from '../../types/sync-result.ts';
import { addDetails } from './add-details.ts';
import { toResultError } from './failed-run.ts';
import { knownConfigurations } from './known-configurations.ts';
import { withLease } from './lease.ts';
import { absentCandidates } from './plan-guests.ts';
import { planOnce } from './plan-once.ts';
import { toFailedResult } from './plan-result.ts';
import { hasFailed } from './plan-scopes.ts';
import { stopIfAborted, whyEnded } from './stop.ts';
import type { SyncOptions, SyncServiceDeps } from './sync-service.ts';

/** What became of a look at the cheap feeds. */
export interface NewsResult {
  /** Where the next look continues. */
  cursor: FeedCursor | null;
  /** null: nothing new, nothing was written. */
  result: SyncResult | null;
  /** Why only a whole run can tell what happened; null: none is needed. */
  sweep: string | null;
}

interface NewsRun {
  deps: SyncServiceDeps;
  news: FeedNews;
  providerId: string;
}

/** Looks at the feeds and records the guests that they mention; only an interruption throws. */
export async function syncNews(
  deps: SyncServiceDeps,
  cursor: FeedCursor | null,
  options: Pick<SyncOptions, 'signal'>,
): Promise<NewsResult> {
  const { provider, config, clock } = deps;
  const { signal } = options;
  try {
    stopIfAborted(signal);
    const news = await provider.poll({ cursor, ...(signal !== undefined && { signal }) });
    if (news.mentioned.length === 0) return { cursor: news.cursor, result: null, sweep: news.sweep };
    return await record(deps, news, cursor, signal);
  } catch (thrown) {
    const error = whyEnded(thrown, signal);
    if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
    // The cursor stays, so that the same is news at the next look: also when another run has the lease, which may have read
    // these guests before they changed.
    const result = toFailedResult({ id: '', name: config.name }, toResultError(error), clock());
    return { cursor, result, sweep: null };
  }
}

async function record(
  deps: SyncServiceDeps,
  news: FeedNews,
  cursor: FeedCursor | null,
  signal: AbortSignal | undefined,
): Promise<NewsResult> {
  const { repository, config, clock, holder, isDead } = deps;
  const { id: providerId } = await repository.ensureProvider(config, clock());
  const run = { deps, news, providerId };
  return withLease({ repository, providerId, holder, isDead, clock, signal }, async (ownSignal, lease) => {
    const known = await repository.loadKnown(providerId);
    if (known.guests.length === 0) return { cursor: news.cursor, result: null, sweep: 'no guest is known yet' };
    // Another run has read later than these feeds: what they say of the past is stale.
    if (isStale(known, news)) return { cursor, result: null, sweep: null };
    return recordKnown(run, known, lease, ownSignal);
  });
}

function isStale({ lastCompleteAt }: KnownState, { cursor }: FeedNews): boolean {
  return lastCompleteAt !== null && lastCompleteAt > cursor.takenAt;
}

async function recordKnown(run: NewsRun, known: KnownState, lease: Lease, signal: AbortSignal): Promise<NewsResult> {
  const { provider, repository, maskKey, newId, clock } = run.deps;
  const { seen: read, cursor } = await provider.discoverNews(run.news, {
    maskKey,
    knownUpids: await repository.knownUpids(run.providerId),
    knownIdentity: known.identity,
    knownConfigurations: async () => knownConfigurations(known),
    signal,
  });
  const seen = await addDetails({ provider, maskKey }, known, read, signal);
  const probes = await probe(provider, known, seen, signal);
  stopIfAborted(signal);
  const options = {
    runId: newId(),
    trigger: 'feed',
    acceptRemovals: false,
    probes,
    newId,
    finishedAt: clock(),
  } as const;
  const first = await planOnce(repository, known, seen, options);
  // An edit that came between the log and the configuration has its line by now.
  const log = hasUnexplainedEdit(first.plan) ? await provider.readLog({ maskKey, signal }) : null;
  const { plan, result } = log === null ? first : await planOnce(repository, known, { ...seen, log }, options);
  const sweep = run.news.sweep ?? whyUnread(seen) ?? whyUndecided(seen, known, result);
  if (isEmpty(plan)) return { cursor, result: null, sweep };
  await repository.apply(plan, { lease });
  return { cursor, result, sweep };
}

/** Of a container's edits there are no lines. */
function hasUnexplainedEdit({ changes, guests }: SyncPlan): boolean {
  const vms = new Set(guests.filter(({ kind }) => kind === 'qemu').map(({ id }) => id));
  return changes.some(({ kind, event, resourceId, patch, attribution }) => {
    if (kind !== 'changed' || event === 'observed' || attribution.confidence !== 'none') return false;
    return vms.has(resourceId) && patch.some(([path]) => sectionOf(path) === 'config');
  });
}

function whyUnread({ scopes }: Observation): string | null {
  return scopes.find(hasFailed)?.message ?? null;
}

async function probe(
  provider: Pick<Provider, 'probeAbsent'>,
  known: KnownState,
  seen: Observation,
  signal: AbortSignal,
) {
  const candidates = absentCandidates(known, seen);
  return candidates.length === 0 ? new Map() : provider.probeAbsent(candidates, signal);
}

/** Tasks alone are left to the next run that harvests them. */
function isEmpty({ changes, guests }: SyncPlan): boolean {
  return changes.length === 0 && guests.length === 0;
}

/** Guests that were looked at and of which nothing could be said, though they are known or listed. */
function whyUndecided({ glance, guests }: Observation, known: KnownState, result: SyncResult): string | null {
  const hosts = [
    ...result.newHosts,
    ...result.removedHosts,
    ...result.existingHosts,
    ...result.changedHosts.map(({ host }) => host),
  ];
  const decided = new Set(hosts.map(({ providerHostId }) => providerHostId));
  const open = [...known.guests, ...guests].filter((guest) => {
    const key = guestKey(guest);
    return glance?.guests.has(key) && !decided.has(key);
  });
  const [first] = open;
  if (first === undefined) return null;
  return `${first.kind}/${first.vmid}${open.length > 1 ? ` and ${open.length - 1} more` : ''} cannot be told from the feeds`;
}
