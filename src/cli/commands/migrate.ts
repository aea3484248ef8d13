import { type Command, Option } from 'commander';
import { AppError } from '../../types/errors.ts';
import type { ActOptions } from '../actions/act-options.ts';
import { guestCommand } from '../actions/guest-command.ts';
import type { CliContext } from '../context.ts';

interface MigrateOptions extends ActOptions {
  to: string;
  online?: true;
  offline?: true;
  withLocalDisks?: true;
  targetStorage?: string;
}

const TEXT = `A virtual machine that runs is migrated while it runs; a container is shut down, moved and started. What the server names against it
(local disks and devices, nodes that lack a storage, rules of HA) is shown and refuses the guest, as a bridge or a storage that the
other node lacks and a disk for which it has no room. A guest that HA manages is migrated through HA, which does it by a task of its own.`;

export function migrateCommand(context: CliContext): Command {
  return guestCommand<MigrateOptions>(context, {
    name: 'migrate',
    options: [
      new Option('--to <node>', 'where they go').makeOptionMandatory(),
      new Option('--online', 'while they run; without it and --offline: as each of them is'),
      new Option('--offline', 'only those that are off'),
      new Option('--with-local-disks', 'copy local disks of a running VM as well'),
      new Option('--target-storage <storage>', 'where disks go, in place of storages of the same names'),
    ],
    text: TEXT,
    examples: [
      'migrate web-01 --to pve2',
      'migrate db-01 --to pve3 --with-local-disks --target-storage ceph',
      "migrate node=pve1 --to pve2 --parallel 2 --keep-going --reason 'new memory in pve1'",
      'migrate web-01 --to pve2 --offline --dry-run -o json',
    ],
    request: ({ to: target, withLocalDisks = false, targetStorage = null, ...given }) => {
      const online = onlineOf(given);
      return { verb: 'migrate', action: () => ({ verb: 'migrate', target, online, withLocalDisks, targetStorage }) };
    },
  });
}

/** null: as each guest is. */
function onlineOf({ online, offline }: Pick<MigrateOptions, 'online' | 'offline'>): boolean | null {
  if (online && offline) {
    const hint = 'leave both out: each guest is migrated as it is';
    throw new AppError('usage', '--online and --offline exclude each other', { hint });
  }
  if (online) return true;
  return offline ? false : null;
}
