import { Command, Option } from 'commander';
import { ACT_HELP, withActOptions } from '../actions/act-options.ts';
import { type CreateOptions, vmidOption } from '../actions/new-guest-options.ts';
import type { CliContext } from '../context.ts';
import { collect, wholeNumber } from '../options.ts';

const HELP = `
Examples:
  $ rollcall create vm --name web-01 --node pve1 --cores 2 --memory 4G --disk 40G --start
  $ rollcall create container --from-file guests.yaml --dry-run`;

const FILE_HELP = `
A file has several guests, each with the fields that the options are called by, and further settings of the server; a secret is a
reference to it:

  version: 1
  guests:
    - name: web-01
      node: pve1
      template: tmpl-debian12
      cores: 4
      memory: 8G
      tags: [web, prod]
      config: { onboot: true, ciuser: admin }
      secrets: { cipassword: env:WEB_PASSWORD }
      start: true
    - kind: container
      name: cache-01
      node: pve1
      ostemplate: local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst
      disk: local-lvm:8G
      secrets: { password: 'file:/run/secrets/cache' }
`;

const VM_HELP = `
Without more a VM gets what the vendor's wizard gives one for Linux: 1 core, 2 GiB of memory, 32 GiB on a virtio SCSI disk, a virtio
network card on vmbr0. Its disk goes to local-lvm or local-zfs where the node has one, else to the storage with the most room.
--template clones a guest, --image imports a disk (from 7.2 on), --iso puts a medium into its drive.
${FILE_HELP}${ACT_HELP}
Examples:
  $ rollcall create vm --name web-01 --node pve1 --iso local:iso/debian-12.5.0-amd64-netinst.iso --cores 2 --memory 4G --start
  $ rollcall create vm --name web-02 --template tmpl-debian12 --memory 8G --disk 64G --vlan 20 --tags web,prod --start
  $ rollcall create vm --name app-01 --node pve1 --image local:import/debian-12.qcow2 --disk local-lvm:40G --dry-run
  $ rollcall create vm --from-file guests.yaml --plan-out plan.json`;

const CONTAINER_HELP = `
Without more a container is unprivileged and gets 1 core, 512 MiB of memory, 8 GiB of disk, and a network card on vmbr0 with DHCP.
${FILE_HELP}${ACT_HELP}
Examples:
  $ rollcall create container --name cache-01 --node pve1 --ostemplate local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst --start
  $ rollcall create container --name dns-01 --node pve1 --ostemplate local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst \\
      --ip 192.0.2.53/24 --gateway 192.0.2.1
  $ rollcall create container --from-file guests.yaml --dry-run`;

export function createCommand(context: CliContext): Command {
  return new Command('create')
    .description('create virtual machines and containers')
    .usage('<command> [options]')
    .addHelpText('after', HELP)
    .addCommand(kindCommand(context, 'vm'))
    .addCommand(kindCommand(context, 'container'));
}

function kindCommand(context: CliContext, kind: 'vm' | 'container'): Command {
  const isVm = kind === 'vm';
  const command = new Command(kind)
    .description(isVm ? 'create virtual machines' : 'create containers')
    .addOption(new Option('--name <name>', 'its name'))
    .addOption(vmidOption())
    .addOption(new Option('--node <node>', 'where it is made; may be left out where there is one node'))
    .addOption(new Option('--template <ref>', 'the guest that it is a clone of'));
  for (const option of isVm ? vmOptions() : containerOptions()) command.addOption(option);
  for (const option of commonOptions()) command.addOption(option);
  return withActOptions(command)
    .addHelpText('after', isVm ? VM_HELP : CONTAINER_HELP)
    .action(async (options: CreateOptions) => {
      const [{ act }, { createRequests, readSpecs }] = [
        await import('../actions/act.ts'),
        await import('../actions/create-requests.ts'),
      ];
      const specs = readSpecs(options, { kind, cwd: context.io.cwd });
      await act(context, {
        verb: 'create',
        options,
        requests: (opened) => createRequests(context, opened, { specs, kind }),
      });
    });
}

function vmOptions(): Option[] {
  return [
    new Option('--iso <volid>', 'installation medium'),
    new Option('--image <volid>', 'image that its disk is imported from'),
  ];
}

function containerOptions(): Option[] {
  return [
    new Option('--ostemplate <volid>', 'template of the system'),
    new Option('--ip <address>', 'dhcp, or an address with its prefix'),
    new Option('--gateway <address>', 'gateway of that address'),
  ];
}

function commonOptions(): Option[] {
  return [
    new Option('--cores <n>', 'cores').argParser(wholeNumber(1)),
    new Option('--memory <size>', 'memory: 512M, 4G'),
    new Option('--disk <size>', 'size of its disk, and the storage: 32G, local-lvm:32G'),
    new Option('--bridge <bridge>', 'bridge of its network card'),
    new Option('--vlan <tag>', 'VLAN of its network card').argParser(wholeNumber(1)),
    new Option('--tags <tags>', 'tags, separated by commas').argParser(collect),
    new Option('--pool <pool>', 'put it into a pool'),
    new Option('--description <text>', 'its notes'),
    new Option('--full', 'with --template: copy all disks'),
    new Option('--start', 'start it afterwards'),
    new Option('--from-file <file>', 'create the guests of a YAML file').conflicts(SINGLE),
  ];
}

/** What is about one guest. */
const SINGLE = ['name', 'template', 'iso', 'image', 'ostemplate', 'cores', 'memory', 'disk'];
