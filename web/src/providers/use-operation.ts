import { useMutation, useQuery } from '@tanstack/react-query';
import { queryKeys } from '../../../src/client/react/query-keys.ts';
import type { FinishedOperation, Operation } from '../../../src/protocol/resources.ts';
import { api } from '../api/request.ts';

const ASK_MS = 1500;

/** Asks for an operation, and follows it to its end. */
export function useOperation(ask: () => Promise<Operation>) {
  const asked = useMutation({ mutationFn: ask });
  const id = asked.data?.id;
  const followed = useQuery({
    queryKey: [...queryKeys.operations, id],
    queryFn: () => api.getOperation(id ?? ''),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (state.data?.finishedAt == null ? ASK_MS : false),
  });
  const operation: FinishedOperation | undefined = followed.data;
  return {
    start: () => asked.mutate(),
    isRunning: asked.isPending || (id !== undefined && operation?.finishedAt == null),
    operation,
    error: asked.error ?? followed.error,
  };
}
