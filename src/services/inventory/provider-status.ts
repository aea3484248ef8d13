import type { GuestSummary, InventoryRepository } from '../../repositories/inventory-repository.ts';
import type { ProviderState } from '../../repositories/provider-rows.ts';
import type { Filter, IncompleteScope, ProviderStatus, StoredRun } from '../../types/inventory.ts';
import type { Issue, ScopeReport } from '../../types/observation.ts';
import { filterProviders, isWatched } from './provider-filter.ts';

/** Of every provider that is watched and named, by name. */
export async function readProviderStatus(
  inventory: InventoryRepository,
  filter: Filter | undefined,
): Promise<ProviderStatus[]> {
  const summaries = await inventory.summariseGuests();
  const statuses: ProviderStatus[] = [];
  const all = await inventory.listProviders();
  const watched = all.filter((one) => isWatched(one));
  for (const provider of filterProviders(filter, watched, all)) {
    const [lastRun = null] = await inventory.listRuns(provider.id, 1);
    const ofProvider = summaries.filter(({ providerId }) => providerId === provider.id);
    statuses.push({
      providerId: provider.id,
      providerName: provider.name,
      lastRun,
      lastCompleteAt: provider.lastCompleteAt,
      schedule: provider.schedule,
      lease: provider.lease,
      guests: countGuests(ofProvider),
      incomplete: incompleteScopes(provider, lastRun),
      unobservable: unobservableGroups(ofProvider),
      held: await inventory.listHeld(provider.id),
    });
  }
  return statuses;
}

function countGuests(summaries: readonly GuestSummary[]): ProviderStatus['guests'] {
  const counts = { present: 0, unobservable: 0, gone: 0 };
  for (const { presence, count } of summaries) counts[presence] += count;
  return counts;
}

function incompleteScopes({ incompleteSince }: ProviderState, lastRun: StoredRun | null): IncompleteScope[] {
  const scopes = Object.entries(incompleteSince).map(([scope, since]) => {
    const report = lastRun?.scopes.find((candidate) => candidate.scope === scope);
    return { scope, since: new Date(since), issue: report ? toIssue(report) : null };
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
