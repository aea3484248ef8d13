import { type Command, Option } from 'commander';
import type { ActOptions } from '../actions/act-options.ts';
import { guestCommand } from '../actions/guest-command.ts';
import { toSnapshotName } from '../actions/snapshot-name.ts';
import type { CliContext } from '../context.ts';
import { wholeNumber } from '../options.ts';

interface Options extends ActOptions {
  name: string;
  description?: string;
  withMemory?: true;
  keep?: number;
}

export function snapshotCreateCommand(context: CliContext): Command {
  return guestCommand<Options>(context, {
    name: 'create',
    summary: 'take a snapshot of guests',
    options: [
      new Option('--name <name>', 'its name; {date} and {time} are filled in, by UTC').makeOptionMandatory(),
      new Option('--description <text>', 'a description'),
      new Option('--with-memory', 'save the memory of a running virtual machine as well'),
      new Option('--keep <n>', 'afterwards keep the newest so many, and delete older ones').argParser(wholeNumber(1)),
    ],
    text: `With --keep, snapshots are deleted after the new one is there, the oldest first: those beyond the newest N, the new one counted.
Where the name has {date} or {time}, only snapshots of that series count. One whose name begins with 'keep' never counts.`,
    examples: [
      'snapshot create web-01 --name before-upgrade --with-memory',
      "snapshot create tag=prod --name 'daily-{date}' --keep 7 --yes",
      "snapshot create 'tag=db,status=running' --name keep-release --description 'release 4.2' --dry-run",
    ],
    request: ({ name: text, description, withMemory, keep }) => {
      const { name, series } = toSnapshotName(text, context.now());
      return {
        verb: 'snapshot-create',
        action: () => ({
          verb: 'snapshot-create',
          name,
          description: description ?? null,
          withMemory: withMemory === true,
          keep: keep ?? null,
          among: keep === undefined ? null : series,
        }),
      };
    },
  });
}
