// In a module of its own: in the bundle, import() of a CommonJS package has a default export only.
import { Document, isScalar, Scalar, visit } from 'yaml';
import { type AnsibleInventory, isTemplateText, type Variables } from './ansible-variables.ts';

/** Names of groups and variables, and Ansible's own words. */
const OWN_WORD = /^(?:all|vars|hosts|children|[a-z]+_\w+)$/;

/**
 * The inventory as a file. Every text is in double quotes: YAML 1.1, which Ansible reads, takes `yes`, `1:20` and `0777` for other
 * things. What Ansible would evaluate as a template is tagged `!unsafe`.
 */
export function ansibleYaml({ hosts, groups, problems }: AnsibleInventory): string {
  const all = {
    ...(problems.length > 0 && { vars: withTags({ rollcall_problems: problems }) }),
    hosts: Object.fromEntries([...hosts].map(([name, variables]) => [name, withTags(variables)])),
    children: Object.fromEntries([...groups].map(([group, names]) => [group, { hosts: namesOnly(names) }])),
  };
  const document = new Document({ all });
  visit(document, {
    Pair(_key, { key }) {
      if (isScalar(key) && typeof key.value === 'string' && OWN_WORD.test(key.value)) key.type = Scalar.PLAIN;
    },
  });
  const text = document.toString({
    lineWidth: 0,
    defaultStringType: Scalar.QUOTE_DOUBLE,
    doubleQuotedMinMultiLineLength: Number.POSITIVE_INFINITY,
    nullStr: 'null',
  });
  return escapeHidden(text);
}

function namesOnly(names: readonly string[]): object {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function withTags(variables: Variables): object {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, Array.isArray(value) ? value.map(tagged) : tagged(value)]),
  );
}

function tagged(value: unknown): unknown {
  if (typeof value !== 'string' || !isTemplateText(value)) return value;
  const scalar = new Scalar(value);
  scalar.tag = '!unsafe';
  return scalar;
}

/** Only texts in double quotes have such characters, where `\U` is the same one. */
function escapeHidden(yaml: string): string {
  return yaml.replace(/(?!\n)[\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\U${code.toString(16).padStart(8, '0')}`;
  });
}
