import { isIPv6 } from 'node:net';
import { KIND_WORDS } from '../../types/guest.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { ExportOptions, Inventory, Rendered } from './export-format.ts';
import { machinesOf, osOf, primaryAddress, referenceOf } from './guest-values.ts';
import { countText, labelOf } from './named-hosts.ts';
import { checkedPort } from './ssh-values.ts';

/**
 * Targets for `file_sd_configs`: a group for each machine with an address, since labels are those of a group. Source: Prometheus'
 * documentation, configuration of file_sd_config: an array of `targets` and `labels`, all of them texts.
 */
export function renderPrometheusSd({ guests, problems }: Inventory, { port }: ExportOptions): Rendered {
  const end = port === undefined ? '' : `:${checkedPort(port)}`;
  const machines = machinesOf(guests);
  const groups = machines.flatMap((guest) => {
    const address = primaryAddress(guest);
    if (address === null) return [];
    return [{ targets: [`${isIPv6(address) ? `[${address}]` : address}${end}`], labels: labels(guest, problems) }];
  });
  const unreachable = machines.filter((guest) => primaryAddress(guest) === null).map(labelOf);
  return {
    content: `${JSON.stringify(groups, null, 2)}\n`,
    warnings: countText(unreachable, 'without a known address left out'),
  };
}

/** Names are ours alone. A label without a text is one that is not there. */
function labels(guest: GuestRow, problems: readonly string[]): Record<string, string> {
  const { providerName, nativeId, name, kind, status, node, pool, tags, isStale } = guest;
  const values = {
    ref: referenceOf(guest),
    provider: providerName,
    id: nativeId,
    name,
    kind: KIND_WORDS[kind],
    status,
    node,
    pool,
    tags: tagList(tags),
    os: osOf(guest),
    stale: isStale ? 'true' : null,
    partial: problems.length > 0 ? 'true' : null,
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      value === null || value === '' ? [] : [[`__meta_rollcall_${key}`, value]],
    ),
  );
}

/** `,prod,web,`, as Prometheus' own discoveries write lists, so that `.*,prod,.*` finds a tag. A comma in a tag makes no other one. */
function tagList(tags: readonly string[]): string {
  return tags.length === 0 ? '' : `,${tags.map((tag) => tag.replaceAll(',', ';')).join(',')},`;
}
