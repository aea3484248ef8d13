import type { CliContext } from '../context.ts';
import type { Column } from '../output/column.ts';
import { formatAge, formatBytes, formatLocal, formatValue } from '../output/format.ts';
import type { View } from '../output/output.ts';
import { byTime, type ChangeRecord, toRecords } from './change-record.ts';
import { historyBlock } from './history-block.ts';
import { dataAge, presenceText } from './presence.ts';
import type { Resource } from './show.ts';

/** The last changes that a sheet has room for. */
const LAST_CHANGES = 20;

interface Line {
  section: 'state' | 'config';
  key: string;
  value: string;
}

const COLUMNS: readonly Column<Line>[] = [
  { key: 'section', raw: ({ section }) => section, detail: 'named' },
  { key: 'key', raw: ({ key }) => key },
  { key: 'value', raw: ({ value }) => value },
];

/** Shows a node or a storage, as `show-vm` shows a virtual machine. */
export async function showResource(context: CliContext, resource: Resource, at: Date | undefined): Promise<void> {
  const { row } = resource;
  const query = { resource: row.id, limit: LAST_CHANGES, ...(at && { until: at }) };
  const history = byTime(toRecords(await (await context.history()).listChanges(query)));
  const state = stateLines(resource, context.now());
  const config = Object.entries(row.document)
    .filter(([path]) => path !== 'status')
    .toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([path, value]): Line => ({ section: 'config', key: path, value: formatValue(path, value) }));
  const view: View<Resource['row'] & { history: readonly ChangeRecord[] }, Line> = {
    columns: COLUMNS,
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

function stateLines({ kind, row }: Resource, now: Date): Line[] {
  const seen = (time: Date): string => `${formatLocal(time)} (${formatAge(time, now)})`;
  const values: Record<string, string | null> = {
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
    'first seen': seen(row.firstSeenAt),
    'last seen': seen(row.lastSeenAt),
    gone: row.goneAt === null ? null : seen(row.goneAt),
  };
  return Object.entries(values).flatMap(([key, value]) => (value === null ? [] : [{ section: 'state', key, value }]));
}
