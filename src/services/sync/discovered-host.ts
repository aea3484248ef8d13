import type { Value } from '../../types/document.ts';
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
  const addresses = addressesOf(document);
  return {
    id,
    providerHostId: guestKey({ kind, nativeId }),
    name: facts.name || `${kind === 'lxc' ? 'CT' : 'VM'} ${nativeId}`,
    state: presence === 'unobservable' ? 'unknown' : toHostState(facts.status),
    osType: facts.osType,
    publicIp: addresses.find((address) => !PRIVATE.test(address)) ?? null,
    privateIp: addresses.find((address) => PRIVATE.test(address)) ?? null,
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

function textOf(value: Value | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** For a VM cloud-init's `ipconfigN.ip`, for a container `netN.ip`: `192.0.2.5/24`, `dhcp`, `manual`. */
const CONFIGURED_ADDRESS = /^(?:ipconfig|net)\d+\.ip$/;
/** What the system inside tells of itself. */
const TOLD_ADDRESSES = 'guest.addresses';
const IPV4 = /^(\d{1,3}(?:\.\d{1,3}){3})(?:\/\d{1,2})?$/;
/** Private address ranges: RFC 1918, RFC 6598 and link-local. */
const PRIVATE = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.)/;

function addressesOf(document: GuestWrite['document']): readonly string[] {
  const configured = Object.keys(document)
    .filter((path) => CONFIGURED_ADDRESS.test(path))
    .map((path) => textOf(document[path]) ?? '');
  const { [TOLD_ADDRESSES]: told } = document;
  return [...configured, ...(typeof told === 'object' ? told : [])]
    .map((address) => IPV4.exec(address)?.[1])
    .filter((address) => address !== undefined);
}
