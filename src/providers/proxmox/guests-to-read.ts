import type { PveResources } from '../../api/pve-types.ts';
import type { FeedRow, FeedState, GuestToRead } from './feed-cursor.ts';
import { both, toReadByRows } from './feed-rows.ts';
import type { ActivityPoll } from './poll-activity.ts';
import { vmidKey } from './vmid.ts';

/** All guests to read: those left over from earlier polls, those whose rows changed, and those with new activity. */
export function guestsToRead(
  before: FeedState,
  resources: PveResources,
  now: { rows: ReadonlyMap<string, FeedRow>; at: Date; activity: Pick<ActivityPoll, 'activities' | 'running'> },
): ReadonlyMap<string, GuestToRead> {
  const listed = new Map(resources.guests.map((row) => [vmidKey(row), row]));
  const keys = new Map(resources.guests.map((row) => [row.vmid, vmidKey(row)]));
  const toRead = new Map<string, GuestToRead>();
  const add = (guest: GuestToRead): void => {
    const key = vmidKey(guest);
    const earlier = toRead.get(key);
    toRead.set(key, earlier === undefined ? guest : merge(earlier, guest));
  };
  for (const [key, guest] of before.toRead) {
    const row = listed.get(key) ?? null;
    // A guest that appeared and vanished before it was read is dropped.
    if (row !== null || !guest.isNew) add({ ...guest, row });
  }
  for (const guest of toReadByRows(before, resources, now)) add(guest);
  for (const { vmid, what, node, config, power, rights, isClone } of now.activity.activities) {
    const key = keys.get(vmid);
    const row = key === undefined ? undefined : listed.get(key);
    if (row === undefined || isClone) continue;
    const nodes = node === null ? [] : [node];
    add({ kind: row.kind, vmid, row, isNew: false, config, power, rights, reasons: [what], nodes });
  }
  return new Map([...toRead].map(([key, guest]) => [key, { ...guest, nodes: nodesOf(guest, now.activity) }]));
}

/** Nodes whose tasks may explain the change. */
function nodesOf(
  { vmid, row, isNew, nodes }: GuestToRead,
  { activities, running }: Pick<ActivityPoll, 'activities' | 'running'>,
): string[] {
  const own = running.filter(({ vmids }) => vmids.includes(vmid)).map(({ node }) => node);
  // A clone task names its source and runs on the source's node.
  const cloners = isNew
    ? [...activities, ...running].filter(({ isClone }) => isClone).flatMap(({ node }) => node ?? [])
    : [];
  // The task that removed a vanished guest may have run on another node.
  const removers = row === null ? activities.flatMap(({ node }) => node ?? []) : [];
  return [...new Set([...nodes, ...own, ...cloners, ...removers])];
}

function merge(a: GuestToRead, b: GuestToRead): GuestToRead {
  return {
    ...b,
    ...both(a, b),
    isNew: a.isNew || b.isNew,
    reasons: [...new Set([...a.reasons, ...b.reasons])],
    nodes: [...new Set([...a.nodes, ...b.nodes])],
  };
}
