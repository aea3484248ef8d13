import { expect, it } from '@jest/globals';
import type { Change } from '../../../src/types/history.ts';
import { keptOf, type OpenWorld, play, stoppedGuest, synced, truthOf } from './kit-world.ts';
import type { SubjectKind } from './subject.ts';
import type { World } from './world.ts';

export function recordTests({ cannot }: SubjectKind, open: OpenWorld): void {
  const hasPower = cannot.power === undefined;
  const hasNames = cannot.rename === undefined;
  it('records removals of most guests at once as far as records prove them', async () => {
    const { world } = await synced(open);
    const { removed, actor } = await removeMost(world);
    const { held } = await world.sync();
    const proven = (await world.news()).filter(({ kind }) => kind === 'removed');
    for (const { attribution } of proven) expect(attribution).toMatchObject({ actor, ref: expect.any(String) });
    expect(proven.length + held.length).toBe(removed.length);
    await acceptRest(world, proven);
  });

  play(cannot, 'lost-records')(
    'holds removals of most guests back that no record proves until they are accepted',
    async () => {
      const { world } = await synced(open);
      const end = await world.begin('lost-records');
      const { removed } = await removeMost(world);
      const { held } = await world.sync();
      expect(await world.news()).toEqual([]);
      expect(held).toHaveLength(removed.length);
      expect((await world.guests()).filter(({ presence }) => presence === 'gone')).toEqual([]);
      await acceptRest(world, []);
      await end();
    },
  );

  it('never names another actor than the true one', async () => {
    const { world } = await synced(open);
    const { subject } = world;
    const { hand, actors } = subject;
    const [alice = '', bob = '', carol = ''] = actors;
    const { nativeId: one, memoryMiB } = await stoppedGuest(world);
    const { nativeId: other } = await stoppedGuest(world, [one]);
    await subject.settle();
    await hand.setMemory(bob, one, memoryMiB + 128);
    if (hasNames) {
      await hand.rename(carol, one, 'of-carol');
      await hand.rename(bob, other, 'of-bob');
    }
    if (hasPower) {
      await hand.setPower(alice, one, 'running');
      await hand.setPower(carol, other, 'running');
    }
    await subject.settle();
    await world.sync();
    const named = (await world.news()).flatMap(({ resourceId, patch, attribution }) =>
      patch.map(([path]) => ({ resourceId, path, actor: attribution.actor })),
    );
    const rows = await world.guests();
    const idOf = (nativeId: string) => rows.find((row) => row.nativeId === nativeId)?.id;
    const expected = [
      [one, 'memory', bob],
      ...(hasNames
        ? ([
            [one, 'name', carol],
            [other, 'name', bob],
          ] as const)
        : []),
      ...(hasPower
        ? ([
            [one, 'status', alice],
            [other, 'status', carol],
          ] as const)
        : []),
    ] as const;
    for (const [nativeId, path, actor] of expected) {
      const found = named.filter((row) => row.resourceId === idOf(nativeId) && row.path === path);
      expect(found).toHaveLength(1);
      expect([actor, null]).toContain(found[0]?.actor);
    }
  });
}

/** Someone removes all guests but one. */
async function removeMost(world: World): Promise<{ removed: readonly string[]; actor: string }> {
  const removed = (await truthOf(world)).slice(1).map(({ nativeId }) => nativeId);
  const [actor = ''] = world.subject.actors;
  await world.subject.settle();
  for (const id of removed) await stopAndRemove(world, actor, id);
  await world.subject.settle();
  return { removed, actor };
}

/** Every removal is told once in the end. */
async function acceptRest(world: World, before: readonly Change[]): Promise<void> {
  await world.subject.pass();
  await world.sync({ acceptRemovals: true });
  const later = (await world.news()).filter(({ kind }) => kind === 'removed');
  const gone = (await world.guests()).filter(({ presence }) => presence === 'gone');
  expect([...before, ...later].map(({ resourceId }) => resourceId).toSorted()).toEqual(
    gone.map(({ id }) => id).toSorted(),
  );
  expect(keptOf(await world.guests())).toEqual(await truthOf(world));
}

async function stopAndRemove({ subject }: World, actor: string, nativeId: string): Promise<void> {
  const found = (await subject.truth()).find((guest) => guest.nativeId === nativeId);
  if (found?.status === 'running') await subject.hand.setPower(actor, nativeId, 'stopped');
  await subject.hand.remove(actor, nativeId);
}
