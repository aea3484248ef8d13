import { AppError } from '../../../types/errors.ts';
import { guestKey } from '../../../types/guest-key.ts';
import type { Observation, PartialRead } from '../../../types/observation.ts';
import type { DiscoverOptions, FeedCursor, FeedPoll } from '../../provider.ts';
import { attempt } from '../../scope-reports.ts';
import { accessOf, type Discovery, systemOf } from '../discover.ts';
import { CONFIG_SCOPE, type GuestsSeen, identifyGuests } from '../guests.ts';
import { observeNodes } from '../nodes.ts';
import { readPlaces } from '../places.ts';
import { readHosts } from '../read-hosts.ts';
import { readVmsByName } from '../read-vms.ts';
import { readRecords } from '../records/read-records.ts';
import { propertyScope, walkScope } from '../walk-scope.ts';
import { VsphereCursor } from './feed-cursor.ts';

export type DiscoverChangedOptions = Pick<DiscoverOptions, 'maskKey' | 'knownRecords' | 'signal'>;

/**
 * Reads the changed VMs of a poll, then the events that explain them. A VM that is gone by now is told by the next poll. Throws
 * AppError.
 */
export async function discoverChanged(
  { client, clock }: Discovery,
  { cursor }: FeedPoll,
  { maskKey, knownRecords, signal }: DiscoverChangedOptions,
): Promise<{ seen: Observation; cursor: FeedCursor }> {
  if (!(cursor instanceof VsphereCursor)) throw new AppError('usage', 'the cursor is of another kind of provider');
  const access = await accessOf(client, signal);
  const content = await client.content(signal);
  const places = await readPlaces(client, signal);
  const nodes = observeNodes(await attempt(readHosts(client, { places, signal })), access);
  const morefs = cursor.toRead.filter(({ isGone }) => !isGone).map(({ moref }) => moref);
  const vms = await readVmsByName(client, morefs, { places, signal });
  const found = identifyGuests(vms, { places, maskKey, hosts: nodes.hosts });
  const observedAt = clock();
  const trace = await readRecords(client, { knownRecords, maskKey, clock, signal });
  const listing = walkScope('guests', { rows: vms, unread: [] }, access);
  const seen: Observation = {
    startedAt: cursor.takenAt,
    observedAt,
    requested: ['vms'],
    ...systemOf(client, content, nodes),
    scopes: [{ ...listing, count: cursor.listedCount }, propertyScope(CONFIG_SCOPE, vms), trace.scope],
    nodes: nodes.nodes,
    guests: found.guests,
    storages: [],
    records: trace.records,
    unidentified: found.unidentified,
    warnings: found.warnings,
    partialRead: toPartialRead(cursor, found),
  };
  return { seen, cursor };
}

function toPartialRead({ toRead, listedCount }: VsphereCursor, { guests }: Pick<GuestsSeen, 'guests'>): PartialRead {
  const gone = toRead.filter(({ isGone }) => isGone).map(({ nativeId }) => ({ kind: 'vm', nativeId }) as const);
  const asked = new Set([...gone, ...guests].map(guestKey));
  return {
    guests: asked,
    listedCount,
    isSettled: toRead.every(({ isNew, nativeId }) => !isNew || asked.has(guestKey({ kind: 'vm', nativeId }))),
  };
}
