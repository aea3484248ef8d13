import type { GuestAddress } from '../../types/addresses.ts';
import type { FieldChange, Patch } from '../../types/document.ts';
import { toHostState } from '../../types/facts.ts';
import type { GuestStep } from '../../types/guest-step.ts';
import type { RunRecord } from '../../types/plan.ts';
import type { DiscoveredHost, SyncResult } from '../../types/sync-result.ts';
import { toDiscoveredHost, withTold } from './discovered-host.ts';

type Hosts = Pick<SyncResult, 'newHosts' | 'removedHosts' | 'existingHosts' | 'changedHosts' | 'held' | 'summary'>;

/**
 * Sorts guests into the lists of the result. A guest that only became unobservable or was read for the first time has not
 * changed.
 */
export function toHosts(steps: readonly GuestStep[], providerId: string): Hosts {
  const toHost = ({ after }: GuestStep) => toDiscoveredHost(after, providerId);
  const known = steps.filter(({ fate }) => fate !== 'new' && fate !== 'removed');
  const changedSteps = known.filter((step) => recordedPatch(step).length > 0 || hasEvent(step));
  const changed = new Set(changedSteps);
  const newHosts = steps.filter(({ fate }) => fate === 'new').map(toHost);
  const removedHosts = steps.filter(({ fate }) => fate === 'removed').map(toHost);
  const existingHosts = known.filter((step) => !changed.has(step)).map(toHost);
  const changedHosts = changedSteps.map((step) => ({
    host: toHost(step),
    previousState: toHostState(step.before?.document['status']),
    currentState: toHostState(step.after.document['status']),
    changes: recordedPatch(step).map(toFieldChange),
  }));
  const counts = { new: newHosts.length, existing: existingHosts.length, changed: changedHosts.length };
  return {
    newHosts,
    removedHosts,
    existingHosts,
    changedHosts,
    held: steps.filter(({ fate }) => fate === 'held').map(toHost),
    summary: {
      total: counts.new + counts.existing + counts.changed,
      removed: removedHosts.length,
      imported: 0,
      ...counts,
    },
  };
}

function recordedPatch({ changes }: GuestStep): Patch {
  return changes.filter(({ event }) => event !== 'observed').flatMap(({ patch }) => patch);
}

function hasEvent({ changes }: GuestStep): boolean {
  return changes.some(({ event }) => event !== null && event !== 'observed');
}

function toFieldChange([path, before, after]: Patch[number]): FieldChange {
  return { path, before, after };
}

/** The result of a run that read the provider. */
export function toSyncResult(provider: { id: string; name: string }, run: RunRecord, hosts: Hosts): SyncResult {
  return {
    providerId: provider.id,
    providerName: provider.name,
    runId: run.id,
    success: isSuccess(run),
    outcome: run.outcome,
    syncedAt: run.finishedAt.toISOString(),
    ...hosts,
    scopes: [...run.scopes],
    warnings: [...run.warnings],
  };
}

function isSuccess({ outcome, scopes }: RunRecord): boolean {
  return outcome !== 'failed' && !scopes.some(({ coverage }) => coverage === 'unreachable' || coverage === 'error');
}

/** `addresses`: what guests told, by guest. */
export function withAddresses(result: SyncResult, addresses: ReadonlyMap<string, readonly GuestAddress[]>): SyncResult {
  const tell = (host: DiscoveredHost): DiscoveredHost => {
    const told = addresses.get(host.id);
    return told === undefined ? host : withTold(host, told);
  };
  return {
    ...result,
    newHosts: result.newHosts.map(tell),
    existingHosts: result.existingHosts.map(tell),
    changedHosts: result.changedHosts.map((changed) => ({ ...changed, host: tell(changed.host) })),
  };
}
