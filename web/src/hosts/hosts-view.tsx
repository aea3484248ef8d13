import type { SortingState } from '@tanstack/react-table';
import { useMemo } from 'react';
import '../styles/hosts.css';
import { countText } from '../parts/format.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { useDraft } from '../parts/use-draft.ts';
import { useMedia } from '../parts/use-media.ts';
import { AtBanner } from '../time/at-banner.tsx';
import { ColumnChooser } from './column-chooser.tsx';
import { DEFAULT_COLUMNS, HOST_COLUMNS, NARROW_COLUMNS } from './columns.tsx';
import { HostsTable } from './hosts-table.tsx';
import { SelectorBox } from './selector-box.tsx';
import { type HostRows, useHostRows } from './use-host-rows.ts';
import { useHostsSearch } from './use-hosts-search.ts';
import { useSortedRows } from './use-sorted-rows.ts';

const URL_DELAY_MS = 300;

export function HostsView() {
  const [search, change] = useHostsSearch();
  // Every keystroke filters; the address follows when the typing rests.
  const [text, setText] = useDraft(search.q ?? '', (q) => change({ q }), URL_DELAY_MS);
  const rows = useHostRows(text, search.at);
  const usual = useMedia('(max-width: 560px)') ? NARROW_COLUMNS : DEFAULT_COLUMNS;
  const chosen = useMemo(() => chosenColumns(search.cols, usual), [search.cols, usual]);
  const sorting = useMemo(() => toSorting(search.sort), [search.sort]);
  const sorted = useSortedRows(rows, sorting);
  return (
    <div className="view fill">
      <div className="view-head">
        <h1>Hosts</h1>
        <div className="view-actions">
          <span role="status" aria-live="polite" className="muted">
            {summaryOf(rows)}
          </span>
          <ColumnChooser chosen={chosen} usual={usual} onChange={(ids) => change({ cols: columnsText(ids, usual) })} />
        </div>
      </div>
      <SelectorBox value={text} onChange={setText} compiled={rows.compiled} />
      {search.at !== undefined && <AtBanner at={search.at} onNow={() => change({ at: undefined })} />}
      <HostsBody
        rows={rows}
        onClear={() => setText('')}
        table={
          <HostsTable
            rows={sorted}
            chosen={chosen}
            sorting={sorting}
            onSort={(next) => change({ sort: sortText(next) })}
            label="Hosts"
          />
        }
      />
    </div>
  );
}

function HostsBody({ rows, onClear, table }: { rows: HostRows; onClear: () => void; table: React.ReactNode }) {
  if (rows.error !== null && rows.error !== undefined) return <Failure error={rows.error} retry={rows.retry} />;
  if (rows.isLoading) return <Loading what="hosts" />;
  if (rows.rows.length > 0) return table;
  if (rows.total === 0 && rows.compiled.kind !== 'remote') {
    return (
      <Empty title="No hosts yet">
        Add a provider under Providers, or run <code>rollcall discover-all</code>; hosts appear here by themselves.
      </Empty>
    );
  }
  return (
    <Empty title="No host matches">
      <p>
        Write another selector, or{' '}
        <button type="button" className="button" onClick={onClear}>
          show all
        </button>
      </p>
    </Empty>
  );
}

function summaryOf({ rows, total, isRemote }: HostRows): string {
  if (total === null) return '';
  const found = countText(rows.length, 'host');
  return isRemote || rows.length === total
    ? found
    : `${rows.length.toLocaleString('en')} of ${countText(total, 'host')}`;
}

function chosenColumns(text: string | undefined, usual: readonly string[]): readonly string[] {
  if (text === undefined) return usual;
  const wanted = ['name', ...text.split(',')];
  return HOST_COLUMNS.map(({ id }) => id).filter((id) => wanted.includes(id));
}

function columnsText(ids: readonly string[], usual: readonly string[]): string | undefined {
  return ids.join() === usual.join() ? undefined : ids.join(',');
}

/** `-memory` is descending. */
function toSorting(text = 'name'): SortingState {
  return [{ id: text.replace(/^-/, ''), desc: text.startsWith('-') }];
}

function sortText([first]: SortingState): string | undefined {
  if (first === undefined || (first.id === 'name' && !first.desc)) return undefined;
  return `${first.desc ? '-' : ''}${first.id}`;
}
