import { AppError } from '../../types/errors.ts';
import { type Groups, groupsOf, isGroupName } from './ansible-groups.ts';
import {
  type AnsibleInventory,
  isTemplateText,
  type Variable,
  type Variables,
  variablesOf,
} from './ansible-variables.ts';
import type { ExportOptions, Inventory, Rendered } from './export-format.ts';
import { machinesOf } from './guest-values.ts';
import { hostNames } from './host-names.ts';
import { isServerName } from './server-names.ts';

/** A YAML file; with `list` and `host` the answers of a dynamic inventory. Templates are no hosts. */
export async function renderAnsible(inventory: Inventory, { list, host }: ExportOptions): Promise<Rendered> {
  const guests = machinesOf(inventory.guests);
  const names = hostNames(guests, (name) => isGroupName(name) || isServerName(name, inventory.servers));
  const hosts = new Map(guests.map((guest) => [names.get(guest.id) ?? guest.id, variablesOf(guest)]));
  if (host !== undefined)
    return { content: `${JSON.stringify(toJson(hostVariables(hosts, host)), null, 2)}\n`, warnings: [] };
  const { members, warnings } = groupsOf(guests);
  const told = { hosts, groups: toNames(members, names), problems: inventory.problems };
  if (list) return { content: `${JSON.stringify(listing(told), null, 2)}\n`, warnings };
  const { ansibleYaml } = await import('./ansible-yaml.ts');
  return { content: ansibleYaml(told), warnings };
}

function toNames(
  members: Groups['members'],
  names: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly string[]> {
  return new Map([...members].map(([group, ids]) => [group, ids.map((id) => names.get(id) ?? id)]));
}

function hostVariables(hosts: ReadonlyMap<string, Variables>, name: string): Variables {
  const variables = hosts.get(name);
  if (variables !== undefined) return variables;
  throw new AppError('not-found', `No host of the inventory is called \`${name}\``, {
    hint: '`rollcall export ansible --list` has the names of hosts.',
  });
}

/** Source: Ansible's developer guide, "Developing dynamic inventory": `_meta` saves a call of `--host` for each host. */
function listing({ hosts, groups, problems }: AnsibleInventory): object {
  return {
    _meta: { hostvars: Object.fromEntries([...hosts].map(([name, variables]) => [name, toJson(variables)])) },
    all: {
      hosts: [...hosts.keys()],
      children: [...groups.keys()],
      ...(problems.length > 0 && { vars: toJson({ rollcall_problems: problems }) }),
    },
    ...Object.fromEntries([...groups].map(([group, names]) => [group, { hosts: names }])),
  };
}

function toJson(variables: Variables): object {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(unsafeJson) : unsafeJson(value),
    ]),
  );
}

/**
 * Ansible evaluates variables as templates when they are used, and a name may be `{{ lookup('pipe', …) }}`. Source: ansible-core
 * lib/ansible/parsing/ajson.py.
 */
function unsafeJson(value: Variable): unknown {
  return typeof value === 'string' && isTemplateText(value) ? { __ansible_unsafe: value } : value;
}
