import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addNotifierCommand } from './notify-add.ts';
import { listNotifiersCommand, notifierLogCommand, showNotifierCommand } from './notify-list.ts';
import { runNotifiersCommand, testNotifierCommand } from './notify-run.ts';
import {
  confirmNotifierCommand,
  pauseNotifierCommand,
  removeNotifierCommand,
  resumeNotifierCommand,
} from './notify-state.ts';

const HELP = `
A notifier tells somebody of what the syncs record: guests that are new, removed or changed, removals that the guard holds
back, a sync that fails or is overdue, a history that is not whole. Messages are sent at the end of discover-*, during watch,
and by \`notify run\`. A message that cannot be delivered is tried again, first soon, then every hour, for three days; a
repetition has the same id. docs/notifications.md describes messages, signatures and templates.

Examples:
  $ rollcall notify add slack ops --url file:/etc/rollcall/slack.url --kind new,removed,guard,sync-failed
  $ rollcall notify test ops
  $ rollcall notify log`;

export function notifyCommand(context: CliContext): Command {
  const command = new Command('notify').usage('<command> [options]').addHelpText('after', HELP);
  const commands = [
    addNotifierCommand,
    listNotifiersCommand,
    showNotifierCommand,
    testNotifierCommand,
    runNotifiersCommand,
    notifierLogCommand,
    pauseNotifierCommand,
    resumeNotifierCommand,
    confirmNotifierCommand,
    removeNotifierCommand,
  ];
  for (const make of commands) command.addCommand(make(context));
  return command;
}
