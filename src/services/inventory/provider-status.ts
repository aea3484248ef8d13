import type { InventoryRepository } from '../../repositories/inventory/inventory-repository.ts';
import type { ProviderState } from '../../repositories/inventory/provider-rows.ts';
import type { GuestSummary } from '../../repositories/inventory/seen-rows.ts';
import type { Filter, IncompleteScope, ProviderStatus, StoredRun } from '../../types/inventory.ts';
import type { Issue, ScopeReport } from '../../types/observation.ts';
import { ALL_SCOPES } from '../../types/presence.ts';
import { filterProviders, isWatched } from './provider-filter.ts';

/** Of every provider that is watched and named, by name. */
export async function readProviderStatus(
  inventory: InventoryRepository,
  filter: Filter | undefined,
): Promise<ProviderStatus[]> {
  const all = await inventory.listProviders();
  const watched = all.filter((one) => isWatched(one));
  return statusesOf(inventory, filterProviders(filter, watched, all));
}

/** In the order of `providers`. */
export async function statusesOf(
  inventory: InventoryRepository,
  providers: readonly ProviderState[],
): Promise<ProviderStatus[]> {
  const summaries = await inventory.summariseGuests();
  const unavailable = await inventory.listUnavailableStorages();
  const statuses: ProviderStatus[] = [];
  for (const provider of providers) {
    const [lastRun = null] = await inventory.listRuns(provider.id, 1);
    const ofProvider = summaries.filter(({ providerId }) => providerId === provider.id);
    statuses.push({
      providerId: provider.id,
      providerName: provider.name,
      lastRun,
      lastCompleteAt: await inventory.lastCompleteRunAt(provider.id),
      lastListedAt: provider.lastCompleteAt,
      schedule: provider.schedule,
      nextRunAt: await nextRunAt(provider, lastRun),
      watch: provider.watch,
      lease: provider.lease,
      guests: countGuests(ofProvider),
      incomplete: incompleteScopes(provider, lastRun),
      unobservable: unobservableGroups(ofProvider),
      unavailableStorages: unavailable
        .filter(({ providerId }) => providerId === provider.id)
        .map(({ name, nodes }) => ({ name, nodes })),
      held: await inventory.listHeld(provider.id),
      endpoints: await inventory.listEndpoints(provider.id),
    });
  }
  return statuses;
}

/** Loads what knows cron expressions only for a provider that has a schedule of its own. */
async function nextRunAt({ id, schedule, watch, lastCompleteAt }: ProviderState, lastRun: StoredRun | null) {
  const { autoDiscover, discoverInterval, discoverCron: cron } = schedule;
  if (!autoDiscover || watch.pausedAt !== null) return null;
  if (watch.retryAt !== null) return watch.retryAt;
  if (cron === null && discoverInterval === null) return null;
  const { nextDue } = await import('../watch/schedule.ts');
  const start = lastRun?.requested.length === ALL_SCOPES.length ? lastRun.startedAt : lastCompleteAt;
  if (start === null) return null;
  const state = { id, lastStartMs: start.getTime(), retryAtMs: null, earlyAtMs: null, nowMs: 0 };
  const nextMs = nextDue({ cron, intervalMs: (discoverInterval ?? 0) * 60_000 }, state);
  return Number.isFinite(nextMs) ? new Date(nextMs) : null;
}

function countGuests(summaries: readonly GuestSummary[]): ProviderStatus['guests'] {
  const counts = { present: 0, unobservable: 0, gone: 0 };
  for (const { presence, count } of summaries) counts[presence] += count;
  return counts;
}

function incompleteScopes({ incompleteSince }: ProviderState, lastRun: StoredRun | null): IncompleteScope[] {
  const scopes = Object.entries(incompleteSince).map(([scope, since]) => {
    const report = lastRun?.scopes.find((candidate) => candidate.scope === scope);
    const missing = report?.missing;
    return {
      scope,
      since: new Date(since),
      issue: report ? toIssue(report) : null,
      ...(missing !== undefined && missing.length > 0 && { missing }),
    };
  });
  return scopes.sort((a, b) => a.since.getTime() - b.since.getTime());
}

function toIssue({ scope, coverage, message, hint, missing }: ScopeReport): Issue | null {
  if (coverage === 'complete') return null;
  const advice = hint ?? (missing && missing.length > 0 ? `missing: ${missing.join(', ')}` : undefined);
  return { code: coverage, message: message ?? coverage, scope, ...(advice !== undefined && { hint: advice }) };
}

function unobservableGroups(summaries: readonly GuestSummary[]): ProviderStatus['unobservable'] {
  return summaries
    .filter(({ presence }) => presence === 'unobservable')
    .map(({ reason, count, since }) => ({ reason: reason ?? 'unknown', count, since }))
    .sort((a, b) => b.count - a.count);
}
