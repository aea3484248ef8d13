import { documentAddresses, type GuestAddress, isIpv4 } from '../../types/addresses.ts';
import { guestFacts, toHostState } from '../../types/facts.ts';
import { guestKey } from '../../types/guest-key.ts';
import type { GuestWrite } from '../../types/plan.ts';
import type { DiscoveredHost } from '../../types/sync-result.ts';

/** A guest as a sync result shows it. Field by field, without spreads: a run has 10,000 guests. */
export function toDiscoveredHost(guest: GuestWrite, providerId: string): DiscoveredHost {
  const {
    id,
    kind,
    nativeId,
    vmid,
    document,
    lock,
    cpus,
    memoryBytes,
    diskBytes,
    bootDiskBytes,
    presence,
    presenceReason,
  } = guest;
  const facts = guestFacts(document);
  const ips = firstIps(documentAddresses(document));
  return {
    id,
    providerHostId: guestKey({ kind, nativeId }),
    name: facts.name || `${kind === 'lxc' ? 'CT' : 'VM'} ${nativeId}`,
    state: presence === 'unobservable' ? 'unknown' : toHostState(facts.status),
    osType: facts.osType,
    publicIp: ips.publicIp,
    privateIp: ips.privateIp,
    tags: facts.tags,
    discoveredAt: guest.firstSeenAt.toISOString(),
    lastSeenAt: guest.lastSeenAt.toISOString(),
    imported: false,
    connectionId: providerId,
    kind,
    vmid,
    node: facts.node ?? '',
    pool: facts.pool,
    isTemplate: facts.isTemplate,
    lock,
    cpus,
    memoryBytes,
    diskBytes,
    bootDiskBytes,
    presence,
    presenceReason,
  };
}

/** With what the guest told where its configuration does not say. */
export function withTold(host: DiscoveredHost, told: readonly GuestAddress[]): DiscoveredHost {
  const { publicIp, privateIp } = firstIps(told);
  return { ...host, publicIp: host.publicIp ?? publicIp, privateIp: host.privateIp ?? privateIp };
}

/** The first IPv4 address of either sort. */
function firstIps(addresses: readonly GuestAddress[]): Pick<DiscoveredHost, 'publicIp' | 'privateIp'> {
  const ipv4 = addresses.filter(({ address }) => isIpv4(address));
  return {
    publicIp: ipv4.find(({ isPrivate }) => !isPrivate)?.address ?? null,
    privateIp: ipv4.find(({ isPrivate }) => isPrivate)?.address ?? null,
  };
}
