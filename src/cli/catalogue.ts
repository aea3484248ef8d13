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

function discovery(name: string, noun: string): CatalogueEntry {
  return {
    name,
    usage: '[options]',
    summary: `read and record ${noun}`,
    load: async () => (await import('./commands/discover.ts')).discoverCommand(name),
  };
}

const DISCOVER: readonly CatalogueEntry[] = [
  discovery('discover-all', 'nodes, guests, storages and tasks'),
  discovery('discover-vms', 'virtual machines'),
  discovery('discover-containers', 'containers'),
  discovery('discover-storage', 'storages'),
  discovery('discover-tasks', 'tasks'),
  discovery('discover-nodes', 'nodes'),
  {
    name: 'watch',
    usage: '[options]',
    summary: 'sync every provider continuously, in the foreground',
    load: async () => (await import('./commands/watch.ts')).watchCommand,
  },
  {
    name: 'serve',
    usage: '[options]',
    summary: 'serve the inventory to browsers and programs, live, in the foreground',
    load: async () => (await import('./commands/serve.ts')).serveCommand,
  },
];

const PRESENT: readonly CatalogueEntry[] = [
  {
    name: 'list-nodes',
    usage: '[options]',
    summary: 'list nodes from the database (makes no call to a provider)',
    load: async () => (await import('./commands/list-nodes.ts')).listNodesCommand,
  },
  {
    name: 'list-hosts',
    usage: '[options] [selectors...]',
    summary: 'list the hosts of all providers from the database (makes no call to a provider)',
    load: async () => (await import('./commands/list-guests.ts')).listHostsCommand,
  },
  {
    name: 'list-guests',
    usage: '[options] [selectors...]',
    summary: 'list virtual machines and containers from the database (makes no call to a provider)',
    load: async () => (await import('./commands/list-guests.ts')).listAllGuestsCommand,
  },
  {
    name: 'list-vms',
    usage: '[options] [selectors...]',
    summary: 'list virtual machines from the database (makes no call to a provider)',
    load: async () => (await import('./commands/list-guests.ts')).listVmsCommand,
  },
  {
    name: 'list-containers',
    usage: '[options] [selectors...]',
    summary: 'list containers from the database (makes no call to a provider)',
    load: async () => (await import('./commands/list-guests.ts')).listContainersCommand,
  },
  {
    name: 'list-storage',
    usage: '[options]',
    summary: 'list storages from the database (makes no call to a provider); a shared storage is listed once',
    load: async () => (await import('./commands/list-storage.ts')).listStorageCommand,
  },
  {
    name: 'list-tasks',
    usage: '[options] [selectors...]',
    summary: 'list recorded tasks and events, newest first (makes no call to a provider)',
    load: async () => (await import('./commands/list-tasks.ts')).listTasksCommand,
  },
  {
    name: 'list-lifecycle',
    usage: '[options]',
    summary: 'list what is no longer supported, or soon will not be, and what to move to',
    load: async () => (await import('./commands/list-lifecycle.ts')).listLifecycleCommand,
  },
  {
    name: 'show',
    usage: '[options] <ref>',
    summary: 'show one guest, node or storage: state, configuration and history',
    load: async () => (await import('./commands/show.ts')).showCommand,
  },
  {
    name: 'show-host',
    usage: '[options] <ref>',
    summary: 'show one host of any provider: state, configuration and history',
    load: async () => (await import('./commands/show-guest.ts')).showHostCommand,
  },
  {
    name: 'show-vm',
    usage: '[options] <ref>',
    summary: 'show one virtual machine: state, configuration and history',
    load: async () => (await import('./commands/show-guest.ts')).showVmCommand,
  },
  {
    name: 'show-container',
    usage: '[options] <ref>',
    summary: 'show one container: state, configuration and history',
    load: async () => (await import('./commands/show-guest.ts')).showContainerCommand,
  },
];

const ELSEWHERE: readonly CatalogueEntry[] = [
  {
    name: 'export',
    usage: '',
    summary: 'write the inventory for other programs',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  {
    name: 'import-hosts',
    usage: '[options] [selectors...]',
    summary: 'mark guests as imported, and write their entries of an SSH configuration or Ansible inventory',
    load: async () => (await import('./commands/import-hosts.ts')).importHostsCommand,
  },
];

const CHANGED: readonly CatalogueEntry[] = [
  {
    name: 'show-changes',
    usage: '[options] [selectors...]',
    summary: 'show changes, with time and author',
    load: async () => (await import('./commands/show-changes.ts')).showChangesCommand,
  },
  {
    name: 'history',
    usage: '[options] <ref>',
    summary: 'show the whole life of one guest, node or storage',
    load: async () => (await import('./commands/history.ts')).historyCommand,
  },
  {
    name: 'verify',
    usage: '[options]',
    summary: 'check that the recorded history is complete and unaltered',
    load: async () => (await import('./commands/verify.ts')).verifyCommand,
  },
  {
    name: 'prune',
    usage: '[options]',
    summary: 'drop the details of old changes',
    load: async () => (await import('./commands/prune.ts')).pruneCommand,
  },
];

const EXPECTED: readonly CatalogueEntry[] = [
  {
    name: 'expect',
    usage: '',
    summary: 'write a file of expectations from what is there',
    load: async () => (await import('./commands/expect.ts')).expectCommand,
  },
  {
    name: 'check',
    usage: '[options] [file]',
    summary: 'compare the inventory with what a file expects, and say who made it deviate',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
];

const COMPARED: readonly CatalogueEntry[] = [
  {
    name: 'reconcile',
    usage: '[options]',
    summary: 'compare what runs with what panels and billing say, and record the differences',
    load: async () => (await import('./commands/reconcile.ts')).reconcileCommand,
  },
  {
    name: 'list-findings',
    usage: '[options]',
    summary: 'list the differences between what runs and what panels say',
    load: async () => (await import('./commands/list-findings.ts')).listFindingsCommand,
  },
  {
    name: 'findings',
    usage: '',
    summary: 'show, accept and assign findings of the cross-check',
    load: async () => (await import('./commands/findings.ts')).findingsCommand,
  },
  {
    name: 'accounts',
    usage: '',
    summary: 'manage who owns servers, and how that is found',
    load: async () => (await import('./commands/accounts.ts')).accountsCommand,
  },
  {
    name: 'panel',
    usage: '',
    summary: 'manage the panels: systems that say which servers there should be',
    load: async () => (await import('./commands/panel.ts')).panelCommand,
  },
  {
    name: 'billing',
    usage: '',
    summary: 'propose what to bill and to credit, and keep an account book of what was decided',
    load: async () => (await import('./commands/billing.ts')).billingCommand,
  },
];

const WATCHED: readonly CatalogueEntry[] = [
  {
    name: 'providers',
    usage: '',
    summary: 'manage the providers: clusters and hosts to sync',
    load: async () => (await import('./commands/providers.ts')).providersCommand,
  },
  {
    name: 'sync-status',
    usage: '',
    summary: 'show the last run of every provider, the age of the data, and guests that could not be observed',
    load: async () => (await import('./commands/sync-status.ts')).syncStatusCommand,
  },
  {
    name: 'doctor',
    usage: '[options]',
    summary: 'check every requirement of a sync, step by step',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  {
    name: 'operations',
    usage: '',
    summary: 'list, show and cancel the work that people and programs asked for',
    load: async () => (await import('./commands/operations.ts')).operationsCommand,
  },
  {
    name: 'api',
    usage: '',
    summary: 'call any endpoint of Proxmox VE, checked against its API',
    load: async () => (await import('./commands/api.ts')).apiCommand,
  },
];

const TOLD: readonly CatalogueEntry[] = [
  {
    name: 'notify',
    usage: '',
    summary: 'tell people and programs of changes and problems: webhooks, mail, chats',
    load: async () => (await import('./commands/notify.ts')).notifyCommand,
  },
];

const PEOPLE: readonly CatalogueEntry[] = [
  {
    name: 'users',
    usage: '',
    summary: 'manage who may use the server, and see what they did',
    load: async () => (await import('./commands/users.ts')).usersCommand,
  },
  {
    name: 'tokens',
    usage: '',
    summary: 'manage the credentials of programs that use the server',
    load: async () => (await import('./commands/tokens.ts')).tokensCommand,
  },
];

function power(name: PowerVerb, summary: string): CatalogueEntry {
  return {
    name,
    usage: '[options] <refs...>',
    summary,
    load: async () => (await import('./commands/power.ts')).powerCommand(name),
  };
}

const CHANGING: readonly CatalogueEntry[] = [
  power('start', 'start guests'),
  power('shutdown', 'shut guests down'),
  power('stop', 'cut the power of guests'),
  power('reboot', 'shut guests down and start them again'),
  power('reset', 'reset virtual machines'),
  power('suspend', 'suspend virtual machines'),
  power('resume', 'go on with virtual machines that were suspended'),
  {
    name: 'set',
    usage: '[options] <ref> [changes...]',
    summary: 'change the configuration of guests',
    load: async () => (await import('./commands/set.ts')).setCommand,
  },
  {
    name: 'tag',
    usage: '[options] <words...>',
    summary: 'give tags to guests, and take them away',
    load: async () => (await import('./commands/tag.ts')).tagCommand,
  },
  {
    name: 'resize-disk',
    usage: '[options] <ref> <disk> <size>',
    summary: 'make a disk of guests larger',
    load: async () => (await import('./commands/resize-disk.ts')).resizeDiskCommand,
  },
  {
    name: 'move-disk',
    usage: '[options] <ref> <disk>',
    summary: 'move a disk of guests to another storage',
    load: async () => (await import('./commands/move-disk.ts')).moveDiskCommand,
  },
  {
    name: 'migrate',
    usage: '[options] <refs...>',
    summary: 'move guests to another node',
    load: async () => (await import('./commands/migrate.ts')).migrateCommand,
  },
  {
    name: 'clone',
    usage: '[options] <ref>',
    summary: 'clone a guest, once or several times',
    load: async () => (await import('./commands/clone.ts')).cloneCommand,
  },
  {
    name: 'create',
    usage: '',
    summary: 'create virtual machines and containers',
    load: async () => (await import('./commands/create.ts')).createCommand,
  },
  {
    name: 'apply',
    usage: '[options] <file>',
    summary: 'carry out a plan that was put aside',
    load: async () => (await import('./commands/apply.ts')).applyCommand,
  },
  {
    name: 'snapshot',
    usage: '',
    summary: 'take, list and delete snapshots of guests, and go back to one',
    load: async () => (await import('./commands/snapshot.ts')).snapshotCommand,
  },
  {
    name: 'backup',
    usage: '[options] <refs...>',
    summary: 'back guests up',
    load: async () => (await import('./commands/backup.ts')).backupCommand,
  },
  {
    name: 'restore',
    usage: '[options] <ref>',
    summary: 'bring a guest back from a backup, or make a new one of it',
    load: async () => (await import('./commands/restore.ts')).restoreCommand,
  },
  {
    name: 'template',
    usage: '[options] <refs...>',
    summary: 'make templates of guests',
    load: async () => (await import('./commands/template.ts')).templateCommand,
  },
  {
    name: 'destroy',
    usage: '[options] <refs...>',
    summary: 'destroy guests',
    load: async () => (await import('./commands/destroy.ts')).destroyCommand,
  },
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
    {
      name: 'db',
      usage: '',
      summary: 'manage the database of the inventory',
      load: async () => (await import('./commands/db.ts')).dbCommand,
    },
  ],
  'Shell:': [
    {
      name: 'completion',
      usage: '',
      summary: 'complete commands, options and names of the inventory in bash, zsh, fish and PowerShell',
      load: async () => (await import('./commands/completion.ts')).completionCommand,
    },
  ],
  'Simulator:': [
    {
      name: 'lab',
      usage: '[options]',
      summary: 'serve a simulated Proxmox VE cluster to try Rollcall with, until interrupted',
      load: async () => (await import('./commands/lab.ts')).labCommand,
    },
  ],
};
