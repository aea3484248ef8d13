import type { Host, Provider } from '../../../src/protocol/resources.ts';
import { isPrivateAddress } from '../../../src/types/addresses.ts';
import type { Selectable } from '../../../src/types/selector.ts';

/** Fields that the feed tells of; a selector with another one is answered by the server. */
export const FEED_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'vmid',
  'id',
  'provider',
  'kind',
  'node',
  'pool',
  'tag',
  'status',
  'presence',
  'template',
  'lock',
  'os',
  'cpus',
  'memory',
  'disk',
  'ip',
  'created',
  'seen',
  'backup',
  'backup.age',
]);

const kept = new WeakMap<Host, { selectable: Selectable; provider: Provider | undefined }>();

/** A host of the feed as selectors read it. Made once for each host. */
export function toSelectable(host: Host, provider: Provider | undefined): Selectable {
  const known = kept.get(host);
  if (known !== undefined && known.provider === provider) return known.selectable;
  const selectable = { guest: guestOf(host, provider), changedAt: null };
  kept.set(host, { selectable, provider });
  return selectable;
}

function guestOf(host: Host, provider: Provider | undefined): Selectable['guest'] {
  const lastSeenAt = host.lastSeenAt ?? provider?.lastCompleteAt ?? host.firstSeenAt;
  return {
    id: host.id,
    providerId: host.providerId,
    providerName: provider?.name ?? '',
    kind: host.kind,
    nativeId: host.nativeId,
    vmid: host.vmid ?? null,
    node: host.node,
    name: host.name ?? null,
    status: host.status,
    qmpstatus: null,
    isTemplate: host.isTemplate === true,
    tags: host.tags,
    pool: host.pool ?? null,
    lock: host.lock ?? null,
    cpus: host.cpus ?? null,
    memoryBytes: host.memoryBytes ?? null,
    diskBytes: host.diskBytes ?? null,
    bootDiskBytes: null,
    osType: host.osType ?? null,
    os: host.os === undefined ? null : { name: host.os, version: null },
    addresses: host.addresses.map((address) => ({
      address,
      prefix: null,
      isPrivate: isPrivateAddress(address),
      source: 'configuration',
      interface: null,
      mac: null,
    })),
    addressesAt: null,
    addressesIssue: null,
    lastBackup: host.lastBackupAt === undefined ? null : { at: new Date(host.lastBackupAt), bytes: null, volume: '' },
    backupJobs: null,
    telemetry: null,
    isStale: host.presence !== 'present',
    document: {},
    identity: {},
    presence: host.presence,
    presenceReason: host.reason ?? null,
    firstSeenAt: new Date(host.firstSeenAt),
    lastSeenAt: new Date(lastSeenAt),
    unobservableSince: host.unobservableSince === undefined ? null : new Date(host.unobservableSince),
    goneAt: null,
  };
}
