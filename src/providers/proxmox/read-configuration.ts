import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveGuestConfig, PveGuestResource, PvePendingEntry } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { FindConfiguration } from '../provider.ts';
import { attempt } from './attempt.ts';
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
}

/** A file that is written between the two answers is read again, so often. */
const MAX_READS = 3;

/**
 * Reads what is in effect and what waits for a restart. `/config` has the pending values in place of those in effect, in one
 * call for each guest; `/pending`, which has both, is asked only where the file has changed since the last run and its digest
 * does not prove that nothing is pending.
 */
export async function readConfiguration(
  query: ConfigurationQuery,
  place: Place,
): Promise<ReadConfiguration | AppError> {
  const { client, call, maskKey } = query;
  const { kind, node, vmid } = place;
  for (let read = 0; read < MAX_READS; read++) {
    const config = await attempt(
      kind === 'qemu' ? client.getVMConfig(node, vmid, {}, call) : client.getContainerConfig(node, vmid, {}, call),
    );
    if (config instanceof AppError) return config;
    // Every configuration has a digest at least.
    if (Object.keys(config).length === 0)
      return new AppError('malformed', `the configuration of ${kind}/${vmid} has nothing in it`);
    const lock = typeof config['lock'] === 'string' && config['lock'] !== '' ? config['lock'] : null;
    const merged = guestConfiguration(kind, config, maskKey);
    const told = withoutAsking(query, place, config, merged);
    if (told !== null) return { ...told, lock };
    const rows = await attempt(client.getPending(kind, node, vmid, call));
    // Where nothing tells what is pending, nothing is.
    if (rows instanceof AppError) return rows.code === 'no-endpoint' ? { ...merged, lock } : rows;
    if (isOneFile(config, rows)) return { ...withPending(kind, { config, rows }, maskKey), lock };
  }
  return new AppError('server', `the configuration of ${kind}/${vmid} changes while it is read`, { retryable: true });
}

function withoutAsking(
  { known }: Pick<ConfigurationQuery, 'known'>,
  place: Place,
  config: PveGuestConfig,
  merged: GuestConfiguration,
): GuestConfiguration | null {
  const { digest } = merged.identity;
  const stored = digest === undefined ? null : known(place);
  const kept = stored !== null && stored.identity.digest === digest ? withKnownPending(merged, stored) : null;
  return kept ?? (isWholeFile(config) ? merged : null);
}

function isOneFile(config: PveGuestConfig, rows: readonly PvePendingEntry[]): boolean {
  const digest = rows.find(({ key }) => key === 'digest')?.value;
  return digest === undefined || digest === config['digest'];
}
