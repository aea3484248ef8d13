import { Command, Option } from 'commander';
import { ACT_HELP, type ActOptions, withActOptions } from '../actions/act-options.ts';
import type { CliContext } from '../context.ts';

interface MoveDiskOptions extends ActOptions {
  storage: string;
  deleteSource?: true;
  format?: string;
}

const TEXT = `
DISK is the key of a disk in the configuration: scsi0, virtio1; of a container, which has to be off, rootfs or mp0. The storage has to
take disks, be on the node of the guest and have room. The old volume stays with the guest as unused disk unless --delete-source is given.
`;

const EXAMPLES = `
Examples:
  $ rollcall move-disk web-01 scsi0 --storage ceph
  $ rollcall move-disk db-01 scsi1 --storage nas --format qcow2 --delete-source
  $ rollcall move-disk node=pve3 scsi0 --storage ceph --per-storage 2 --yes`;

export function moveDiskCommand(context: CliContext): Command {
  const command = new Command('move-disk')
    .argument('<ref>', 'guest: NAME, VMID, PROVIDER/NAME; or a selector')
    .argument('<disk>', 'scsi0, virtio1, rootfs, mp0, …')
    .addOption(new Option('--storage <storage>', 'where it goes').makeOptionMandatory())
    .addOption(new Option('--delete-source', 'delete the old volume once it is copied'))
    .addOption(new Option('--format <format>', 'of the new volume, of VMs only').choices(['raw', 'qcow2', 'vmdk']));
  return withActOptions(command)
    .addHelpText('after', `${TEXT}${ACT_HELP}${EXAMPLES}`)
    .action(async (ref: string, disk: string, options: MoveDiskOptions) => {
      const { storage, deleteSource = false, format = null } = options;
      const { actOnGuests } = await import('../actions/act.ts');
      await actOnGuests(context, [ref], {
        verb: 'move-disk',
        options,
        action: () => ({ verb: 'move-disk', disk, storage, deleteSource, format }),
      });
    });
}
