import { expect, it } from '@jest/globals';
import type { ReplayAnswers } from '../helpers/replay-server.ts';
import type { Ran } from '../helpers/world.ts';
import { degradedResources, haAnswers, offlineAnswers, onlineAnswers, quorateWithoutNode } from './cluster-answers.ts';
import { storedHistory } from './inventory.ts';
import { answerOf, describeRecordings } from './recordings.ts';
import { openStation, type Station } from './station.ts';

const PARTIAL = 5;

const VMID = { vmid: 'asc' } as const;

/** What may not change of guests while their node is away. */
function storedGuests(station: Station) {
  const select = {
    vmid: true,
    node: true,
    name: true,
    status: true,
    tags: true,
    pool: true,
    goneAt: true,
    document: true,
  } as const;
  return station.stored((db) => db.guest.findMany({ select, orderBy: VMID }));
}

async function unobservable(station: Station): Promise<readonly (readonly unknown[])[]> {
  const rows = await station.stored((db) => db.guest.findMany({ where: { presence: 'unobservable' }, orderBy: VMID }));
  return rows.map(({ vmid, presenceReason, unobservableSince }) => [
    vmid,
    presenceReason,
    unobservableSince?.toISOString(),
  ]);
}

/** Changes after the first revision. */
async function changes(station: Station): Promise<readonly unknown[]> {
  const rows = (await storedHistory(station)).changes.filter(({ rev }) => rev > 1);
  return rows.map(({ resourceType, kind, patch }) => [resourceType, kind, patch]);
}

/** Warnings about guests that cannot be observed. */
function warnings({ stderr }: Ran): string[] {
  return stderr.split('\n').filter((line) => line.includes('cannot be observed'));
}

describeRecordings('recordings of a cluster of Proxmox VE 8.4', () => {
  it('lose nothing of the guests on a node that goes away and comes back', async () => {
    const station = await openStation();
    const first = await station.discover(onlineAnswers());
    const firstAt = station.now();
    // pve3 was never up.
    expect(await unobservable(station)).toEqual([[301, 'node pve3 is offline', firstAt]]);
    expect(first.status).toBe(PARTIAL);
    const guests = await storedGuests(station);
    expect(guests).toHaveLength(13);

    const rows = answerOf('cluster/lostquorum_cluster_resources');
    const away = await station.discover(offlineAnswers(quorateWithoutNode(), rows));
    const awayAt = station.now();
    const expected = [
      [300, 'node pve2 is offline', awayAt],
      [301, 'node pve3 is offline', firstAt],
      [302, 'node pve2 is offline', awayAt],
    ];
    expect(await unobservable(station)).toEqual(expected);
    const degraded = await station.discover(
      offlineAnswers(quorateWithoutNode('offline_stale5min'), degradedResources()),
    );
    expect(await unobservable(station)).toEqual(expected);
    for (const ran of [away, degraded]) {
      expect(ran.status).toBe(PARTIAL);
      expect(warnings(ran)).toEqual([
        `warning: 2 guests on pve2 cannot be observed since ${awayAt}: node pve2 is offline`,
        `warning: 1 guest on pve3 cannot be observed since ${firstAt}: node pve3 is offline`,
      ]);
    }
    expect(await storedGuests(station)).toEqual(guests);
    expect(await changes(station)).toEqual([['node', 'changed', [['status', 'online', 'offline']]]]);

    expect(warnings(await station.discover(onlineAnswers()))).toHaveLength(1);
    expect(await unobservable(station)).toEqual([[301, 'node pve3 is offline', firstAt]]);
    expect(await storedGuests(station)).toEqual(guests);
    expect((await changes(station)).slice(1)).toEqual([['node', 'changed', [['status', 'offline', 'online']]]]);
    expect((await station.rollcall('verify')).status).toBe(0);
  });

  it.each([
    ['lostquorum', 'every guest as it was last heard of'],
    ['noquorum', 'no guest of the other node'],
  ])('change nothing without quorum (%s: %s)', async (name) => {
    const station = await openStation();
    await station.discover(onlineAnswers());
    const [guests, history, firstAt] = [await storedGuests(station), await storedHistory(station), station.now()];
    const view: ReplayAnswers = offlineAnswers(
      answerOf(`cluster/${name}_cluster_status`),
      answerOf(`cluster/${name}_cluster_resources`),
    );
    const lost = await station.discover(view);
    const lostAt = station.now();
    expect(lost.status).toBe(PARTIAL);
    expect(lost.stderr).toContain('warning: the cluster has no quorum');
    expect(await unobservable(station)).toEqual([
      [300, expect.stringContaining('no quorum'), lostAt],
      [301, expect.stringContaining('no quorum'), firstAt],
      [302, expect.stringContaining('no quorum'), lostAt],
    ]);
    // Not even by a run that is told to accept removals.
    await station.discover(view);
    await station.rollcall('discover-all --accept-removals');
    expect(await storedGuests(station)).toEqual(guests);
    expect(await storedHistory(station)).toEqual(history);

    await station.discover(onlineAnswers());
    expect(await unobservable(station)).toEqual([[301, 'node pve3 is offline', firstAt]]);
    expect(await storedGuests(station)).toEqual(guests);
    expect(await storedHistory(station)).toEqual(history);
  });

  it('tell of steady states of high availability, and of no state in between', async () => {
    const station = await openStation();
    await station.discover(onlineAnswers());
    const started = [
      'guest',
      'changed',
      [
        ['ha.state', 'stopped', 'started'],
        ['status', 'stopped', 'running'],
      ],
    ];
    const stopped = [
      'guest',
      'changed',
      [
        ['ha.state', 'started', 'stopped'],
        ['status', 'running', 'stopped'],
      ],
    ];

    await station.discover(haAnswers('ha_started_resources'));
    expect(await changes(station)).toEqual([started]);
    // `hastate` is `request_stop`.
    await station.discover(haAnswers('ha_shutting_down_resources'));
    expect(await changes(station)).toEqual([started]);
    await station.discover(haAnswers('ha_stopped_resources'));
    expect(await changes(station)).toEqual([started, stopped]);
    await station.discover(haAnswers('ha_stopped_again_resources'));
    expect(await changes(station)).toEqual([started, stopped]);
  });
});
