import type { ExportFormat } from './export-format.ts';

const DOMAIN = {
  flags: '--domain <names>',
  about: 'domains whose names are yours; other names with a dot are changed',
} as const;
const NAMES = `A name that could mean another machine is changed, and the change is reported: characters other than letters, digits, . _ and -, names
that several guests have, addresses as names, and names in a domain that --domain does not name. Guests without a known address
are left out.`;

/** In the order of the help. */
export const EXPORT_FORMATS: readonly ExportFormat[] = [
  {
    name: 'ansible',
    about: 'an inventory for Ansible, with groups by provider, node, pool, tag, OS, kind and status',
    help: `Without --list and --host it is a YAML file. A dynamic inventory is a program of two lines:
  #!/bin/sh
  exec rollcall export ansible --allow-stale --quiet "$@"`,
    options: [
      { flags: '--list', about: 'print the JSON of a dynamic inventory' },
      { flags: '--host <name>', about: 'print the variables of one host as JSON' },
    ],
    examples: [
      "rollcall export ansible 'tag=prod,status=running' --file inventory.yml",
      'rollcall export ansible --list',
      'ansible -i ./rollcall-inventory tag_web -m ping',
    ],
    load: async () => (await import('./ansible.ts')).renderAnsible,
  },
  {
    name: 'ssh-config',
    about: 'a Host block for each guest, for ssh',
    help: NAMES,
    options: [
      { flags: '--user <name>', about: 'who logs in' },
      { flags: '--key <path>', about: 'private key file of the login' },
      { flags: '--port <number>', about: 'port of the SSH servers' },
      DOMAIN,
    ],
    examples: [
      'rollcall export ssh-config tag=web --user admin --key ~/.ssh/id_ed25519 --file ~/.ssh/rollcall.conf',
      "rollcall export ssh-config 'status=running' --domain example.com",
    ],
    load: async () => (await import('./ssh-config.ts')).renderSshConfig,
  },
  {
    name: 'hosts',
    about: 'lines of a hosts file',
    help: NAMES,
    options: [DOMAIN],
    examples: ['rollcall export hosts --file guests.hosts', 'rollcall export hosts tag=web --domain example.com'],
    load: async () => (await import('./hosts-file.ts')).renderHosts,
  },
  {
    name: 'csv',
    about: 'a CSV table of guests',
    help: 'No cell begins like a formula. Unlike list-guests -o csv it has addresses and says how old each row is.',
    examples: ["rollcall export csv 'pool=prod' --file guests.csv", 'rollcall export csv --allow-stale'],
    load: async () => (await import('./csv.ts')).renderCsv,
  },
  {
    name: 'xlsx',
    about: 'an Excel workbook of guests',
    help: 'Texts are typed as texts, so that none is a formula.',
    examples: ['rollcall export xlsx --file guests.xlsx'],
    isBinary: true,
    load: async () => (await import('./xlsx.ts')).renderXlsx,
  },
];
