import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveGuestResource } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import { attempt } from './attempt.ts';
import { type GuestConfiguration, guestDocument } from './guest-document.ts';

export type ReadConfiguration = GuestConfiguration & { lock: string | null };

export interface ConfigurationCalls {
  client: ProxmoxClient;
  call: CallOptions;
  maskKey: string;
  /** Called once for each guest that was asked for. */
  onDone: () => void;
}

/** `qemu/100`: with the vmid alone a container that took the place of a virtual machine would be taken for it. */
export function guestKey({ kind, vmid }: Pick<PveGuestResource, 'kind' | 'vmid'>): string {
  return `${kind}/${vmid}`;
}

/** The configuration of each guest, values that wait for a restart included; the transport bounds how many at a time. */
export async function readConfigurations(
  { client, call, maskKey, onDone }: ConfigurationCalls,
  rows: readonly PveGuestResource[],
): Promise<ReadonlyMap<string, ReadConfiguration | AppError>> {
  const read = await Promise.all(
    rows.map(async (row): Promise<readonly [string, ReadConfiguration | AppError]> => {
      const { kind, node, vmid } = row;
      const config = await attempt(
        kind === 'qemu' ? client.getVMConfig(node, vmid, {}, call) : client.getContainerConfig(node, vmid, {}, call),
      );
      onDone();
      if (config instanceof AppError) return [guestKey(row), config];
      const lock = typeof config['lock'] === 'string' && config['lock'] !== '' ? config['lock'] : null;
      return [guestKey(row), { ...guestDocument(kind, config, maskKey), lock }];
    }),
  );
  return new Map(read);
}
