import { parseDomains } from './domains.ts';
import type { ExportOptions, Inventory, Rendered } from './export-format.ts';
import { type NamedHost, namedHosts } from './named-hosts.ts';
import { loginLines } from './ssh-values.ts';
import { visibleText } from './visible-text.ts';

/** One `Host` block for each machine with an address. */
export function renderSshConfig(inventory: Inventory, { domain, ...login }: ExportOptions): Rendered {
  const { hosts, unreachable, warnings } = namedHosts(inventory, parseDomains(domain));
  const lines = loginLines(login);
  const blocks = hosts.map((host) => hostBlock(host, lines));
  const head = [
    ...inventory.problems.map((text) => comment(`partial: ${text}`)),
    ...unreachable.map((label) => comment(`no address: ${label}`)),
  ];
  return { content: [...(head.length > 0 ? [`${head.join('\n')}\n`] : []), ...blocks].join('\n'), warnings };
}

/** A name has none of the characters that mean something to ssh: they are letters, digits, `.`, `_` and `-`. */
export function hostBlock({ name, address, label }: Omit<NamedHost, 'guest'>, login: readonly string[]): string {
  return [comment(label), `Host ${name}`, ...[`HostName ${address}`, ...login].map((line) => `    ${line}`), ''].join(
    '\n',
  );
}

/** Source: ssh_config(5): a comment ends with its line. */
export function comment(text: string): string {
  return `# ${visibleText(text)}`;
}
