import type { PveGuestResource, PveResources } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import type { FeedPoll, WantedGuest } from '../provider.ts';
import { attempt } from '../scope-reports.ts';
import type { Discovery } from './discover.ts';
import { type FeedState, type GuestToRead, ProxmoxCursor } from './feed-cursor.ts';
import { feedRows, nodeStates, storagesOf } from './feed-rows.ts';
import { LINES } from './log.ts';
import { vmidKey, vmidOf } from './vmid.ts';

/**
 * A poll that has these guests to read, all of each. Throws AppError if the listing cannot be read. A guest that is not listed has
 * vanished, unless rows of the listing could not be read: then it is left out.
 */
export async function pollGuests(
  { client, clock }: Discovery,
  guests: readonly WantedGuest[],
  { known, signal }: { known: ReadonlySet<string>; signal?: AbortSignal | undefined },
): Promise<FeedPoll> {
  const call = { signal };
  const takenAt = clock();
  const [resources, lines] = await Promise.all([
    client.getClusterResources(call),
    attempt(client.getClusterLog({ max: LINES }, call)),
  ]);
  const toRead = toReadOf(guests, resources, known);
  const isFailed = lines instanceof AppError;
  const state: FeedState = {
    takenAt,
    rows: feedRows(resources),
    nodes: nodeStates(resources),
    storages: storagesOf(resources),
    activity: { source: 'log', seen: new Map() },
    toRead,
    learned: new Map(),
    lines: isFailed ? [] : lines,
    isWhole: resources.unreadable === 0,
    ...(isFailed && { logError: lines }),
    hasUnreadNew: resources.guests.map(vmidKey).some((key) => !known.has(key) && !toRead.has(key)),
  };
  const changed = guests.map(({ kind, nativeId }) => ({ kind, nativeId, reason: 'it was asked for' }));
  return { cursor: new ProxmoxCursor(state), changed, fullRun: null };
}

function toReadOf(
  guests: readonly WantedGuest[],
  { guests: rows, unreadable }: PveResources,
  known: ReadonlySet<string>,
): ReadonlyMap<string, GuestToRead> {
  const listed = new Map(rows.map((row) => [vmidKey(row), row]));
  const all = guests.flatMap((guest): (readonly [string, GuestToRead])[] => {
    const vmid = vmidOf(guest);
    // A vmid that was given to a guest of the other kind is read as that one, too.
    const rowsOfVmid = (['qemu', 'lxc'] as const).flatMap((kind) => listed.get(vmidKey({ kind, vmid })) ?? []);
    const isGone = unreadable === 0 && !rowsOfVmid.some(({ kind }) => kind === guest.kind);
    const gone = isGone ? [toRead(guest, null, known)] : [];
    return [...gone, ...rowsOfVmid.map((row) => toRead(guest, row, known))].map((one) => [vmidKey(one), one] as const);
  });
  return new Map(all);
}

function toRead(
  { kind: wanted, nodes, ...guest }: WantedGuest,
  row: PveGuestResource | null,
  known: ReadonlySet<string>,
): GuestToRead {
  const place = { kind: row?.kind ?? wanted, vmid: vmidOf(guest) };
  return {
    ...place,
    row,
    isNew: row !== null && !known.has(vmidKey(place)),
    reasons: ['it was asked for'],
    nodes: [...new Set([...(row === null ? [] : [row.node]), ...nodes])],
    config: row !== null,
    power: row !== null,
    rights: true,
  };
}
