import { useMemo, useSyncExternalStore } from 'react';
import { type FeedState, findById, type Host, type Provider, type SyncInfo } from '../public.ts';
import { useRollcallClient } from './rollcall-context.ts';
import { useFeed } from './use-feed.ts';

const NONE: readonly never[] = [];

function providersOf(state: FeedState | null): readonly Provider[] {
  return state?.providers ?? NONE;
}

function hostsOf(state: FeedState | null): readonly Host[] {
  return state?.hosts ?? NONE;
}

/** Every provider with its status. */
export function useProviders(): readonly Provider[] {
  return useFeed(providersOf);
}

/** Every host, or those that `isWanted`. */
export function useHosts(isWanted?: (host: Host) => boolean): readonly Host[] {
  const select = useMemo(
    () => (isWanted ? (state: FeedState | null) => hostsOf(state).filter(isWanted) : hostsOf),
    [isWanted],
  );
  return useFeed(select);
}

/** undefined: there is no such host, or no state yet. */
export function useHost(id: string): Host | undefined {
  const select = useMemo(() => (state: FeedState | null) => findById(hostsOf(state), id), [id]);
  return useFeed(select);
}

/** Whether what is shown is current, and by which way it comes. */
export function useSyncStatus(): SyncInfo {
  const client = useRollcallClient();
  const [subscribe, read] = useMemo(
    () => [(listener: () => void) => client.subscribe(listener), () => client.getInfo()] as const,
    [client],
  );
  return useSyncExternalStore(subscribe, read, read);
}
