import { type Command, Option } from 'commander';
import type { ActOptions } from '../actions/act-options.ts';
import { guestCommand } from '../actions/guest-command.ts';
import type { CliContext } from '../context.ts';

const MODES = ['snapshot', 'suspend', 'stop'] as const;

interface Options extends ActOptions {
  storage: string;
  mode: (typeof MODES)[number];
  compress: string;
  notes?: string;
  protect?: true;
}

export function backupCommand(context: CliContext): Command {
  return guestCommand<Options>(context, {
    name: 'backup',
    options: [
      new Option('--storage <storage>', 'where to').makeOptionMandatory(),
      new Option('--mode <mode>', 'how a running guest is copied').choices(MODES).default('snapshot'),
      new Option('--compress <how>', 'compression; 0 for none').choices(['zstd', 'gzip', 'lzo', '0']).default('zstd'),
      new Option('--notes <text>', 'notes of the backup; {{guestname}}, {{node}} and {{vmid}} are filled in'),
      new Option('--protect', 'nothing deletes the backup until its protection is taken away'),
    ],
    text: `Each guest is backed up by a task of its own (vzdump). No older backup is deleted, whatever the storage says. A Proxmox Backup
Server compresses by itself.`,
    examples: [
      'backup web-01 --storage backup --notes "before the upgrade" --protect',
      'backup tag=prod --storage backup --per-node 1 --yes --many',
      'backup prod/105 --storage backup --mode stop --dry-run',
    ],
    request: ({ storage, mode, compress, notes, protect }) => ({
      verb: 'backup',
      action: () => ({ verb: 'backup', storage, mode, compress, notes: notes ?? null, protect: protect === true }),
    }),
  });
}
