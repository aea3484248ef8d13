import { Command, Option } from 'commander';
import type { Action } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { ACT_HELP, type ActOptions, withActOptions } from '../actions/act-options.ts';
import type { CliContext } from '../context.ts';
import { wholeNumber } from '../options.ts';

interface Options extends ActOptions {
  from: string;
  as?: number;
  storage?: string;
  start?: true;
  unique?: true;
  fromOther?: true;
}

const HELP = `
Without --as the backup replaces the guest, which has to be stopped and not protected; with it, the backup becomes a new guest on
the same node. The backup has to be one of this guest, and not of another that had its vmid before, unless --from-other is given.
\`--from last\` means the last backup that the inventory knows.
${ACT_HELP}
Examples:
  $ rollcall restore web-01 --from last --dry-run
  $ rollcall restore web-01 --from backup:backup/vzdump-qemu-100-2026_11_28-02_00_00.vma.zst --start
  $ rollcall restore web-01 --from last --as 9100 --unique --storage local-lvm`;

export function restoreCommand(context: CliContext): Command {
  return withActOptions(
    new Command('restore')
      .argument('<ref>', 'a guest: NAME, VMID, PROVIDER/NAME')
      .addOption(new Option('--from <volid>', 'the backup: STORAGE:… or last').makeOptionMandatory())
      .addOption(new Option('--as <vmid>', 'to a new guest').argParser(wholeNumber(100)))
      .addOption(new Option('--storage <storage>', 'for its disks; by default where they were'))
      .addOption(new Option('--start', 'start it afterwards'))
      .addOption(new Option('--unique', 'new MAC addresses, and a new uuid'))
      .addOption(new Option('--from-other', 'the backup may be of another guest')),
  )
    .addHelpText('after', HELP)
    .action(async (ref: string, options: Options) => {
      const { actOnGuests } = await import('../actions/act.ts');
      await actOnGuests(context, [ref], { verb: 'restore', options, action: (guest) => toAction(guest, options) });
    });
}

function toAction(guest: GuestRow, { from, as: vmid, storage, start, unique, fromOther }: Options): Action {
  return {
    verb: 'restore',
    volid: from === 'last' ? lastBackup(guest) : checked(from),
    vmid: vmid ?? null,
    storage: storage ?? null,
    start: start === true,
    unique: unique === true,
    foreign: fromOther === true,
  };
}

function lastBackup({ name, nativeId, lastBackup }: GuestRow): string {
  const volume = lastBackup?.volume ?? null;
  if (volume !== null) return volume;
  throw new AppError('not-found', `no backup of ${name ?? nativeId} is known`, {
    hint: 'name it: --from STORAGE:backup/…; `rollcall discover-all` reads the logs of backups',
  });
}

function checked(volid: string): string {
  if (/^[A-Za-z][\w.-]*:[^\s,]+$/.test(volid)) return volid;
  throw new AppError('usage', `--from: '${volid}' is not the id of a volume`, {
    hint: 'STORAGE:backup/vzdump-qemu-100-….vma.zst, or last',
  });
}
