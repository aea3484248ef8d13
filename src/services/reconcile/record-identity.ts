import { hash } from 'node:crypto';
import { canonicalUuid } from '../../types/firmware-uuid.ts';
import type { MatchEvidence, PanelRecord } from '../../types/panel.ts';

/**
 * Of what a record says of which machine it is. While it stays the same, the record stays with the incarnation that it was matched with;
 * an address and a name count only where the record was matched by them.
 */
export function identityDigest(record: PanelRecord, by: MatchEvidence): string {
  const { provider, nativeId, uuid, macs, addresses, name } = record;
  const parts = [
    provider,
    nativeId,
    uuid && canonicalUuid(uuid),
    macs.toSorted(),
    by === 'address' ? addresses.toSorted() : null,
    by === 'name' ? name?.toLowerCase() : null,
  ];
  return hash('sha256', JSON.stringify(parts), 'base64url');
}
