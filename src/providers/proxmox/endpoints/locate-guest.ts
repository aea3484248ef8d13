import { guestPath } from '../../../api/paths.ts';
import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import type { PveGuestConfig } from '../../../api/pve-types.ts';
import { AppError } from '../../../types/errors.ts';
import type { Guest, GuestIdentity } from '../../../types/guest.ts';
import { attempt } from '../../scope-reports.ts';
import { guestConfiguration } from '../guest-document.ts';

export interface LocatedGuest {
  /** `/nodes/pve1/qemu/100`, where it is now. */
  path: string;
  /** Why it may be another machine than the inventory has; null: it is the same. */
  doubt: string | null;
}

type Wanted = Pick<Guest, 'kind' | 'node' | 'identity'> & { kind: 'qemu' | 'lxc'; vmid: number };
type Reader = Pick<ProxmoxClient, 'getVMConfig' | 'getContainerConfig' | 'getClusterResources'>;

/** Finds a guest of the inventory on the server. Throws AppError('not-found') where no guest of its kind has its vmid. */
export async function locateGuest(client: Reader, wanted: Wanted, signal: AbortSignal): Promise<LocatedGuest> {
  const { kind, vmid } = wanted;
  const known = await attempt(readConfig(client, wanted, signal));
  if (!(known instanceof AppError)) return located(wanted, wanted.node, known);
  if (known.code !== 'no-such-guest' && known.code !== 'node-unreachable') throw known;
  const { guests } = await client.getClusterResources({ signal });
  const row = guests.find((one) => one.vmid === vmid && one.kind === kind);
  if (row === undefined) {
    throw new AppError('not-found', `the server has no ${kind === 'qemu' ? 'VM' : 'container'} ${vmid}`, {
      hint: 'sync first: rollcall discover-all',
    });
  }
  if (row.node === wanted.node) throw known;
  return located(wanted, row.node, await readConfig(client, { ...wanted, node: row.node }, signal));
}

function located({ kind, vmid, identity }: Wanted, node: string, config: PveGuestConfig): LocatedGuest {
  return {
    path: guestPath(kind, node, vmid),
    doubt: machineDoubt(kind, identity, guestConfiguration(kind, config, null).identity),
  };
}

function readConfig(client: Reader, { kind, node, vmid }: Wanted, signal: AbortSignal): Promise<PveGuestConfig> {
  return kind === 'qemu'
    ? client.getVMConfig(node, vmid, {}, { signal })
    : client.getContainerConfig(node, vmid, {}, { signal });
}

/** What cannot be told is a doubt. Of a VM the uuid decides, of a container, which has none, MAC addresses or the root disk. */
function machineDoubt(kind: Wanted['kind'], known: GuestIdentity, now: GuestIdentity): string | null {
  if (kind === 'qemu' && known.uuid !== undefined) {
    if (known.uuid !== now.uuid) return `its uuid is ${now.uuid ?? 'not set'}, and was ${known.uuid}`;
    return known.ctime === now.ctime ? null : 'it was created at another time';
  }
  const macs = known.macs ?? [];
  if (macs.some((mac) => now.macs?.includes(mac))) return null;
  if (macs.length > 0) return 'it has other MAC addresses';
  if (kind === 'lxc' && known.rootfs !== undefined && known.rootfs === now.rootfs && known.hostname === now.hostname)
    return null;
  return 'nothing tells whether it is the same machine';
}
