import { Command, Option } from 'commander';
import { ACT_HELP, withActOptions } from '../actions/act-options.ts';
import { type CloneOptions, vmidOption } from '../actions/new-guest-options.ts';
import type { CliContext } from '../context.ts';
import { wholeNumber } from '../options.ts';

const HELP = `
A clone of a template is linked to it unless --full or --storage says otherwise; of other guests a full copy is made. With --count
several are made: {n} in the name is their number, {nnn} has three digits. Their vmids are chosen before anything is planned.
${ACT_HELP}
Examples:
  $ rollcall clone tmpl-debian12 --name web-11
  $ rollcall clone tmpl-debian12 --name 'web-{n}' --count 10 --first 11 --start
  $ rollcall clone db-01 --name db-01-test --full --storage shared --node pve2 --dry-run
  $ rollcall clone db-01 --name db-yesterday --snapshot before_upgrade --vmid 900`;

export function cloneCommand(context: CliContext): Command {
  const command = new Command('clone')
    .argument('<ref>', 'the guest that is cloned: NAME, VMID or PROVIDER/NAME')
    .addOption(new Option('--name <name>', 'name of the clone'))
    .addOption(vmidOption())
    .addOption(new Option('--node <node>', 'where it goes; by default where its source is'))
    .addOption(new Option('--storage <storage>', 'where its disks go; by default where those of its source are'))
    .addOption(new Option('--full', 'copy all disks'))
    .addOption(new Option('--linked', 'share the disks of a template').conflicts('full'))
    .addOption(new Option('--pool <pool>', 'put it into a pool'))
    .addOption(new Option('--snapshot <name>', 'clone the guest as it was when the snapshot was taken'))
    .addOption(new Option('--description <text>', 'its notes'))
    .addOption(new Option('--start', 'start it afterwards'))
    .addOption(new Option('--count <n>', 'how many').argParser(wholeNumber(1)).default(1))
    .addOption(new Option('--first <n>', 'number of the first one').argParser(wholeNumber(0)).default(1));
  return withActOptions(command)
    .addHelpText('after', HELP)
    .action(async (ref: string, options: CloneOptions) => {
      const [{ act }, { cloneRequests, findOneGuest }] = [
        await import('../actions/act.ts'),
        await import('../actions/clone-requests.ts'),
      ];
      const guest = await findOneGuest(context, ref);
      // A container is locked while it is cloned. Source: pve-container src/PVE/API2/LXC.pm clone_vm.
      const limits = guest.kind === 'lxc' ? { parallel: 1 } : {};
      await act(context, {
        verb: 'clone',
        options: { ...options, ...limits },
        requests: (opened) => cloneRequests(opened, { guest, options, signal: context.io.signal }),
      });
    });
}
