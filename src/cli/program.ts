import { Command } from 'commander';
import { dbCommand } from './commands/db.ts';
import { discoverCommands } from './commands/discover.ts';
import { labCommand } from './commands/lab.ts';
import { listContainersCommand, listVmsCommand } from './commands/list-guests.ts';
import { listNodesCommand } from './commands/list-nodes.ts';
import { listStorageCommand } from './commands/list-storage.ts';
import { listTasksCommand } from './commands/list-tasks.ts';
import { providersCommand } from './commands/providers.ts';
import { pruneCommand } from './commands/prune.ts';
import { showChangesCommand } from './commands/show-changes.ts';
import { showContainerCommand, showVmCommand } from './commands/show-guest.ts';
import { syncStatusCommand } from './commands/sync-status.ts';
import { verifyCommand } from './commands/verify.ts';
import { watchCommand } from './commands/watch.ts';
import type { CliContext } from './context.ts';
import { type GlobalOptions, globalOptions } from './options.ts';
import { VERSION } from './version.ts';

const HELP = `
Exit status: 0 done, 1 failed, 2 usage or configuration, 3 not authenticated or not permitted, 4 unreachable,
5 partial, 6 removals held back by the guard, 7 changes found (show-changes --exit-code), 130 interrupted.

Configuration: flags, before the environment (PROXMOX_VE_ENDPOINT, PROXMOX_VE_API_TOKEN, PROXMOX_VE_CA_FILE,
PROXMOX_VE_FINGERPRINT, PROXMOX_VE_INSECURE, PROXMOX_VE_NAME, PROXMOX_HOST, PROXMOX_USER, PROXMOX_TOKEN_ID,
PROXMOX_TOKEN_SECRET, PROXMOX_PASSWORD, PROXMOX_TOTP_SECRET, DATABASE_URL; also from .env in the working directory),
before stored providers, before defaults.

Examples:
  $ rollcall discover-all
  $ rollcall list-vms --status running --tag prod
  $ rollcall show-changes --since 24h
  $ rollcall lab --print-env`;

const COMMANDS: Readonly<Record<string, readonly ((context: CliContext) => Command)[]>> = {
  'Take the roll:': [...discoverCommands, watchCommand],
  'What is there:': [
    listNodesCommand,
    listVmsCommand,
    listContainersCommand,
    listStorageCommand,
    listTasksCommand,
    showVmCommand,
    showContainerCommand,
  ],
  'What changed:': [showChangesCommand, verifyCommand, pruneCommand],
  'What is watched:': [providersCommand, syncStatusCommand],
  'Where it is kept:': [dbCommand],
  'Try it:': [labCommand],
};

/** Built anew for every run: a commander Command keeps the options of its last parse. */
export function createProgram(context: CliContext): Command {
  const { io } = context;
  const program = new Command('rollcall')
    .description(
      'Takes the roll of every guest on every Proxmox cluster: what is there, what changed, when, and who did it.',
    )
    .usage('<command> [options]')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true, helpWidth: io.isTTY ? Math.min(io.columns ?? 100, 120) : 100 })
    .configureOutput({
      writeOut: (text) => io.stdout(text),
      writeErr: (text) => io.stderr(text),
      // run() words errors, with a hint.
      outputError: () => undefined,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', HELP)
    .hook('preAction', (_program, command) => context.configure(command.optsWithGlobals<GlobalOptions>()));
  for (const option of globalOptions()) program.addOption(option);
  for (const [group, factories] of Object.entries(COMMANDS)) {
    for (const factory of factories) program.addCommand(inherit(factory(context).helpGroup(group), program));
  }
  return program;
}

/** commander copies its settings only to subcommands that it makes itself. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}
