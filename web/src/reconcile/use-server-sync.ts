import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ServerSync, ServerSyncStatus } from '../../../src/protocol/reconcile.ts';
import { get, write } from '../api/request.ts';
import { announce } from '../parts/announce.tsx';
import { countText } from '../parts/format.ts';

export const SERVERS_KEY = ['servers'];
const LOOK_MS = 1500;

/** `of`: whose servers are compared. */
export function useServerSync(of: '/me' | '/admin') {
  const queries = useQueryClient();
  const path = `${of}/servers/sync`;
  const { data, error, refetch } = useQuery({
    queryKey: [...SERVERS_KEY, path],
    queryFn: () => get<ServerSyncStatus>(`${path}/status`),
    // What others ask for is seen, too.
    refetchInterval: ({ state }) => (state.data?.operation == null ? LOOK_MS * 20 : LOOK_MS),
  });
  const asked = useMutation({
    mutationFn: () => write<ServerSync>('POST', path, {}),
    onSuccess: (answer) => announce(textOf(answer)),
    onSettled: () => queries.invalidateQueries({ queryKey: SERVERS_KEY }),
  });
  return {
    status: data,
    error: asked.error ?? error,
    retry: () => void refetch(),
    sync: () => asked.mutate(),
    isBusy: asked.isPending || (data !== undefined && data.operation !== null),
  };
}

function textOf({ state, isRecent, counts }: ServerSync): string {
  if (state === 'failed') return 'The comparison failed';
  if (state === 'cancelled') return 'The comparison was cancelled';
  if (counts === null) return 'The comparison goes on';
  const { synced, new: added, updated } = counts;
  const text = `${countText(synced, 'server')} compared, ${added} new, ${updated} updated`;
  return isRecent ? `${text}, a moment ago` : text;
}
