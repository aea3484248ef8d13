// What `rollcall/react` is: a package's entry has to name it in one place.

export {
  useCancelOperation,
  useChanges,
  useHostAvailability,
  useHostDetails,
  useHostDiff,
  useHostHistory,
  useHostsAt,
  useOperation,
  useOperations,
  useRuns,
  useSyncProvider,
  useTestProvider,
} from './queries.ts';
export { queryKeys } from './query-keys.ts';
export { useRollcallClient } from './rollcall-context.ts';
export { RollcallProvider, type RollcallProviderProps } from './rollcall-provider.tsx';
export { useFeed } from './use-feed.ts';
export { useHost, useHosts, useProviders, useSyncStatus } from './use-inventory.ts';
export { type ProviderSync, type RunningSync, useProviderSync } from './use-provider-sync.ts';
