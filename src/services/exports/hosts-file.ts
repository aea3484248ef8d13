import { parseDomains } from './domains.ts';
import type { ExportOptions, Inventory, Rendered } from './export-format.ts';
import { namedHosts } from './named-hosts.ts';
import { comment } from './ssh-config.ts';

/** Lines of a file such as /etc/hosts. */
export function renderHosts(inventory: Inventory, { domain }: ExportOptions): Rendered {
  const { hosts, unreachable, warnings } = namedHosts(inventory, parseDomains(domain));
  const width = Math.max(0, ...hosts.map(({ address }) => address.length));
  const lines = [
    ...inventory.problems.map((text) => comment(`partial: ${text}`)),
    ...unreachable.map((label) => comment(`no address: ${label}`)),
    ...hosts.map(({ name, address, label }) => `${address.padEnd(width)}  ${name}  ${comment(label)}`),
  ];
  return { content: lines.map((line) => `${line}\n`).join(''), warnings };
}
