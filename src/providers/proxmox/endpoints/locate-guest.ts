import { guestPath } from '../../../api/paths.ts';
import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import type { ActionSubject } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import { readClusterFacts } from '../actions/cluster-facts.ts';
import { isSameGuest } from '../actions/same-guest.ts';
import { readScene } from '../actions/scene.ts';

export interface LocatedGuest {
  /** `/nodes/pve1/qemu/100`, where it is now. */
  path: string;
  /** Why it may be another machine than the inventory has; null: it is the same. */
  doubt: string | null;
}

/** Finds a guest of the inventory on the server. Throws AppError('not-found') where no guest of its kind has its vmid. */
export async function locateGuest(
  client: ProxmoxClient,
  wanted: ActionSubject,
  signal: AbortSignal,
): Promise<LocatedGuest> {
  // All of the facts: where it has moved, the nodes that there are say whether it was replaced on one of them.
  const facts = () => readClusterFacts(client, signal);
  const { subject, guest } = await readScene({ client, facts, permissions: async () => ({}), signal }, wanted);
  const { kind, vmid, node } = subject;
  if (guest === null) {
    throw new AppError('not-found', `the server has no ${kind === 'qemu' ? 'VM' : 'container'} ${vmid}`, {
      hint: 'sync first: rollcall discover-all',
    });
  }
  const { isSame, why } = isSameGuest(wanted, guest);
  return { path: guestPath(kind, node, vmid), doubt: isSame ? null : why };
}
