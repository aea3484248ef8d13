import type { Command } from 'commander';
import type { PowerVerb } from './commands/power.ts';
import type { CliContext } from './context.ts';

/** A command as the help of the whole program tells of it. Its module is loaded when the command line names it. */
export interface CatalogueEntry {
  name: string;
  /** `[options] <ref>`. */
  usage: string;
  /** Also its description, where it has no longer one. */
  summary: string;
  load: () => Promise<(context: CliContext) => Command>;
}

/** `line`: name and usage. */
function entry(line: string, summary: string, load: CatalogueEntry['load']): CatalogueEntry {
  const [name = '', ...usage] = line.split(' ');
  return { name, usage: usage.join(' '), summary, load };
}

function discovery(name: string, noun: string): CatalogueEntry {
  return entry(`${name} [options]`, `read and record ${noun}`, async () =>
    (await import('./commands/discover.ts')).discoverCommand(name),
  );
}

const DISCOVER: readonly CatalogueEntry[] = [
  discovery('discover-all', 'nodes, guests, storages and tasks'),
  discovery('discover-vms', 'virtual machines'),
  discovery('discover-containers', 'containers'),
  discovery('discover-storage', 'storages'),
  discovery('discover-tasks', 'tasks'),
  discovery('discover-nodes', 'nodes'),
  entry(
    'watch [options]',
    'sync every provider continuously, in the foreground',
    async () => (await import('./commands/watch.ts')).watchCommand,
  ),
  entry(
    'serve [options]',
    'serve the inventory to browsers and programs, live, in the foreground',
    async () => (await import('./commands/serve.ts')).serveCommand,
  ),
];

const PRESENT: readonly CatalogueEntry[] = [
  entry(
    'list-nodes [options]',
    'list nodes from the database (makes no call to a provider)',
    async () => (await import('./commands/list-nodes.ts')).listNodesCommand,
  ),
  entry(
    'list-hosts [options] [selectors...]',
    'list the hosts of all providers from the database (makes no call to a provider)',
    async () => (await import('./commands/list-guests.ts')).listHostsCommand,
  ),
  entry(
    'list-guests [options] [selectors...]',
    'list virtual machines and containers from the database (makes no call to a provider)',
    async () => (await import('./commands/list-guests.ts')).listAllGuestsCommand,
  ),
  entry(
    'list-vms [options] [selectors...]',
    'list virtual machines from the database (makes no call to a provider)',
    async () => (await import('./commands/list-guests.ts')).listVmsCommand,
  ),
  entry(
    'list-containers [options] [selectors...]',
    'list containers from the database (makes no call to a provider)',
    async () => (await import('./commands/list-guests.ts')).listContainersCommand,
  ),
  entry(
    'list-storage [options]',
    'list storages from the database (makes no call to a provider); a shared storage is listed once',
    async () => (await import('./commands/list-storage.ts')).listStorageCommand,
  ),
  entry(
    'list-tasks [options] [selectors...]',
    'list recorded tasks and events, newest first (makes no call to a provider)',
    async () => (await import('./commands/list-tasks.ts')).listTasksCommand,
  ),
  entry(
    'list-lifecycle [options]',
    'list what is no longer supported, or soon will not be, and what to move to',
    async () => (await import('./commands/list-lifecycle.ts')).listLifecycleCommand,
  ),
  entry(
    'show [options] <ref>',
    'show one guest, node or storage: state, configuration and history',
    async () => (await import('./commands/show.ts')).showCommand,
  ),
  entry(
    'show-host [options] <ref>',
    'show one host of any provider: state, configuration and history',
    async () => (await import('./commands/show-guest.ts')).showHostCommand,
  ),
  entry(
    'show-vm [options] <ref>',
    'show one virtual machine: state, configuration and history',
    async () => (await import('./commands/show-guest.ts')).showVmCommand,
  ),
  entry(
    'show-container [options] <ref>',
    'show one container: state, configuration and history',
    async () => (await import('./commands/show-guest.ts')).showContainerCommand,
  ),
];

const ELSEWHERE: readonly CatalogueEntry[] = [
  entry(
    'export',
    'write the inventory for other programs',
    async () => (await import('./commands/export.ts')).exportCommand,
  ),
  entry(
    'import-hosts [options] [selectors...]',
    'mark guests as imported, and write their entries of an SSH configuration or Ansible inventory',
    async () => (await import('./commands/import-hosts.ts')).importHostsCommand,
  ),
];

const CHANGED: readonly CatalogueEntry[] = [
  entry(
    'show-changes [options] [selectors...]',
    'show changes, with time and author',
    async () => (await import('./commands/show-changes.ts')).showChangesCommand,
  ),
  entry(
    'history [options] <ref>',
    'show the whole life of one guest, node or storage',
    async () => (await import('./commands/history.ts')).historyCommand,
  ),
  entry(
    'verify [options]',
    'check that the recorded history is complete and unaltered',
    async () => (await import('./commands/verify.ts')).verifyCommand,
  ),
  entry(
    'prune [options]',
    'drop the details of old changes',
    async () => (await import('./commands/prune.ts')).pruneCommand,
  ),
];

const EXPECTED: readonly CatalogueEntry[] = [
  entry(
    'expect',
    'write a file of expectations from what is there',
    async () => (await import('./commands/expect.ts')).expectCommand,
  ),
  entry(
    'check [options] [file]',
    'compare the inventory with what a file expects, and say who made it deviate',
    async () => (await import('./commands/check.ts')).checkCommand,
  ),
];

const COMPARED: readonly CatalogueEntry[] = [
  entry(
    'reconcile [options]',
    'compare what runs with what panels and billing say, and record the differences',
    async () => (await import('./commands/reconcile.ts')).reconcileCommand,
  ),
  entry(
    'list-findings [options]',
    'list the differences between what runs and what panels say',
    async () => (await import('./commands/list-findings.ts')).listFindingsCommand,
  ),
  entry(
    'findings',
    'show, accept and assign findings of the cross-check',
    async () => (await import('./commands/findings.ts')).findingsCommand,
  ),
  entry(
    'accounts',
    'manage who owns servers, and how that is found',
    async () => (await import('./commands/accounts.ts')).accountsCommand,
  ),
  entry(
    'panel',
    'manage the panels: systems that say which servers there should be',
    async () => (await import('./commands/panel.ts')).panelCommand,
  ),
  entry(
    'billing',
    'propose what to bill and to credit, and keep an account book of what was decided',
    async () => (await import('./commands/billing.ts')).billingCommand,
  ),
];

const WATCHED: readonly CatalogueEntry[] = [
  entry(
    'providers',
    'manage the providers: clusters and hosts to sync',
    async () => (await import('./commands/providers.ts')).providersCommand,
  ),
  entry(
    'sync-status',
    'show the last run of every provider, the age of the data, and guests that could not be observed',
    async () => (await import('./commands/sync-status.ts')).syncStatusCommand,
  ),
  entry(
    'doctor [options]',
    'check every requirement of a sync, step by step',
    async () => (await import('./commands/doctor.ts')).doctorCommand,
  ),
  entry(
    'operations',
    'list, show and cancel the work that people and programs asked for',
    async () => (await import('./commands/operations.ts')).operationsCommand,
  ),
  entry(
    'api',
    'call any endpoint of Proxmox VE, checked against its API',
    async () => (await import('./commands/api.ts')).apiCommand,
  ),
];

const TOLD: readonly CatalogueEntry[] = [
  entry(
    'notify',
    'tell people and programs of changes and problems: webhooks, mail, chats',
    async () => (await import('./commands/notify.ts')).notifyCommand,
  ),
];

const PEOPLE: readonly CatalogueEntry[] = [
  entry(
    'users',
    'manage who may use the server, and see what they did',
    async () => (await import('./commands/users.ts')).usersCommand,
  ),
  entry(
    'tokens',
    'manage the credentials of programs that use the server',
    async () => (await import('./commands/tokens.ts')).tokensCommand,
  ),
];

function power(verb: PowerVerb, summary: string): CatalogueEntry {
  return entry(`${verb} [options] <refs...>`, summary, async () =>
    (await import('./commands/power.ts')).powerCommand(verb),
  );
}

const CHANGING: readonly CatalogueEntry[] = [
  power('start', 'start guests'),
  power('shutdown', 'shut guests down'),
  power('stop', 'cut the power of guests'),
  power('reboot', 'shut guests down and start them again'),
  power('reset', 'reset virtual machines'),
  power('suspend', 'suspend virtual machines'),
  power('resume', 'go on with virtual machines that were suspended'),
  entry(
    'set [options] <ref> [changes...]',
    'change the configuration of guests',
    async () => (await import('./commands/set.ts')).setCommand,
  ),
  entry(
    'tag [options] <refs...>',
    'give tags to guests, and take them away',
    async () => (await import('./commands/tag.ts')).tagCommand,
  ),
  entry(
    'resize-disk [options] <ref> <disk> <size>',
    'make a disk of guests larger',
    async () => (await import('./commands/resize-disk.ts')).resizeDiskCommand,
  ),
  entry(
    'move-disk [options] <ref> <disk>',
    'move a disk of guests to another storage',
    async () => (await import('./commands/move-disk.ts')).moveDiskCommand,
  ),
  entry(
    'migrate [options] <refs...>',
    'move guests to another node',
    async () => (await import('./commands/migrate.ts')).migrateCommand,
  ),
  entry(
    'clone [options] <ref>',
    'clone a guest, once or several times',
    async () => (await import('./commands/clone.ts')).cloneCommand,
  ),
  entry(
    'create',
    'create virtual machines and containers',
    async () => (await import('./commands/create.ts')).createCommand,
  ),
  entry(
    'apply [options] <file>',
    'carry out a plan that was put aside',
    async () => (await import('./commands/apply.ts')).applyCommand,
  ),
  entry(
    'snapshot',
    'take, list and delete snapshots of guests, and go back to one',
    async () => (await import('./commands/snapshot.ts')).snapshotCommand,
  ),
  entry(
    'backup [options] <refs...>',
    'back guests up',
    async () => (await import('./commands/backup.ts')).backupCommand,
  ),
  entry(
    'restore [options] <ref>',
    'bring a guest back from a backup, or make a new one of it',
    async () => (await import('./commands/restore.ts')).restoreCommand,
  ),
  entry(
    'template [options] <refs...>',
    'make templates of guests',
    async () => (await import('./commands/template.ts')).templateCommand,
  ),
  entry(
    'destroy [options] <refs...>',
    'destroy guests',
    async () => (await import('./commands/destroy.ts')).destroyCommand,
  ),
];

/** By the headings of the help, in its order. */
export const CATALOGUE: Readonly<Record<string, readonly CatalogueEntry[]>> = {
  'Discovery:': DISCOVER,
  'Inventory:': PRESENT,
  'Other programs:': ELSEWHERE,
  'Guests:': CHANGING,
  'History:': CHANGED,
  'Expectations:': EXPECTED,
  'Cross-check:': COMPARED,
  'Providers:': WATCHED,
  'Notifications:': TOLD,
  'Users:': PEOPLE,
  'Database:': [
    entry('db', 'manage the database of the inventory', async () => (await import('./commands/db.ts')).dbCommand),
  ],
  'Shell:': [
    entry(
      'completion',
      'complete commands, options and names of the inventory in bash, zsh, fish and PowerShell',
      async () => (await import('./commands/completion.ts')).completionCommand,
    ),
  ],
  'Simulator:': [
    entry(
      'lab [options]',
      'serve a simulated Proxmox VE cluster to try Rollcall with, until interrupted',
      async () => (await import('./commands/lab.ts')).labCommand,
    ),
  ],
};
