import type { ExportFormat } from './export-format.ts';

const DOMAIN = {
  flags: '--domain <names>',
  about: 'domains whose names are yours; other names with a dot are changed',
} as const;
const NAMES = `A name that could mean another machine is changed, and the change is reported: characters other than letters, digits, . _ and -, names
that several guests have, addresses as names, names of nodes and of providers' servers, and names in a domain that --domain does
not name. Guests without a known address are left out.`;

/** In the order of the help. */
export const EXPORT_FORMATS: readonly ExportFormat[] = [
  {
    name: 'ansible',
    about: 'an inventory for Ansible, with groups by provider, node, pool, tag, OS, kind and status',
    help: `Without --list and --host it is a YAML file. A dynamic inventory is a program of two lines:
  #!/bin/sh
  exec rollcall export ansible --allow-stale --quiet "$@"
Names that several guests have, and names of nodes and of providers' servers, get the provider and id behind them. A guest without a
known address has no ansible_host: Ansible looks for it by its name.`,
    options: [
      { flags: '--list', about: 'print the JSON of a dynamic inventory' },
      { flags: '--host <name>', about: 'print the variables of one host as JSON' },
    ],
    examples: [
      "rollcall export ansible 'tag=prod,status=running' --file inventory.yml",
      'rollcall export ansible --list',
      'ansible -i ./rollcall-inventory tag_web -m ping',
    ],
    reads: ['servers'],
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
    reads: ['servers'],
    load: async () => (await import('./ssh-config.ts')).renderSshConfig,
  },
  {
    name: 'hosts',
    about: 'lines of a hosts file',
    help: NAMES,
    options: [DOMAIN],
    examples: ['rollcall export hosts --file guests.hosts', 'rollcall export hosts tag=web --domain example.com'],
    reads: ['servers'],
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
  {
    name: 'prometheus-sd',
    about: 'targets for Prometheus (file_sd_configs)',
    help: `A target is the address of a guest. Its labels are __meta_rollcall_ref, provider, id, name, kind, status, node, pool, tags, os, and
stale or partial if it may not be as it is now. Tags are a list with a comma before and behind each (,prod,web,); a comma in a tag
is written as a semicolon. Guests without a known address are left out.`,
    options: [
      { flags: '--port <number>', about: 'port of the targets; without it, Prometheus takes that of the scheme' },
    ],
    examples: [
      'rollcall export prometheus-sd status=running --port 9100 --file /etc/prometheus/rollcall.json',
      'rollcall export prometheus-sd tag=db --port 9187',
    ],
    load: async () => (await import('./prometheus-sd.ts')).renderPrometheusSd,
  },
  {
    name: 'terraform-import',
    about: 'import blocks for Terraform and OpenTofu',
    help: `Guests of Proxmox VE are resources of the provider bpg/proxmox, which required_providers has to name (proxmox = { source =
"bpg/proxmox" }); virtual machines of vSphere are those of hashicorp/vsphere. The configuration itself is made by
terraform plan -generate-config-out=guests.tf. Guests that are gone, and those whose node or path is not known, are left out, with
a comment.`,
    examples: [
      'rollcall --provider lab export terraform-import tag=prod --file import.tf',
      'rollcall export terraform-import 100',
    ],
    load: async () => (await import('./terraform-import.ts')).renderTerraformImport,
  },
  {
    name: 'dot',
    about: 'a graph of providers, nodes, guests and shared storages, for Graphviz',
    examples: ['rollcall export dot | dot -Tsvg > guests.svg', "rollcall export dot 'pool=prod' --file prod.dot"],
    reads: ['nodes', 'storages'],
    load: async () => (await import('./dot.ts')).renderDot,
  },
  {
    name: 'netbox',
    about: 'objects for NetBox, as JSON or straight into it',
    help: `Without --push it is JSON with the objects of the REST API of NetBox 4.1 and later: tags, cluster_types, clusters,
virtual_machines, interfaces and ip_addresses. A guest is a virtual machine whose serial is its id in Rollcall, a provider a
cluster; templates are left out. A tag prod is rollcall/prod there. Of an address, assigned_object stands for the id that the API wants.
With --push NetBox is made to have them. Only objects with the tag rollcall are changed, and nothing is deleted: an object of
others that is in the way is named and left alone; give it the tag to have it taken over. Fields and tags that others set stay.
Guests that are gone for certain become decommissioning; addresses that a guest no longer has are taken off it, and deprecated.
Pushing twice writes nothing the second time, and a push that failed is completed by the next. The token is given as a
reference, needs the rights to view, add and change these objects, and is sent over verified HTTPS only.`,
    options: [
      { flags: '--push <url>', about: 'write to this NetBox' },
      {
        flags: '--token <reference>',
        about: 'its token: env:NAME, file:/path, command:… or keyring:…; without it env:NETBOX_TOKEN',
      },
      { flags: '--dry-run', about: 'with --push, only print what would be written' },
    ],
    examples: [
      'rollcall export netbox --push https://netbox.example.com --token file:/run/secrets/netbox --dry-run',
      "rollcall export netbox 'tag=prod' --file netbox.json",
    ],
    load: async () => (await import('./netbox.ts')).renderNetbox,
  },
  {
    name: 'html',
    about:
      'a report to read and print: guests, storage, changes by day and person, what is overdue or at the end of its support',
    help: `One file without scripts that loads nothing. A storage that nodes share counts once. Times are UTC.`,
    options: [
      { flags: '--backup-days <count>', about: 'a backup is overdue after so many days (7)' },
      { flags: '--snapshot-days <count>', about: 'a snapshot is too old after so many days (14)' },
      { flags: '--history-days <count>', about: 'show the changes of so many days (30)' },
    ],
    examples: [
      'rollcall export html --file report.html',
      "rollcall export html 'pool=prod' --history-days 90 --backup-days 2 --file prod.html",
    ],
    reads: ['nodes', 'storages', 'actions', 'lifecycle'],
    load: async () => (await import('./html.ts')).renderHtml,
  },
];
