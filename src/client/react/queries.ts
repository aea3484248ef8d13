import {
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type {
  ChangeQuery,
  ChangeRecord,
  FinishedOperation,
  GuestRow,
  HostAvailability,
  HostDiff,
  HostQuery,
  Operation,
  OperationQuery,
  Page,
  RangeQuery,
  Run,
  SyncParameters,
} from '../public.ts';
import { queryKeys } from './query-keys.ts';
import { useRollcallClient } from './rollcall-context.ts';

type History = RangeQuery & { limit?: number };

/** Changes, newest first; refreshed with each revision. */
export function useChanges(query: ChangeQuery = {}): UseQueryResult<ChangeRecord[]> {
  const { api } = useRollcallClient();
  return useQuery({ queryKey: [...queryKeys.history, 'changes', query], queryFn: () => api.listChanges(query) });
}

/** The changes of one host, newest first. */
export function useHostHistory(id: string, query: History = {}): UseQueryResult<ChangeRecord[]> {
  const { api } = useRollcallClient();
  return useQuery({ queryKey: [...queryKeys.history, 'host', id, query], queryFn: () => api.hostHistory(id, query) });
}

/** One host with its whole configuration, now or at a time. */
export function useHostDetails(id: string, query: { at?: string } = {}): UseQueryResult<GuestRow> {
  const { api } = useRollcallClient();
  return useQuery({ queryKey: [...queryKeys.history, 'details', id, query], queryFn: () => api.getHost(id, query) });
}

export function useHostDiff(id: string, query: { from: string; to?: string }): UseQueryResult<HostDiff> {
  const { api } = useRollcallClient();
  return useQuery({ queryKey: [...queryKeys.history, 'diff', id, query], queryFn: () => api.hostDiff(id, query) });
}

export function useHostAvailability(id: string): UseQueryResult<HostAvailability> {
  const { api } = useRollcallClient();
  return useQuery({ queryKey: [...queryKeys.runs, 'host', id], queryFn: () => api.hostAvailability(id) });
}

/** A page of hosts of any past time; of the present, `useHosts` has them without a call. */
export function useHostsAt(query: HostQuery & { at: string }): UseQueryResult<Page<GuestRow>> {
  const { api } = useRollcallClient();
  return useQuery({ queryKey: [...queryKeys.history, 'hosts', query], queryFn: () => api.listHosts(query) });
}

export function useRuns(
  query: { provider?: string; limit?: number } = {},
): UseQueryResult<(Run & { providerId: string })[]> {
  const { api } = useRollcallClient();
  return useQuery({ queryKey: [...queryKeys.runs, 'list', query], queryFn: () => api.listRuns(query) });
}

/** The queue and what has ended, newest first; refreshed when an operation moves on. */
export function useOperations(query: OperationQuery = {}): UseQueryResult<Operation[]> {
  const { api } = useRollcallClient();
  return useQuery({ queryKey: [...queryKeys.operations, 'list', query], queryFn: () => api.listOperations(query) });
}

/** One operation, with its result once it has ended. */
export function useOperation(id: string): UseQueryResult<FinishedOperation> {
  const { api } = useRollcallClient();
  return useQuery({ queryKey: [...queryKeys.operations, 'one', id], queryFn: () => api.getOperation(id) });
}

export function useSyncProvider(): UseMutationResult<Operation, Error, { providerId: string } & SyncParameters> {
  const { api } = useRollcallClient();
  return useOperationMutation(({ providerId, ...parameters }) => api.requestSync(providerId, parameters));
}

export function useTestProvider(): UseMutationResult<Operation, Error, { providerId: string }> {
  const { api } = useRollcallClient();
  return useOperationMutation(({ providerId }) => api.requestTest(providerId));
}

export function useCancelOperation(): UseMutationResult<Operation, Error, { id: string }> {
  const { api } = useRollcallClient();
  return useOperationMutation(({ id }) => api.cancelOperation(id));
}

function useOperationMutation<Variables>(
  mutationFn: (variables: Variables) => Promise<Operation>,
): UseMutationResult<Operation, Error, Variables> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => queries.invalidateQueries({ queryKey: queryKeys.operations }),
  });
}
