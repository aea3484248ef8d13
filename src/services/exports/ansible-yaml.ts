import { type AnsibleInventory, isTemplateText, type Variables } from './ansible-variables.ts';

const PLAIN = /^[\w ./:@+-]*$/;
/** Names of groups and variables. */
const OWN_WORD = /^[a-z]+_\w+$/;

/**
 * The inventory as a file, by hand: of 10,000 guests, a library that first makes a tree of nodes takes four times as long as everything
 * else. Every text is in double quotes: YAML 1.1, which Ansible reads, takes `yes`, `1:20` and `0777` for other things. What Ansible would
 * evaluate as a template is tagged `!unsafe`.
 */
export function ansibleYaml({ hosts, groups, problems }: AnsibleInventory): string {
  const lines = ['all:'];
  if (problems.length > 0) lines.push('  vars:', ...variableLines({ rollcall_problems: problems }, '    '));
  lines.push(hosts.size === 0 ? '  hosts: {}' : '  hosts:');
  for (const [name, variables] of hosts) lines.push(`    ${quoted(name)}:`, ...variableLines(variables, '      '));
  lines.push(groups.size === 0 ? '  children: {}' : '  children:');
  for (const [group, names] of groups) {
    lines.push(`    ${OWN_WORD.test(group) ? group : quoted(group)}:`, '      hosts:');
    for (const name of names) lines.push(`        ${quoted(name)}: {}`);
  }
  return `${lines.join('\n')}\n`;
}

function variableLines(variables: Variables, indent: string): string[] {
  return Object.entries(variables).flatMap(([name, value]) => {
    if (typeof value === 'string') return [`${indent}${name}: ${scalar(value)}`];
    if (!isList(value)) return [`${indent}${name}: ${value}`];
    if (value.length === 0) return [`${indent}${name}: []`];
    return [`${indent}${name}:`, ...value.map((item) => `${indent}  - ${scalar(item)}`)];
  });
}

function isList(value: Variables[string]): value is readonly string[] {
  return typeof value === 'object' && value !== null;
}

function scalar(text: string): string {
  return isTemplateText(text) ? `!unsafe ${quoted(text)}` : quoted(text);
}

/** The escapes of JSON are those of YAML, but for characters outside the first plane, which are one character there. */
function quoted(text: string): string {
  // Most texts are such, and looking for the others takes longer.
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(/[\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
  });
}
