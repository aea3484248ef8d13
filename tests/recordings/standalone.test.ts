import { expect, it } from '@jest/globals';
import { expectInventory, expectNothingNew, storedHistory } from './inventory.ts';
import { answerOf, describeRecordings } from './recordings.ts';
import { CONFIGURATIONS, containersOf, standaloneAnswers } from './standalone.ts';
import { openStation, type Station, unanswered } from './station.ts';

const ALL = Object.keys(CONFIGURATIONS).map(Number);

async function presences(station: Station): Promise<unknown> {
  const guests = await station.stored((db) => db.guest.findMany());
  return Object.fromEntries(guests.map(({ vmid, presence, presenceReason }) => [vmid, presenceReason ?? presence]));
}

function expectedPresences(seen: readonly number[]): unknown {
  return Object.fromEntries(
    ALL.map((vmid) => [vmid, seen.includes(vmid) ? 'present' : `hidden: VM.Audit on /vms/${vmid} is missing`]),
  );
}

describeRecordings('recordings of one node of Proxmox VE 8.4', () => {
  it('arrive unchanged, and a second run over them stores nothing', async () => {
    const station = await openStation();
    const ran = await station.discover(standaloneAnswers());
    expect(ran.status).toBe(0);
    expect(unanswered(station.requests())).toEqual([]);
    await expectInventory(station, {
      resources: 'standalone/cluster_resources',
      version: 'standalone/token_ok',
      configurations: CONFIGURATIONS,
    });
    await expectNothingNew(station, () => station.discover(standaloneAnswers()));
    expect((await station.rollcall('verify')).status).toBe(0);
  });

  it('lose no guest to missing permissions', async () => {
    const station = await openStation();
    await station.discover(standaloneAnswers());
    const before = await storedHistory(station);

    const pool = await station.discover({
      ...standaloneAnswers(),
      'GET /access/permissions': answerOf('standalone/access_permissions_other_user'),
      'GET /cluster/status': answerOf('standalone/cluster_status_noperm'),
      'GET /cluster/resources': answerOf('standalone/cluster_resources_pooluser'),
      'GET /nodes/pve1/qemu?full=1': answerOf('standalone/qemu_list_pooluser'),
      'GET /nodes/pve1/lxc': containersOf('standalone/cluster_resources_pooluser'),
      'GET /nodes/pve1/qemu/103/config': answerOf('standalone/perm_pooluser_outside_pool'),
      'GET /nodes/pve1/tasks?source=all&limit=500': answerOf('standalone/node_tasks_pooluser'),
    });
    expect(await presences(station)).toEqual(expectedPresences([100, 101, 200]));
    expect(pool.stderr).toMatch(/no longer sees 7 guests; missing: VM\.Audit on \/vms\n/);

    const none = await station.discover({
      ...standaloneAnswers(),
      'GET /access/permissions': answerOf('standalone/access_permissions_noperm'),
      'GET /cluster/status': answerOf('standalone/cluster_status_noperm'),
      'GET /cluster/resources': answerOf('standalone/cluster_resources_sep_token'),
      'GET /nodes/pve1/qemu?full=1': answerOf('standalone/qemu_list_noperm'),
      'GET /nodes/pve1/lxc': answerOf('standalone/lxc_list_noperm'),
      'GET /nodes/pve1/tasks?source=all&limit=500': answerOf('standalone/node_tasks_noperm'),
    });
    expect(await presences(station)).toEqual(expectedPresences([]));
    expect(none.stderr).toMatch(/no longer sees \d+ guests; missing: VM\.Audit on/);
    expect([pool.status, none.status]).toEqual([5, 5]);

    expect((await station.discover(standaloneAnswers())).status).toBe(0);
    expect(await presences(station)).toEqual(expectedPresences(ALL));
    expect(await storedHistory(station)).toEqual(before);
  });
});
