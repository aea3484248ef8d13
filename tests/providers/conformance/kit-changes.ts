import { expect, it } from '@jest/globals';
import type { Change } from '../../../src/types/history.ts';
import { act, incarnations, keptOf, type OpenWorld, play, stoppedGuest, synced, truthOf } from './kit-world.ts';
import type { SubjectKind } from './subject.ts';
import type { World } from './world.ts';

export function changeTests({ cannot }: SubjectKind, open: OpenWorld): void {
  play(cannot, 'rename')('tells a rename as one change of the same guest', async () => {
    const { world } = await synced(open);
    const { nativeId, name } = await stoppedGuest(world);
    await told(world, (actor) => world.subject.hand.rename(actor, nativeId, 'renamed'), {
      nativeId,
      entry: ['name', name, 'renamed'],
    });
  });

  play(cannot, 'move')('tells a move as one change of the same guest', async () => {
    const { world } = await synced(open);
    const { nativeId, place } = await stoppedGuest(world);
    const to = world.subject.places.find((one) => one !== place) ?? '';
    await told(world, (actor) => world.subject.hand.move(actor, nativeId, to), {
      nativeId,
      entry: ['node', place, to],
    });
  });

  play(cannot, 'power')(
    'tells a start and a change of memory, at least one of them with its actor for certain',
    async () => {
      const { world } = await synced(open);
      const { nativeId, memoryMiB } = await stoppedGuest(world);
      const memory = await told(world, (actor) => world.subject.hand.setMemory(actor, nativeId, memoryMiB + 256), {
        nativeId,
        entry: ['memory', memoryMiB, memoryMiB + 256],
      });
      const power = await told(world, (actor) => world.subject.hand.setPower(actor, nativeId, 'running'), {
        nativeId,
        entry: ['status', 'stopped', 'running'],
      });
      expect([memory, power].map(({ attribution }) => attribution.confidence)).toContain('exact');
    },
  );

  it('tells a removal once', async () => {
    const { world } = await synced(open);
    const { nativeId } = await stoppedGuest(world);
    const actor = await act(world, (who) => world.subject.hand.remove(who, nativeId));
    const [removal, ...more] = await world.news();
    expect(more).toEqual([]);
    expect(removal).toMatchObject({ kind: 'removed' });
    expect([actor, null]).toContain(removal?.attribution.actor);
    await world.subject.pass();
    await world.sync();
    expect(await world.news()).toEqual([]);
    expect(keptOf(await world.guests())).toEqual(await truthOf(world));
    expect(await incarnations(world, nativeId)).toMatchObject([{ presence: 'gone', goneAt: expect.any(Date) }]);
  });

  it('takes a guest that was created anew under the same name for another one', async () => {
    const { world } = await synced(open);
    const { nativeId, name } = await stoppedGuest(world);
    let newId = '';
    const actor = await act(world, async (who) => {
      newId = await world.subject.hand.recreate(who, nativeId);
    });
    const changes = await world.news();
    expect(changes.map(({ kind }) => kind).toSorted()).toEqual(['created', 'removed']);
    for (const { attribution } of changes) expect([actor, null]).toContain(attribution.actor);
    const rows = (await world.guests()).filter((row) => row.nativeId === nativeId || row.nativeId === newId);
    expect(rows.map((row) => [row.nativeId, row.name, row.presence])).toEqual(
      expect.arrayContaining([
        [nativeId, name, 'gone'],
        [newId, name, 'present'],
      ]),
    );
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2);
    expect(new Set(changes.map(({ resourceId }) => resourceId))).toEqual(new Set(rows.map(({ id }) => id)));
    expect(keptOf(await world.guests())).toEqual(await truthOf(world));
  });

  it('does not mix guests of one name', async () => {
    const { world } = await synced(open);
    const { hand } = world.subject;
    const twins: string[] = [];
    await act(world, async (actor) => {
      twins.push(await hand.create(actor, 'twin'), await hand.create(actor, 'twin'));
    });
    const [first = '', second = ''] = twins;
    expect(keptOf(await world.guests())).toEqual(await truthOf(world));
    expect(await world.news()).toMatchObject([{ kind: 'created' }, { kind: 'created' }]);
    const memoryMiB = (await truthOf(world)).find(({ nativeId }) => nativeId === second)?.memoryMiB ?? 0;
    await told(world, (actor) => hand.setMemory(actor, second, memoryMiB + 256), {
      nativeId: second,
      entry: ['memory', memoryMiB, memoryMiB + 256],
    });
    await act(world, (actor) => hand.remove(actor, first));
    expect(await incarnations(world, first)).toMatchObject([{ presence: 'gone' }]);
    expect(await incarnations(world, second)).toMatchObject([
      { presence: 'present', document: { memory: memoryMiB + 256 } },
    ]);
  });
}

/** Asserts that an operation is told as one change of one guest, by whoever did it or by nobody. */
async function told(
  world: World,
  operation: (actor: string) => Promise<void>,
  { nativeId, entry }: { nativeId: string; entry: readonly [path: string, before: unknown, after: unknown] },
): Promise<Change> {
  const before = await incarnations(world, nativeId);
  const actor = await act(world, operation);
  const changes = await world.news();
  const about = changes.filter(({ patch }) => patch.some(([path]) => path === entry[0]));
  const [change, ...more] = about;
  if (change === undefined) throw new Error(`${entry[0]} of ${nativeId} was not told: ${JSON.stringify(changes)}`);
  expect(more).toEqual([]);
  expect(change).toMatchObject({ kind: 'changed', resourceId: before.at(-1)?.id });
  expect(change.patch).toContainEqual(entry);
  expect([actor, null]).toContain(change.attribution.actor);
  expect(new Set(changes.map(({ resourceId }) => resourceId))).toEqual(new Set([change.resourceId]));
  expect((await incarnations(world, nativeId)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  expect(keptOf(await world.guests())).toEqual(await truthOf(world));
  return change;
}
