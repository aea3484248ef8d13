import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const src = fileURLToPath(new URL('../../src', import.meta.url));
const ROOMS = ['services', 'repositories', 'net', 'text', 'types'];

/** Tasks, privileges, daemons, files, commands, variables and proofs that only Proxmox VE has. */
const OF_PROXMOX =
  /\b(?:(?:qm|vz)(?:[a-z]*(?:start|stop|shutdown|clone|restore|destroy|create|rollback|snapshot|igrate|config))|vzdump|UPIDs?|VM\.Audit|Datastore\.\w+|Sys\.\w+|pvestatd|pveproxy|pvedaemon|pmxcfs|pvenode|PROXMOX_\w+|smbios|vmgenid)\b|quor|\/etc\/pve/;

/** Objects, events, methods and products that only vSphere has. */
const OF_VSPHERE = /\b(?:morefs?|v[cC]enter|ESXi?|esxi|vMotion|VMware|v[sS]phere|Vm[A-Z][a-z]+\w*Event|VSPHERE_\w+)\b/;

function names(line: string): boolean {
  return OF_PROXMOX.test(line) || OF_VSPHERE.test(line);
}

/** Files that name some all the same, and why. */
const KNOWN: Readonly<Record<string, string>> = {
  'repositories/history/change-label.ts': 'UPIDs are stored in a short form',
  'repositories/inventory/guest-rows.ts': 'the identity of a guest is stored',
  'services/exports/formats.ts': 'Terraform has a provider of its own for each platform',
  'services/exports/netbox-payload.ts': 'NetBox has a type of clusters for each platform',
  'services/exports/terraform-import.ts': 'Terraform has a provider of its own for each platform',
  'services/lifecycle/lifecycle-data.ts': 'the end of support of a platform is known by its name',
  'services/sync/sync-service.ts': 'a message names the variable that renames a provider',
  'types/action.ts': 'a plan is stored with the checks and the types of tasks of its calls',
  'types/doubt.ts': 'a reason is stored as text, of which one is an example',
  'types/guest.ts': 'the identity of a guest is stored',
  'types/history.ts': 'what explains a change is stored by its UPID',
  'types/change-record.ts': 'the types of tasks are stored',
  'types/observation.ts': 'an observation carries the quorum for the rules',
};

function linesOf(room: string): { file: string; line: string }[] {
  return readdirSync(path.join(src, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join(room, file))
    .flatMap((file) =>
      readFileSync(path.join(src, file), 'utf8')
        .split('\n')
        .filter(names)
        .map((line) => ({ file, line: line.trim() })),
    );
}

it.each(ROOMS)('%s: no name of what only one kind of provider has, but where it is stored', (room) => {
  expect(linesOf(room).filter(({ file }) => !Object.hasOwn(KNOWN, file))).toEqual([]);
});

it('every file that is excepted names some', () => {
  const found = new Set(ROOMS.flatMap(linesOf).map(({ file }) => file));
  expect(Object.keys(KNOWN).filter((file) => !found.has(file))).toEqual([]);
});
