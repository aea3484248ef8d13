import { Command } from 'commander';
import { openPanel } from '../../app/open-panel.ts';
import { openPanels } from '../../app/open-panels.ts';
import { parsePanelSettings } from '../../services/reconcile/panel-settings.ts';
import { AppError } from '../../types/errors.ts';
import type { PanelReading, PanelRecord, StoredPanel } from '../../types/panel.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { limitOption } from '../options.ts';
import type { Column } from '../output/column.ts';
import { formatBytes, plural } from '../output/format.ts';
import { findPanel } from '../panels/find-panel.ts';
import { scopeText } from '../panels/panel-words.ts';

interface TestResult {
  panel: string;
  count: number;
  doubt: string | null;
  notes: readonly string[];
  records: readonly PanelRecord[];
}

const COLUMNS: readonly Column<PanelRecord>[] = [
  { key: 'id', raw: ({ id }) => id },
  { key: 'name', raw: ({ name }) => name },
  {
    key: 'provider',
    raw: ({ provider }) => provider,
    detail: (rows) => rows.some(({ provider }) => provider !== null),
  },
  { key: 'nativeId', header: 'NATIVE ID', raw: ({ nativeId }) => nativeId },
  { key: 'uuid', raw: ({ uuid }) => uuid, spare: 2 },
  { key: 'addresses', raw: ({ addresses }) => addresses, spare: 1 },
  { key: 'macs', header: 'MAC', raw: ({ macs }) => macs, detail: 'wide' },
  { key: 'owner', raw: ({ owner }) => owner },
  { key: 'state', raw: ({ state }) => state },
  { key: 'cores', raw: ({ cores }) => cores, align: 'right', detail: 'wide' },
  {
    key: 'memoryBytes',
    header: 'MEMORY',
    raw: ({ memoryBytes }) => memoryBytes,
    text: ({ memoryBytes }) => formatBytes(memoryBytes),
    align: 'right',
    detail: 'wide',
  },
  {
    key: 'diskBytes',
    header: 'DISK',
    raw: ({ diskBytes }) => diskBytes,
    text: ({ diskBytes }) => formatBytes(diskBytes),
    align: 'right',
    detail: 'wide',
  },
  { key: 'package', raw: ({ package: name }) => name, detail: 'wide' },
  { key: 'isBilled', header: 'BILLED', raw: ({ isBilled }) => isBilled, detail: 'wide' },
];

export function testPanelCommand(context: CliContext): Command {
  return new Command('test')
    .description('read a panel, and show the first of its records')
    .argument('<name>')
    .addOption(limitOption(10))
    .addHelpText(
      'after',
      `
Nothing of the records is stored. All of them are listed, whichever guests the panel is about (--provider, --select). The exit
status is 5 if records may be missing or wrong.

Examples:
  $ rollcall panel test billing
  $ rollcall panel test billing --limit 1000 -o json`,
    )
    .action(async (name: string, { limit }: { limit: number }) => {
      const stored = await findPanel(context, name);
      const { records, doubt, notes = [] } = await readNoted(context, stored);
      const result: TestResult = { panel: name, count: records.length, doubt, notes, records: records.slice(0, limit) };
      if (doubt !== null) context.status = EXIT.partial;
      await context.output.print(result, {
        columns: COLUMNS,
        rows: (value) => value.records,
        ref: ({ id }) => id,
        empty: `${name} lists no servers`,
      });
      for (const note of notes) context.output.warn(note);
      if (doubt !== null) context.output.warn(`records may be missing or wrong: ${doubt}`);
      const servers = plural(records.length, 'server');
      const guests = scopeText(parsePanelSettings(stored).scope);
      context.output.note(`${name} lists ${servers}, to be compared with ${guests}`);
    });
}

/** With a note of how it went. */
async function readNoted(context: CliContext, stored: StoredPanel): Promise<PanelReading> {
  const { app, io } = context;
  const repository = await openPanels(app);
  const at = context.now();
  try {
    const source = await openPanel(app, stored);
    try {
      const reading = await source.read({ signal: io.signal });
      await repository.noteReading(stored.id, { at, count: reading.records.length, issue: reading.doubt });
      return reading;
    } finally {
      await source.close();
    }
  } catch (error) {
    if (error instanceof AppError && error.code !== 'interrupted' && error.code !== 'database') {
      await repository.noteReading(stored.id, { at, count: null, issue: error.message });
    }
    throw error;
  }
}
