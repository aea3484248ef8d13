import { toFirmwareUuid } from '../../types/firmware-uuid.ts';
import type { Guest } from '../../types/guest.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { OF_ANY_MACHINE } from '../inventory/managers.ts';

/** A guest as records of panels are compared with it. */
export interface ComparedGuest
  extends Pick<
    Guest,
    | 'id'
    | 'providerId'
    | 'nativeId'
    | 'vmid'
    | 'status'
    | 'presence'
    | 'firstSeenAt'
    | 'goneAt'
    | 'pool'
    | 'tags'
    | 'isTemplate'
  > {
  /** `prod/100`. */
  ref: string;
  providerName: string;
  name: string | null;
  isStale: boolean;
  /** {@link toFirmwareUuid}. */
  uuid: string | null;
  macs: readonly string[];
  addresses: readonly string[];
  cores: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
  description: string | null;
  /** What a control panel calls its owner. */
  owner: string | null;
}

export function toCompared(row: GuestRow): ComparedGuest {
  const { id, providerId, providerName, nativeId, vmid, name, identity, document, addresses } = row;
  const macs = [...(identity.macs ?? []), ...addresses.flatMap(({ mac }) => mac ?? [])];
  const texts = addresses.map(({ address }) => address.toLowerCase());
  return {
    id,
    ref: `${providerName}/${nativeId}`,
    providerId,
    providerName,
    nativeId,
    vmid,
    name,
    status: row.status,
    presence: row.presence,
    firstSeenAt: row.firstSeenAt,
    goneAt: row.goneAt,
    isStale: row.isStale,
    isTemplate: row.isTemplate,
    pool: row.pool,
    tags: row.tags,
    uuid: toFirmwareUuid(identity.uuid ?? textOf(document['uuid'])),
    macs: [...new Set(macs.map((mac) => mac.toUpperCase()))],
    addresses: [...new Set(texts)].filter((address) => !OF_ANY_MACHINE.test(address)),
    cores: row.cpus,
    memoryBytes: row.memoryBytes,
    diskBytes: row.diskBytes,
    description: textOf(document['description']),
    owner: textOf(document['owner']),
  };
}

function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : null;
}
