import { type Command, Option } from 'commander';
import { parseDurationMs } from '../../text/time.ts';
import { AppError } from '../../types/errors.ts';
import type { ActOptions } from '../actions/act-options.ts';
import { guestCommand } from '../actions/guest-command.ts';
import type { CliContext } from '../context.ts';
import { wholeNumber } from '../options.ts';

interface Options extends ActOptions {
  name?: string;
  olderThan?: number;
  keep?: number;
}

export function snapshotDeleteCommand(context: CliContext): Command {
  return guestCommand<Options>(context, {
    name: 'delete',
    summary: 'delete snapshots of guests',
    options: [
      new Option('--name <name>', 'the one of this name, or those that a wildcard matches'),
      new Option('--older-than <duration>', 'those that are older: 7d, 2w').argParser(parseDurationMs),
      new Option('--keep <n>', 'those beyond the newest so many').argParser(wholeNumber(1)),
    ],
    text: `Given together, a snapshot has to meet all of them. The oldest are deleted first. What hangs below a deleted snapshot stays, and
hangs below its parent then. One whose name begins with 'keep' is deleted by exactly its name only.`,
    examples: [
      'snapshot delete web-01 --name before-upgrade',
      'snapshot delete tag=test --older-than 7d --dry-run',
      "snapshot delete 'node=pve1' --name 'daily-*' --keep 3 --yes --keep-going",
    ],
    request: ({ name, olderThan, keep }) => {
      if (name === undefined && olderThan === undefined && keep === undefined)
        throw new AppError('usage', 'which snapshots is not said', {
          hint: 'give --name, --older-than or --keep',
        });
      const before = olderThan === undefined ? null : new Date(context.now().getTime() - olderThan).toISOString();
      return {
        verb: 'snapshot-delete',
        action: () => ({ verb: 'snapshot-delete', name: name ?? null, before, keep: keep ?? null }),
      };
    },
  });
}
