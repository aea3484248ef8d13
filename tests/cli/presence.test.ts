import { expect, it } from '@jest/globals';
import { openWorld } from '../helpers/world.ts';

it('lists of an earlier time say which guests could not be observed then, and why', async () => {
  const world = await openWorld({ nodes: 3, vms: 6, containers: 3 });
  const { lab, clock } = world;
  const away = lab.guests().filter(({ node }) => node === 'pve2');
  const times: Record<string, string> = {};
  const discover = async (name: string, status: number) => {
    clock.advance(300_000);
    expect(await world.rollcall('discover-all --quiet')).toMatchObject({ status });
    clock.advance(1000);
    times[name] = clock.now().toISOString();
  };

  await discover('before', 0);
  lab.node('pve2').powerOff();
  await discover('during', 5);
  await discover('still', 5);
  lab.node('pve2').powerOn();
  await discover('after', 0);

  const presenceAt = async (name: string) => {
    const rows = [
      ...(await world.rollcall(`list-vms --at ${times[name]} -o json`)).rows,
      ...(await world.rollcall(`list-containers --at ${times[name]} -o json`)).rows,
    ];
    expect(rows).toHaveLength(9);
    return rows.filter(({ presence }) => presence !== 'present');
  };
  expect(await presenceAt('before')).toEqual([]);
  expect(await presenceAt('after')).toEqual([]);
  const during = await presenceAt('during');
  expect(new Set(during.map(({ vmid }) => vmid))).toEqual(new Set(away.map(({ vmid }) => vmid)));
  expect(during).toHaveLength(away.length);
  for (const row of during) {
    expect(row).toMatchObject({ presence: 'unobservable', presenceReason: 'node pve2 is offline', isStale: true });
    expect(row['name']).toBe(away.find(({ vmid }) => vmid === row['vmid'])?.name);
  }
  // Since the first run that missed them, also when a later one is asked about.
  expect(await presenceAt('still')).toEqual(during.map((row) => ({ ...row })));
  expect((await world.rollcall(`list-vms --at ${times['during']}`)).stdout).toContain('node pve2 is offline');
});
