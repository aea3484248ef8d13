import type { SortingState } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, type ReactNode, useMemo, useRef } from 'react';
import { HOST_COLUMNS, type HostColumn, type HostRow } from './columns.tsx';
import { useRowHeight } from './use-row-height.ts';

interface Props {
  /** In their order. */
  rows: readonly HostRow[];
  chosen: readonly string[];
  sorting: SortingState;
  /** Absent: the order is as it is. */
  onSort?: (sorting: SortingState) => void;
  label: string;
}

/** Only the rows in sight are there; a screen reader is told of all. Styles place the rows, so the elements stay those of a table. */
export function HostsTable({ rows, chosen, sorting, onSort, label }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const height = useRowHeight();
  const columns = useMemo(() => HOST_COLUMNS.filter(({ id }) => chosen.includes(id)), [chosen]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 6,
    scrollPaddingStart: height,
    getItemKey: (index) => rows[index]?.host.id ?? index,
  });
  const template = columns.map(({ width }) => width).join(' ');

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    const step = STEPS[event.key];
    if (step === undefined || !(event.target instanceof HTMLElement)) return;
    const index = Number(event.target.closest('[data-index]')?.getAttribute('data-index') ?? -1) + step;
    if (index < 0 || index >= rows.length) return;
    event.preventDefault();
    virtual.scrollToIndex(index);
    requestAnimationFrame(() => {
      const link = scroller.current?.querySelector(`[data-index="${index}"] a`);
      if (link instanceof HTMLElement) link.focus({ preventScroll: true });
    });
  }

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className="grid-scroller" ref={scroller} tabIndex={0} aria-label={label} onKeyDown={onKeyDown}>
      <table
        className="grid"
        aria-label={label}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        style={{ height: virtual.getTotalSize() + height, '--cols': template }}
      >
        <thead>
          <Heads columns={columns} sorting={sorting} {...(onSort !== undefined && { onSort })} />
        </thead>
        <tbody>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return <GridRow key={row.host.id} index={index} top={start + height} row={row} columns={columns} />;
          })}
        </tbody>
      </table>
    </section>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

interface GridRowProps {
  index: number;
  top: number;
  row: HostRow;
  columns: readonly HostColumn[];
}

const GridRow = memo(function GridRow({ index, top, row, columns }: GridRowProps): ReactNode {
  return (
    <tr
      aria-rowindex={index + 2}
      data-index={index}
      className={row.host.presence === 'present' ? 'grid-row' : 'grid-row old'}
      style={{ transform: `translateY(${top}px)` }}
    >
      {columns.map((column) => (
        <td key={column.id} className={column.isNumber ? 'cell number' : 'cell'}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
});

interface HeadsProps {
  columns: readonly HostColumn[];
  sorting: SortingState;
  onSort?: (sorting: SortingState) => void;
}

const ORDERS = { ascending: '▲', descending: '▼', none: '' } as const;

function Heads({ columns, sorting, onSort }: HeadsProps) {
  const [first] = sorting;
  return (
    <tr aria-rowindex={1} className="grid-row heads">
      {columns.map(({ id, title, isNumber }) => {
        const order = first?.id !== id ? 'none' : first.desc ? 'descending' : 'ascending';
        return (
          <th key={id} scope="col" aria-sort={order} className={isNumber ? 'cell number' : 'cell'}>
            {onSort === undefined ? (
              title
            ) : (
              <button type="button" className="sort" onClick={() => onSort([{ id, desc: order === 'ascending' }])}>
                {title}
                <span aria-hidden="true" className="order">
                  {ORDERS[order]}
                </span>
              </button>
            )}
          </th>
        );
      })}
    </tr>
  );
}
