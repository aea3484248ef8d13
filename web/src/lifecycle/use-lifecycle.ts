import { useQuery } from '@tanstack/react-query';
import { listLifecycle } from '../api/calls.ts';
import { useLive } from '../live/live-context.tsx';

/** Warnings of the feed, or, until it told some, as the server answers. */
export function useLifecycle() {
  const { warnings } = useLive();
  const query = useQuery({ queryKey: ['lifecycle'], queryFn: listLifecycle, staleTime: 60_000 });
  return { warnings: warnings ?? query.data, error: query.error, retry: () => void query.refetch() };
}
