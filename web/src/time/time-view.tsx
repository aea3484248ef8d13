import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import '../styles/time.css';
import { queryKeys } from '../../../src/client/react/query-keys.ts';
import { listChanges } from '../api/calls.ts';
import { useLive } from '../live/live-context.tsx';
import { Loading } from '../parts/notice.tsx';
import { setParts } from '../parts/set-parts.ts';
import type { TimeSearch } from '../search-types.ts';
import { BetweenPanel } from './between-panel.tsx';
import { InventoryAt } from './inventory-at.tsx';

const route = getRouteApi('/time');
const MOST_MARKS = 1000;

export function TimeView() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { state } = useLive();
  const change = (part: { [K in keyof TimeSearch]: string | undefined }) =>
    void navigate({ search: (before) => setParts(before, part), replace: true, resetScroll: false });
  const marks = useQuery({
    queryKey: [...queryKeys.history, 'marks'],
    queryFn: async () =>
      [...new Set((await listChanges({ limit: MOST_MARKS })).map(({ observedAt }) => observedAt.toISOString()))].sort(),
    placeholderData: (before) => before,
  });
  if (state === null) return <Loading what="the inventory" />;
  return (
    <div className="view">
      <h1>Time</h1>
      <InventoryAt at={search.at} onChange={(at) => change({ at })} marks={marks.data ?? []} />
      <BetweenPanel search={search} onChange={change} />
    </div>
  );
}
