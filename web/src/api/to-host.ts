import type { Host } from '../../../src/protocol/resources.ts';
import type { HostListRow } from './types.ts';

/** A row of a past time, or of a selector that the server answered, as the feed would tell of it. */
export function toHost(row: HostListRow): Host {
  const { id, providerId, kind, nativeId, node, status, presence, firstSeenAt } = row;
  return {
    id,
    providerId,
    kind,
    nativeId,
    node,
    status,
    tags: [...row.tags],
    addresses: [...new Set(row.addresses.map(({ address }) => address))],
    presence: presence === 'present' ? 'present' : 'unobservable',
    firstSeenAt,
    lastSeenAt: row.lastSeenAt,
    ...(row.vmid !== null && { vmid: row.vmid }),
    ...(row.name !== null && { name: row.name }),
    ...(row.isTemplate && { isTemplate: true }),
    ...(row.pool !== null && { pool: row.pool }),
    ...(row.lock !== null && { lock: row.lock }),
    ...(row.cpus !== null && { cpus: row.cpus }),
    ...(row.memoryBytes !== null && { memoryBytes: row.memoryBytes }),
    ...(row.diskBytes !== null && { diskBytes: row.diskBytes }),
    ...(row.osType !== null && { osType: row.osType }),
    ...(row.os !== null && { os: row.os.name }),
    ...(row.lastBackup !== null && { lastBackupAt: row.lastBackup.at }),
    ...(row.presenceReason !== null && { reason: row.presenceReason }),
  };
}
