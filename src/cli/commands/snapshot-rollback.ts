import { type Command, Option } from 'commander';
import type { ActOptions } from '../actions/act-options.ts';
import { guestCommand } from '../actions/guest-command.ts';
import type { CliContext } from '../context.ts';

interface Options extends ActOptions {
  name: string;
  start?: true;
}

export function snapshotRollbackCommand(context: CliContext): Command {
  return guestCommand<Options>(context, {
    name: 'rollback',
    summary: 'bring guests back to a snapshot',
    options: [
      new Option('--name <name>', 'the snapshot').makeOptionMandatory(),
      new Option('--start', 'start it afterwards; one whose memory was saved runs anyhow'),
    ],
    text: `Disks and configuration become what they were: everything since the snapshot is lost, but for the later snapshots. A running
guest is stopped without being shut down.`,
    examples: [
      'snapshot rollback web-01 --name before-upgrade --dry-run',
      'snapshot rollback web-01 --name before-upgrade --start',
    ],
    request: ({ name, start }) => ({
      verb: 'snapshot-rollback',
      action: () => ({ verb: 'snapshot-rollback', name, start: start === true }),
    }),
  });
}
