import { Command } from 'commander';
import { AppError } from '../../types/errors.ts';
import { ACT_HELP, type ActOptions, withActOptions } from '../actions/act-options.ts';
import type { CliContext } from '../context.ts';

const TEXT = `
DISK is the key of a disk in the configuration: scsi0, virtio1; of a container rootfs or mp0. SIZE is the new size, 40G, or how much
is added, +10G; disks only grow. What is inside (partitions, file systems) is grown by the system there; of a container it grows as well.
`;

const EXAMPLES = `
Examples:
  $ rollcall resize-disk web-01 scsi0 +10G
  $ rollcall resize-disk db-01 scsi1 200G --dry-run
  $ rollcall resize-disk tag=web rootfs 16G --yes`;

/** Source: qemu-server src/PVE/API2/Qemu.pm resize_vm. */
const SIZE = /^\+?\d{1,12}(?:\.\d{1,9})?[KMGT]?$/;

export function resizeDiskCommand(context: CliContext): Command {
  const command = new Command('resize-disk')
    .argument('<ref>', 'guest: NAME, VMID, PROVIDER/NAME; or a selector')
    .argument('<disk>', 'scsi0, virtio1, rootfs, mp0, …')
    .argument('<size>', '40G, or +10G');
  return withActOptions(command)
    .addHelpText('after', `${TEXT}${ACT_HELP}${EXAMPLES}`)
    .action(async (ref: string, disk: string, size: string, options: ActOptions) => {
      if (!SIZE.test(size))
        throw new AppError('usage', `'${size}' is no size`, { hint: '40G, or +10G for more than now' });
      const { actOnGuests } = await import('../actions/act.ts');
      await actOnGuests(context, [ref], {
        verb: 'resize-disk',
        options,
        action: () => ({ verb: 'resize-disk', disk, size }),
      });
    });
}
