import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import '../styles/hosts.css';
import type { FeedState } from '../../../src/client/feed-state.ts';
import { HostsTable } from '../hosts/hosts-table.tsx';
import { useHostRows } from '../hosts/use-host-rows.ts';
import { useSortedRows } from '../hosts/use-sorted-rows.ts';
import { useLive } from '../live/live-context.tsx';
import { countText } from '../parts/format.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { TimeSlider } from './time-slider.tsx';

interface Props {
  /** undefined: now. */
  at: string | undefined;
  onChange: (at: string | undefined) => void;
  /** Times at which something changed, oldest first. */
  marks: readonly string[];
}

const COLUMNS = ['name', 'vmid', 'provider', 'node', 'status', 'cpus', 'memory'];
const BY_NAME = [{ id: 'name', desc: false }];

/** The inventory as it was. */
export function InventoryAt({ at, onChange, marks }: Props) {
  const { state } = useLive();
  const found = useHostRows('', at);
  const { rows, isLoading, error, retry } = found;
  const sorted = useSortedRows(found, BY_NAME);
  const from = useMemo(() => beginning(state, marks), [state, marks]);
  const running = useMemo(() => rows.filter(({ host }) => host.status === 'running').length, [rows]);
  return (
    <Panel
      title="The inventory at a time"
      aside={
        <Link to="/hosts" search={at === undefined ? {} : { at }}>
          Open under Hosts
        </Link>
      }
    >
      <div className="panel-body">
        <TimeSlider from={from} at={at} onChange={onChange} marks={marks} />
        <p role="status" className="muted">
          {isLoading ? 'Loading…' : `${countText(rows.length, 'host')}, ${running.toLocaleString('en')} running`}
        </p>
      </div>
      {error !== null && error !== undefined && <Failure error={error} retry={retry} />}
      {isLoading && <Loading what="hosts" />}
      {!isLoading && rows.length === 0 && (
        <Empty title="There was nothing yet">The history begins with the first run. Choose a later time.</Empty>
      )}
      {rows.length > 0 && (
        <div className="grid-frame">
          <HostsTable rows={sorted} chosen={COLUMNS} sorting={BY_NAME} label="Hosts at that time" />
        </div>
      )}
    </Panel>
  );
}

/** Milliseconds. */
function beginning(state: FeedState | null, marks: readonly string[]): number {
  let first = marks[0] ?? new Date().toISOString();
  for (const list of [state?.hosts ?? [], state?.nodes ?? []]) {
    for (const { firstSeenAt } of list) if (firstSeenAt < first) first = firstSeenAt;
  }
  return new Date(first).getTime();
}
