import { isIP } from 'node:net';
import { AppError } from '../../types/errors.ts';
import type { FileFormat } from '../../types/import-mark.ts';
import { ansibleYaml } from '../exports/ansible-yaml.ts';
import { referenceOf } from '../exports/guest-values.ts';
import { labelOf } from '../exports/named-hosts.ts';
import { hostBlock } from '../exports/ssh-config.ts';
import { loginLines } from '../exports/ssh-values.ts';
import type { ImportedGuest } from './import-service.ts';

/** The first line of a file that import-hosts writes: it replaces no other. */
export const FILE_MARK = '# Written by `rollcall import-hosts`, which replaces the whole file.';

const NAME = /^[A-Za-z0-9][\w.-]*$/;

/** Everything in a file, by its marks. */
export function importFile(format: FileFormat, entries: readonly ImportedGuest[]): string {
  const odd = entries.find(({ mark }) => !NAME.test(mark.name));
  if (odd !== undefined) throw new AppError('database', `the name of the import mark of ${odd.guest.id} is damaged`);
  const sorted = entries.toSorted((a, b) => (a.mark.name < b.mark.name ? -1 : 1));
  return `${FILE_MARK}\n${format === 'ansible' ? inventory(sorted) : sshConfig(sorted)}`;
}

function sshConfig(entries: readonly ImportedGuest[]): string {
  return entries
    .map(({ mark, guest }) => {
      const { name, address, login } = mark;
      const known = address !== null && isIP(address) !== 0 ? address : name;
      return `\n${hostBlock({ name, address: known, label: labelOf(guest) }, loginLines(login))}`;
    })
    .join('');
}

function inventory(entries: readonly ImportedGuest[]): string {
  const groups = new Map<string, string[]>();
  for (const { mark } of entries) {
    const { group } = mark.login;
    if (group === undefined) continue;
    const names = groups.get(group) ?? [];
    groups.set(group, names);
    names.push(mark.name);
  }
  const hosts = entries.map(({ mark, guest }) => {
    const { address, login } = mark;
    const variables = {
      ...(address !== null && { ansible_host: address }),
      ...(login.user !== undefined && { ansible_user: login.user }),
      ...(login.port !== undefined && { ansible_port: Number(login.port) }),
      ...(login.key !== undefined && { ansible_ssh_private_key_file: login.key }),
      rollcall_ref: referenceOf(guest),
    };
    return [mark.name, variables] as const;
  });
  return ansibleYaml({
    hosts: new Map(hosts),
    groups: new Map([...groups].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    problems: [],
  });
}
