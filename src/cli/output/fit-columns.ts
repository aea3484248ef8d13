/** What the columns of a table need, and which of them may be left out. */
export interface ColumnNeed {
  /** Of the widest cell. */
  natural: number;
  /** Of the widest word; where a column is not wrapped, `natural`. */
  least: number;
  /** Left out in a table that is too wide, the highest first; undefined: never. */
  spare: number | undefined;
}

/** The columns that stay, by their index, and their widths. */
export interface FittedColumns {
  kept: readonly number[];
  widths: readonly number[];
}

const GAP = 2;
/** While others can be left out, a column of text is not wrapped to less than this, or than this share of its width. */
const READABLE = 24;
const READABLE_SHARE = 0.6;

/**
 * Fits a table into a width: first text is wrapped as far as it stays readable, then columns are left out by their rank,
 * then text is wrapped down to its widest word. Words are never broken: a table that is still too wide stays so.
 */
export function fitColumns(needs: readonly ColumnNeed[], width: number, mayDrop: boolean): FittedColumns {
  let kept = needs.map((need, index) => ({ ...need, index }));
  for (;;) {
    const room = width - GAP * (kept.length - 1);
    if (sum(kept.map(({ natural }) => natural)) <= room)
      return fitted(
        kept,
        kept.map(({ natural }) => natural),
      );
    const readable = kept.map(({ natural, least }) => Math.max(least, readableWidth(natural)));
    if (sum(readable) <= room) return fitted(kept, spread(kept, readable, room));
    const spares = kept.flatMap(({ spare }) => spare ?? []);
    if (!mayDrop || spares.length === 0) {
      const least = kept.map((need) => need.least);
      return fitted(kept, sum(least) <= room ? spread(kept, least, room) : least);
    }
    const highest = Math.max(...spares);
    const last = kept.findLast(({ spare }) => spare === highest);
    kept = kept.filter((column) => column !== last);
  }
}

function readableWidth(natural: number): number {
  return Math.min(READABLE, Math.ceil(natural * READABLE_SHARE));
}

function fitted(kept: readonly { index: number }[], widths: readonly number[]): FittedColumns {
  return { kept: kept.map(({ index }) => index), widths };
}

/** Gives the room that is left to the columns that lack some, the narrowest first. */
function spread(kept: readonly ColumnNeed[], start: readonly number[], room: number): number[] {
  const widths = [...start];
  for (let left = room - sum(widths); left > 0; left--) {
    let narrowest = -1;
    for (const [index, { natural }] of kept.entries()) {
      const [own = 0, best = Infinity] = [widths[index], widths[narrowest]];
      if (own < natural && own < best) narrowest = index;
    }
    if (narrowest < 0) break;
    widths[narrowest] = (widths[narrowest] ?? 0) + 1;
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
