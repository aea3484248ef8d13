import type { ExportFormat } from './export-format.ts';

/** In the order of the help. */
export const EXPORT_FORMATS: readonly ExportFormat[] = [
  {
    name: 'ansible',
    about: 'an inventory for Ansible, with groups by provider, node, pool, tag, OS, kind and status',
    help: `Without --list and --host it is a YAML file. A dynamic inventory is a program of two lines:
  #!/bin/sh
  exec rollcall export ansible --allow-stale "$@"`,
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
];
