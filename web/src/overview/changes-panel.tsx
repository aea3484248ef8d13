import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useMemo } from 'react';
import { queryKeys } from '../../../src/client/react/query-keys.ts';
import { listChanges } from '../api/calls.ts';
import { ChangeList } from '../parts/change-list.tsx';
import { countText } from '../parts/format.ts';
import { newestFirst } from '../parts/newest-first.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { daySeries } from './day-series.ts';

const Chart = lazy(async () => ({ default: (await import('../parts/chart.tsx')).Chart }));

const DAY_MS = 86_400_000;
const DAYS = 30;
const LIMIT = 5000;
const SHOWN = 10;

/** What changed in the last day, and over the weeks. */
export function ChangesPanel({ guests }: { guests: number }) {
  const since = useMemo(() => new Date(Date.now() - DAYS * DAY_MS).toISOString(), []);
  const { data, error, refetch } = useQuery({
    queryKey: [...queryKeys.history, 'overview'],
    queryFn: () => listChanges({ since, limit: LIMIT }),
    placeholderData: (before) => before,
  });
  const series = useMemo(() => (data ? daySeries(data, guests, new Date(), DAYS) : null), [data, guests]);
  const today = useMemo(() => lastDay(data ?? []), [data]);
  return (
    <div className="columns wide-left">
      <Panel title="Changes of the last day" aside={<Link to="/time">All changes</Link>}>
        {data === undefined &&
          (error === null ? <Loading what="changes" /> : <Failure error={error} retry={() => void refetch()} />)}
        {data !== undefined && today.length === 0 && (
          <Empty title="Nothing changed in the last day">Look further back under Time.</Empty>
        )}
        {today.length > 0 && <ChangeList records={today.slice(0, SHOWN)} label="Changes of the last day" />}
        {today.length > SHOWN && (
          <p className="panel-body muted">and {countText(today.length - SHOWN, 'more change')} in the last day</p>
        )}
      </Panel>
      <Panel title={`The last ${DAYS} days`}>
        <div className="panel-body charts">
          {series !== null && (
            <Suspense fallback={<Loading what="charts" />}>
              <h3>Hosts</h3>
              <Chart label="Hosts at the end of each day" times={series.times} values={series.guests} kind="line" />
              <h3>Changes a day</h3>
              <Chart label="Changes of each day" times={series.times} values={series.changes} kind="bars" />
            </Suspense>
          )}
          {data !== undefined && data.length >= LIMIT && (
            <p className="muted">Counted from the newest {LIMIT.toLocaleString('en')} changes.</p>
          )}
        </div>
      </Panel>
    </div>
  );
}

function lastDay(records: Awaited<ReturnType<typeof listChanges>>) {
  const since = Date.now() - DAY_MS;
  return newestFirst(records.filter(({ observedAt }) => observedAt.getTime() >= since));
}
