import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type Fleet, GUESTS, NAMES, type Name, openFleet } from './fleet.ts';
import { failed, TROUBLES } from './troubles.ts';

let fleet: Fleet;

beforeAll(async () => {
  fleet = await openFleet();
}, 60_000);

describe('three clusters of equal names, vmids and guests', () => {
  it.each(TROUBLES.map((trouble) => [trouble.what, trouble] as const))(
    '%s: the others are complete, and it is itself again afterwards',
    async (_, { victim, start, options, env, status, result, isSeen }) => {
      const { labs, doors, world } = fleet;
      const since = new Date(world.clock.now().getTime() + 1);
      const memories = fleet.changeAll();
      const complete = (name: Name) => ({
        providerName: name,
        success: true,
        outcome: 'complete',
        summary: { total: GUESTS, new: 0, removed: 0, changed: 1, existing: GUESTS - 1 },
        held: [],
      });
      const changed = (name: Name) => [
        { provider: name, vmid: 102, key: 'memory', after: memories[name], actor: `${name}@pve` },
      ];

      const heal = await start({ lab: labs[victim], door: doors[victim] }, fleet);
      const ran = await fleet.discover(options, env);
      await heal();

      expect(ran.rows).toMatchObject(
        NAMES.map((name) => (name === victim ? { providerName: name, ...result } : complete(name))),
      );
      expect(ran.status).toBe(status);
      for (const name of NAMES)
        expect(await fleet.changesOf(name, since)).toEqual(name === victim && !isSeen ? [] : changed(name));

      const healed = await fleet.discover();
      expect(healed.rows).toMatchObject(NAMES.map((name) => ({ providerName: name, outcome: 'complete' })));
      expect(healed.status).toBe(EXIT.done);
      for (const name of NAMES) expect(await fleet.changesOf(name, since)).toEqual(changed(name));
      expect(await fleet.rows('show-changes --kind removed')).toEqual([]);
      await fleet.expectNothingMixed();
    },
    30_000,
  );
});

it('a renewed CA is told of, where it is trusted and the machines are the same', async () => {
  const { labs } = fleet;
  labs.west.replaceCa();
  fleet.write('west-ca.pem', labs.west.caPem);
  const renewed = await fleet.discover();
  expect(renewed.status).toBe(EXIT.done);
  expect(renewed.rows).toMatchObject([
    { warnings: [] },
    { warnings: [] },
    { outcome: 'complete', warnings: [{ code: 'ca-renewed' }], summary: { existing: GUESTS } },
  ]);
  labs.west.rotateCertificate('pve1');
  expect((await fleet.discover()).rows).toMatchObject(NAMES.map(() => ({ outcome: 'complete', warnings: [] })));
});

it('no more clusters are read at a time than allowed', async () => {
  const { labs, doors } = fleet;
  const others = () => [...labs.north.requests, ...labs.west.requests].length;
  for (const name of NAMES) labs[name].clearRequests();
  doors.east.leadTo(null);
  const running = fleet.discover('--parallel 1');
  await sleep(1000);
  expect(others()).toBe(0);
  await doors.east.shut();
  const ran = await running;
  doors.east.leadTo(labs.east.url);
  await doors.east.reopen();
  expect(ran.rows.map(({ outcome }) => outcome)).toEqual(['failed', 'complete', 'complete']);
  expect(others()).toBeGreaterThan(0);
});

it('a cluster that is stored already is not taken for a new one under another name', async () => {
  const { labs, world, env } = fleet;
  const { url, fingerprint } = labs.west;
  const how = ['--fingerprint', fingerprint, '--token-id', 'rollcall@pve!ro', '--secret', 'env:WEST', '--no-check'];
  const added = await world.rollcall(['providers', 'add', 'again', '--endpoint', url, ...how], { env });
  expect(added.status).toBe(EXIT.done);
  const ran = await fleet.discover('--provider again');
  expect(ran.rows).toMatchObject([
    { providerName: 'again', ...failed('wrong-cluster', 'answers as cluster prod, which is provider west already') },
  ]);
  expect(ran.status).toBe(EXIT.failed);
  expect(await fleet.rows('list-vms --provider again')).toEqual([]);
  await fleet.expectNothingMixed();
});
