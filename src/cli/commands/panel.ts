import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addPanelCommand, updatePanelCommand } from './panel-add.ts';
import { linkRecordCommand, unlinkRecordCommand } from './panel-link.ts';
import { listPanelsCommand, showPanelCommand } from './panel-list.ts';
import { confirmPanelCommand, removePanelCommand } from './panel-state.ts';
import { testPanelCommand } from './panel-test.ts';

const HELP = `
A panel is a system that says which servers there should be: a billing system, a control panel, a database, a file. It is read
only. docs/reconcile.md describes the types, the fields of a record and how they are mapped.

Examples:
  $ rollcall panel add billing --type sql --url file:/etc/rollcall/billing.url --view rollcall_servers
  $ rollcall panel test billing
  $ rollcall panel list`;

export function panelCommand(context: CliContext): Command {
  const command = new Command('panel').usage('<command> [options]').addHelpText('after', HELP);
  const commands = [
    addPanelCommand,
    listPanelsCommand,
    showPanelCommand,
    testPanelCommand,
    updatePanelCommand,
    linkRecordCommand,
    unlinkRecordCommand,
    confirmPanelCommand,
    removePanelCommand,
  ];
  for (const make of commands) command.addCommand(make(context));
  return command;
}
