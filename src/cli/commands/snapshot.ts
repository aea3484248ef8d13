import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { snapshotCreateCommand } from './snapshot-create.ts';
import { snapshotDeleteCommand } from './snapshot-delete.ts';
import { snapshotListCommand } from './snapshot-list.ts';
import { snapshotRollbackCommand } from './snapshot-rollback.ts';

const HELP = `
The list comes from the database; the others act on the guests, once their provider allows it (--allow snapshot).

Examples:
  $ rollcall snapshot create web-01 --name before-upgrade
  $ rollcall snapshot list tag=prod
  $ rollcall snapshot rollback web-01 --name before-upgrade --start
  $ rollcall snapshot delete tag=prod --older-than 7d`;

export function snapshotCommand(context: CliContext): Command {
  const command = new Command('snapshot').usage('<command> [options]').addHelpText('after', HELP);
  for (const make of [snapshotCreateCommand, snapshotListCommand, snapshotDeleteCommand, snapshotRollbackCommand]) {
    command.addCommand(make(context));
  }
  return command;
}
