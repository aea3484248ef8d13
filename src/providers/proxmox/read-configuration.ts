import { createHash } from 'node:crypto';
import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveGuestConfig, PveGuestResource, PvePendingEntry } from '../../api/pve-types.ts';
import type { Document } from '../../types/document.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestIdentity } from '../../types/guest.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { Permissions } from '../../types/observation.ts';
import { sectionOf } from '../../types/section.ts';
import type { FindConfiguration, KnownConfiguration } from '../provider.ts';
import { attempt } from '../scope-reports.ts';
import { isWholeFile } from './config-file.ts';
import { type GuestConfiguration, guestConfiguration } from './guest-document.ts';
import { withKnownPending, withPending } from './pending-configuration.ts';

export type ReadConfiguration = GuestConfiguration & { lock: string | null };

/** A guest, and the node that holds its configuration. */
export type Place = Pick<PveGuestResource, 'kind' | 'vmid' | 'node'>;

export interface ConfigurationQuery {
  client: ProxmoxClient;
  call: CallOptions;
  maskKey: MaskKey | null;
  /** What is stored of a guest: while its file stays as it was, so does what waits for a restart. */
  known: FindConfiguration;
  /** {@link readingOf} this run; null: not known. */
  reading: string | null;
}

/** A file that is written between the two answers is read again, so often. */
const MAX_READS = 3;

/** To be raised when the same answer gives another document: what is stored was read by an earlier decoder. */
const DECODER = 1;

/** What a document depends on besides the file of its guest. */
export function readingOf(version: string | null, permissions: Permissions, maskKey: MaskKey): string {
  // A server writes the keys of each answer in another order.
  const rights = Object.keys(permissions)
    .sort()
    .map((path) => [path, Object.entries(permissions[path] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))]);
  const parts = JSON.stringify([DECODER, version, maskKey.id, rights]);
  return createHash('sha256').update(parts).digest('hex').slice(0, 16);
}

/**
 * Reads what is in effect and what waits for a restart. `/config` has the pending values in place of those in effect, in one
 * call for each guest; `/pending`, which has both, is asked only where the file has changed since the last run and its digest
 * does not prove that nothing is pending. A file that is as it was, and is read as it was, is what is stored.
 */
export async function readConfiguration(
  query: ConfigurationQuery,
  place: Place,
): Promise<ReadConfiguration | AppError> {
  const { client, call, maskKey } = query;
  const { kind, node, vmid } = place;
  const stored = query.known({ kind, nativeId: String(vmid) });
  for (let read = 0; read < MAX_READS; read++) {
    const config = await attempt(client.getConfigUnless(knownDigest(stored, query), place, call));
    if (config instanceof AppError) return config;
    if (config === undefined) return storedConfiguration(stored);
    // Every configuration has a digest at least.
    if (Object.keys(config).length === 0)
      return new AppError('malformed', `the configuration of ${kind}/${vmid} has nothing in it`);
    const lock = typeof config['lock'] === 'string' && config['lock'] !== '' ? config['lock'] : null;
    const merged = guestConfiguration(kind, config, maskKey);
    const told = withoutAsking(stored, config, merged);
    if (told !== null) return { ...told, identity: withReading(told, stored, query), lock };
    const rows = await attempt(client.getPending(kind, node, vmid, call));
    // Where nothing tells what is pending, nothing is.
    if (rows instanceof AppError && rows.code !== 'no-endpoint') return rows;
    if (rows instanceof AppError) return { ...merged, identity: withReading(merged, stored, query), lock };
    if (!isOneFile(config, rows)) continue;
    const whole = withPending(kind, { config, rows }, maskKey);
    return { ...whole, identity: withReading(whole, stored, query), lock };
  }
  return new AppError('server', `the configuration of ${kind}/${vmid} changes while it is read`, { retryable: true });
}

type Stored = KnownConfiguration | null;

function knownDigest(stored: Stored, { reading }: Pick<ConfigurationQuery, 'reading'>): string | undefined {
  return reading !== null && stored?.identity.reading === reading ? stored.identity.digest : undefined;
}

/** What is stored of the section; nothing is stored of a guest that is not known. */
function storedConfiguration(stored: Stored): ReadConfiguration {
  const { document = {}, identity = {}, lock = null } = stored ?? {};
  const fields = new Map(Object.entries(document).filter(([path]) => sectionOf(path) === 'config'));
  return { fields, identity, former: NOTHING, lock };
}

const NOTHING: Document = {};

/** A partial read does not know the rights. If the file is the same, the stored values were read from the same text. */
function withReading(
  { identity }: Pick<GuestConfiguration, 'identity'>,
  stored: Stored,
  query: Pick<ConfigurationQuery, 'reading'>,
): GuestIdentity {
  const isSame = identity.digest !== undefined && identity.digest === stored?.identity.digest;
  const reading = query.reading ?? (isSame ? stored.identity.reading : undefined);
  const { reading: _, ...own } = identity;
  return reading === undefined || identity.digest === undefined ? own : { ...own, reading };
}

function withoutAsking(stored: Stored, config: PveGuestConfig, merged: GuestConfiguration): GuestConfiguration | null {
  const { digest } = merged.identity;
  const isSame = digest !== undefined && stored?.identity.digest === digest;
  const kept = isSame ? withKnownPending(merged, stored) : null;
  return kept ?? (isWholeFile(config) ? merged : null);
}

function isOneFile(config: PveGuestConfig, rows: readonly PvePendingEntry[]): boolean {
  const digest = rows.find(({ key }) => key === 'digest')?.value;
  return digest === undefined || digest === config['digest'];
}
