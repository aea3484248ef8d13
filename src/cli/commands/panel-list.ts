import { Command } from 'commander';
import { openPanels } from '../../app/open-panels.ts';
import { parsePanelSettings } from '../../services/reconcile/panel-settings.ts';
import type { PanelSettings, StoredPanel } from '../../types/panel.ts';
import type { CliContext } from '../context.ts';
import type { Column } from '../output/column.ts';
import { formatAge, formatLocal } from '../output/format.ts';
import { findPanel } from '../panels/find-panel.ts';
import { panelPairs, scopeText, sourceText } from '../panels/panel-words.ts';

type PanelRow = Omit<StoredPanel, 'settings' | 'seal'> & { settings: PanelSettings };

const COLUMNS: readonly Column<PanelRow>[] = [
  { key: 'name', raw: ({ name }) => name },
  { key: 'type', raw: ({ type }) => type },
  { key: 'source', raw: ({ settings }) => sourceText(settings), spare: 2 },
  { key: 'guests', raw: ({ settings }) => scopeText(settings.scope), spare: 1 },
  { key: 'lastCount', header: 'SERVERS', raw: ({ lastCount }) => lastCount, align: 'right' },
  {
    key: 'lastCompleteAt',
    header: 'COMPLETE',
    raw: ({ lastCompleteAt }) => lastCompleteAt,
    text: ({ lastCompleteAt }, { now }) => formatAge(lastCompleteAt, now),
  },
  {
    key: 'lastReadAt',
    header: 'READ',
    raw: ({ lastReadAt }) => lastReadAt,
    text: ({ lastReadAt }, { now }) => formatAge(lastReadAt, now),
    detail: 'wide',
  },
  {
    key: 'lastIssue',
    header: 'ISSUE',
    raw: ({ lastIssue }) => lastIssue,
    tone: () => 'warn',
    detail: (rows) => rows.some(({ lastIssue }) => lastIssue !== null),
  },
];

export function listPanelsCommand(context: CliContext): Command {
  return new Command('list')
    .description('list the panels, and how they were last read')
    .addHelpText('after', '\nExamples:\n  $ rollcall panel list\n  $ rollcall panel list -o json')
    .action(async () => {
      const rows = (await (await openPanels(context.app)).list()).map(toRow);
      await context.output.print(rows, {
        columns: COLUMNS,
        rows: (value) => value,
        ref: ({ name }) => name,
        empty: 'there is no panel: rollcall panel add --help',
      });
    });
}

export function showPanelCommand(context: CliContext): Command {
  return new Command('show')
    .description('show one panel')
    .argument('<name>')
    .addHelpText('after', '\nSecrets are shown as references.\n\nExamples:\n  $ rollcall panel show billing')
    .action(async (name: string) => {
      await context.output.print(toRow(await findPanel(context, name)), {
        columns: COLUMNS,
        rows: (value) => [value],
        ref: (value) => value.name,
        layout: (value, draw) => [draw.plain(pairsOf(value))],
      });
    });
}

function toRow(stored: StoredPanel): PanelRow {
  const { seal: _seal, ...row } = stored;
  return { ...row, settings: parsePanelSettings(stored) };
}

function pairsOf({ name, settings, createdAt, lastReadAt, lastCompleteAt, lastCount, lastIssue }: PanelRow) {
  return [
    { key: 'name', value: name },
    ...panelPairs(settings),
    { key: 'added', value: formatLocal(createdAt) },
    { key: 'read', value: lastReadAt === null ? 'never' : formatLocal(lastReadAt) },
    ...(lastCompleteAt === null
      ? []
      : [{ key: 'complete', value: `${formatLocal(lastCompleteAt)}, ${lastCount ?? 0} servers` }]),
    ...(lastIssue === null ? [] : [{ key: 'issue', value: lastIssue }]),
  ];
}
