import { type ChangeRecord, toRecords } from '../../types/change-record.ts';
import type { Resource } from '../../types/inventory.ts';
import { byTime } from '../changes/change-record.ts';
import { historyBlock } from '../changes/history-block.ts';
import type { CliContext } from '../context.ts';
import { formatBytes } from '../output/format.ts';
import type { View } from '../output/output.ts';
import { presenceText } from './columns.ts';
import { dataAge } from './presence.ts';
import { SHEET_COLUMNS, type SheetLine, seenAt, toConfigLines, toStateLines } from './sheet-lines.ts';

/** The last changes that a sheet has room for. */
const LAST_CHANGES = 20;

const SHOWN_ABOVE = new Set(['status', 'type', 'nodes', 'version']);

/** Shows a node or a storage, as `show-vm` shows a virtual machine. */
export async function showResource(context: CliContext, resource: Resource, at: Date | undefined): Promise<void> {
  const { row } = resource;
  const query = { resource: row.id, limit: LAST_CHANGES, ...(at && { until: at }) };
  const history = byTime(toRecords(await (await context.app.history()).listChanges(query)));
  const state = stateLines(resource, context.now());
  const config = toConfigLines(row.document, (path) => SHOWN_ABOVE.has(path));
  const view: View<Resource['row'] & { history: readonly ChangeRecord[] }, SheetLine> = {
    columns: SHEET_COLUMNS,
    rows: () => (context.options.output === 'name' ? state.slice(0, 1) : [...state, ...config]),
    ref: () => `${row.providerName}/${row.name}`,
    layout: (_value, draw) => [
      draw.plain(state),
      draw.line(''),
      draw.line('CONFIGURATION'),
      draw.plain(config),
      ...historyBlock(history, draw),
    ],
    footer: () => dataAge(context, at),
  };
  await context.output.print({ ...row, history }, view);
}

function stateLines({ kind, row }: Resource, now: Date): SheetLine[] {
  return toStateLines({
    [kind]: `${row.providerName}/${row.name}`,
    ...(kind === 'node'
      ? {
          status: row.isInMaintenance ? `${row.status}, maintenance` : row.status,
          guests: `${row.guests.total} (${row.guests.running} running)`,
          version: row.version,
          memory: row.memoryBytes === null ? null : formatBytes(row.memoryBytes),
        }
      : { type: row.type, nodes: row.onNodes.map(({ node }) => node).join(', ') || null }),
    presence: presenceText(row),
    'first seen': seenAt(row.firstSeenAt, now),
    'last seen': seenAt(row.lastSeenAt, now),
    gone: row.goneAt === null ? null : seenAt(row.goneAt, now),
  });
}
