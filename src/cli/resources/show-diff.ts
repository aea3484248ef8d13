import type { FieldChange } from '../../types/document.ts';
import type { GuestLookup } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import type { Column } from '../output/column.ts';
import { formatLocal } from '../output/format.ts';
import { formatSides } from '../output/format-value.ts';
import type { View } from '../output/output.ts';
import { guestRef } from './columns.ts';
import { noteBegin } from './presence.ts';

/** What `-o json` prints. */
interface ShownDiff {
  provider: string;
  guestId: string;
  vmid: number | null;
  name: string | null;
  from: Date;
  to: Date;
  changes: readonly FieldChange[];
}

const COLUMNS: readonly Column<FieldChange>[] = [
  { key: 'path', raw: ({ path }) => path },
  {
    key: 'before',
    raw: ({ before }) => before,
    text: ({ path, before, after }) => formatSides(path, before, after).before,
  },
  {
    key: 'after',
    raw: ({ after }) => after,
    text: ({ path, before, after }) => formatSides(path, before, after).after,
  },
];

export async function showDiff(
  context: CliContext,
  ref: string,
  times: GuestLookup & { from: Date; to: Date },
): Promise<void> {
  const { guest, from, to, patch } = await (await context.app.history()).diffGuest(ref, times);
  const value: ShownDiff = {
    provider: guest.providerName,
    guestId: guest.id,
    vmid: guest.vmid,
    name: guest.name,
    from,
    to,
    changes: patch.map(([path, before, after]) => ({ path, before, after })),
  };
  const view: View<ShownDiff, FieldChange> = {
    columns: COLUMNS,
    rows: ({ changes }) => changes,
    ref: ({ path }) => path,
    empty: 'no difference',
    footer: async () => [`${guestRef(guest)} between ${formatLocal(from)} and ${formatLocal(to)}`],
  };
  await context.output.print(value, view);
  await noteBegin(context, from);
}
