import type { PanelReading } from '../types/panel.ts';
import { type MappedRow, toReading } from './to-record.ts';

/** A list that changes while it is read is read again, so often. */
const MOST_READINGS = 3;

/** A list that was read once, in several answers. */
export interface ListPass {
  rows: readonly MappedRow[];
  /** Those that are servers; absent: all of them. Whether the list is whole, all rows say. */
  servers?: readonly MappedRow[];
  /** The totals that the answers told; null: they tell none. */
  totals: ReadonlySet<number> | null;
}

/** Reads a list until it is whole: all answers tell one total, which is the number of rows, and no id is there twice. */
export async function readWhole(readOnce: () => Promise<ListPass>): Promise<PanelReading> {
  for (let reading = 1; ; reading++) {
    const pass = await readOnce();
    const all = toReading(pass.rows, doubtOf(pass));
    const found = pass.servers === undefined ? all : { ...toReading(pass.servers), doubt: all.doubt };
    if (found.doubt === null || reading >= MOST_READINGS) return found;
  }
}

export function doubtOf({ rows, servers = rows, totals }: ListPass): string | null {
  // Most likely a group or product that is called otherwise now: no server would be known to the panel.
  if (rows.length > 0 && servers.length === 0) return `none of the ${rows.length} rows is taken for a server`;
  if (totals === null) return null;
  if (totals.size > 1) return 'the list changed while it was read';
  const [total = 0] = totals;
  return total === rows.length ? null : `the list has ${rows.length} of the ${total} that it tells of`;
}
