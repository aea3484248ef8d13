import type { GuestRow } from '../../types/inventory.ts';
import { isForeign } from './domains.ts';
import type { Inventory } from './export-format.ts';
import { machinesOf, primaryAddress, referenceOf } from './guest-values.ts';
import { hostNames } from './host-names.ts';
import { isServerName } from './server-names.ts';
import { visibleText } from './visible-text.ts';

export interface NamedHost {
  guest: GuestRow;
  name: string;
  address: string;
  /** `lab/100 Web (old)`: fit for the end of a line. */
  label: string;
}

export interface NamedHosts {
  hosts: readonly NamedHost[];
  /** Labels of the guests whose address is not known. */
  unreachable: readonly string[];
  warnings: readonly string[];
}

/** The machines that have an address, with the names by which they are reached. */
export function namedHosts(
  { guests, servers }: Pick<Inventory, 'guests' | 'servers'>,
  domains: readonly string[],
): NamedHosts {
  const machines = machinesOf(guests);
  const names = hostNames(machines, (name) => isForeign(name, domains) || isServerName(name, servers));
  const hosts: NamedHost[] = [];
  const unreachable: string[] = [];
  for (const guest of machines) {
    const label = labelOf(guest);
    const address = primaryAddress(guest);
    if (address === null) unreachable.push(label);
    else hosts.push({ guest, name: names.get(guest.id) ?? guest.id, address, label });
  }
  const renamed = hosts.filter(({ guest, name }) => guest.name !== null && guest.name !== name);
  return {
    hosts,
    unreachable,
    warnings: [
      ...countText(unreachable, 'without a known address left out'),
      ...countText(
        renamed.map(({ label, name }) => `${label} as ${name}`),
        'written under another name',
      ),
    ],
  };
}

/** `lab/100 Web (old)` on one line. */
export function labelOf(guest: GuestRow): string {
  return visibleText([referenceOf(guest), ...(guest.name === null ? [] : [guest.name])].join(' '));
}

const MOST_NAMED = 3;

/** `2 guests left out: lab/100 a, lab/101 b`; empty for none. */
export function countText(labels: readonly string[], what: string): string[] {
  if (labels.length === 0) return [];
  const named = labels.slice(0, MOST_NAMED).join(', ');
  const more = labels.length > MOST_NAMED ? ', …' : '';
  return [`${labels.length === 1 ? 'a guest' : `${labels.length} guests`} ${what}: ${named}${more}`];
}
