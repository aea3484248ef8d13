import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Change } from '../../../src/types/history.ts';
import type { GuestRow } from '../../../src/types/inventory.ts';
import { storedBytes } from '../../helpers/postgres.ts';
import { shownHistory } from '../../helpers/shown-history.ts';
import { FAULT_NAMES, type FaultName, type SubjectKind, type TrueGuest } from './subject.ts';
import { openWorld, type World } from './world.ts';

/** What every kind of provider has to pass, each test on a platform and a database of its own. */
export function describeConformance(kind: SubjectKind): void {
  describe(`a provider of kind ${kind.kind}`, () => {
    const opened: World[] = [];
    afterEach(async () => {
      for (const world of opened.splice(0)) await world.close();
    });
    const open: OpenWorld = async () => {
      const world = await openWorld(kind);
      opened.push(world);
      return world;
    };
    runTests(kind, open);
    faultTests(kind, open);
    changeTests(kind, open);
    secretTests(kind, open);
  });
}

type OpenWorld = () => Promise<World>;

function runTests({ maxRequests }: SubjectKind, open: OpenWorld): void {
  it('finds the guests that there are', async () => {
    const world = await open();
    expect(await world.sync()).toMatchObject({ success: true, outcome: 'complete', warnings: [] });
    expect(keptOf(await world.guests())).toEqual(await truthOf(world));
  });

  it('writes nothing in a second run, and asks no more than in the first', async () => {
    const { world, requests } = await synced(open);
    expect(requests).toBeLessThanOrEqual(maxRequests);
    const before = { history: await shownHistory(world.connection), guests: lasting(await world.guests()) };
    await world.subject.pass();
    const again = await world.sync();
    expect(again).toMatchObject({ outcome: 'complete', newHosts: [], removedHosts: [], changedHosts: [] });
    expect(again.requests).toBeLessThanOrEqual(requests);
    expect({ history: await shownHistory(world.connection), guests: lasting(await world.guests()) }).toEqual(before);
  });

  it('names nobody for what it finds at first', async () => {
    const world = await open();
    await world.sync();
    const changes = await world.news();
    expect(changes).toHaveLength((await truthOf(world)).length);
    expect(changes.map(({ kind, attribution }) => [kind, attribution.actor])).toEqual(
      changes.map(() => ['created', null]),
    );
  });
}

function faultTests({ cannot, untold }: SubjectKind, open: OpenWorld): void {
  const faults = FAULT_NAMES.filter((name) => name !== 'other-system');
  for (const name of faults) {
    play(cannot, name)(`takes nothing for a change through a fault: ${name}`, async () => {
      const { world } = await synced(open);
      const before = lasting(await world.guests());
      const end = await world.begin(name);
      for (let run = 0; run < 3; run++) {
        await world.subject.pass();
        await world.sync();
        expect(await world.news()).toEqual([]);
        expect((await world.guests()).map(contentOf)).toEqual(before.map(contentOf));
      }
      await end();
      await world.subject.pass();
      expect(await world.sync()).toMatchObject({ success: true, outcome: 'complete', changedHosts: [], held: [] });
      expect(await world.news()).toEqual([]);
      expect(lasting(await world.guests())).toEqual(before);
    });
  }

  for (const name of faults.filter((one) => !HARMLESS.has(one) && cannot[one] === undefined)) {
    const reason = untold[name];
    const [test, why] = reason === undefined ? [it, ''] : [it.failing, ` (not yet: ${reason})`];
    test(`says that it could not read everything: ${name}${why}`, async () => {
      const { world } = await synced(open);
      await world.begin(name);
      await world.subject.pass();
      const { outcome } = await world.sync();
      const isInDoubt = (await world.guests()).some(({ presence }) => presence === 'unobservable');
      expect(outcome !== 'complete' || isInDoubt).toBe(true);
    });
  }

  play(cannot, 'other-system')('refuses another system behind the same address', async () => {
    const { world } = await synced(open);
    const before = { history: await shownHistory(world.connection), guests: lasting(await world.guests()) };
    const end = await world.begin('other-system');
    await world.subject.pass();
    const refused = await world.sync({ acceptRemovals: true });
    expect(refused).toMatchObject({ success: false, outcome: 'failed', error: { code: 'wrong-cluster' } });
    expect({ history: await shownHistory(world.connection), guests: lasting(await world.guests()) }).toEqual(before);
    await end();
    await world.subject.pass();
    expect(await world.sync()).toMatchObject({ success: true, outcome: 'complete', changedHosts: [] });
    expect(await world.news()).toEqual([]);
  });
}

/** Faults that a provider may get over without a word. */
const HARMLESS: ReadonlySet<FaultName> = new Set(['slow-listing', 'duplicated-listing']);

function changeTests({ cannot }: SubjectKind, open: OpenWorld): void {
  it('tells a rename as one change of the same guest', async () => {
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

  it('tells a start and a change of memory, at least one of them with its actor for certain', async () => {
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
  });

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
    await told(world, (actor) => hand.setPower(actor, second, 'running'), {
      nativeId: second,
      entry: ['status', 'stopped', 'running'],
    });
    await act(world, (actor) => hand.remove(actor, first));
    expect(await incarnations(world, first)).toMatchObject([{ presence: 'gone' }]);
    expect(await incarnations(world, second)).toMatchObject([{ presence: 'present', status: 'running' }]);
  });

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
    await hand.rename(carol, one, 'of-carol');
    await hand.rename(bob, other, 'of-bob');
    await hand.setPower(alice, one, 'running');
    await hand.setPower(carol, other, 'running');
    await subject.settle();
    await world.sync();
    const named = (await world.news()).flatMap(({ resourceId, patch, attribution }) =>
      patch.map(([path]) => ({ resourceId, path, actor: attribution.actor })),
    );
    const rows = await world.guests();
    const idOf = (nativeId: string) => rows.find((row) => row.nativeId === nativeId)?.id;
    const expected = [
      [one, 'memory', bob],
      [one, 'name', carol],
      [one, 'status', alice],
      [other, 'name', bob],
      [other, 'status', carol],
    ] as const;
    for (const [nativeId, path, actor] of expected) {
      const found = named.filter((row) => row.resourceId === idOf(nativeId) && row.path === path);
      expect(found).toHaveLength(1);
      expect([actor, null]).toContain(found[0]?.actor);
    }
  });
}

function secretTests({ cannot }: SubjectKind, open: OpenWorld): void {
  it('shows and stores no secret, whatever fails', async () => {
    const { world } = await synced(open);
    const shown: unknown[] = [await world.sync()];
    for (const name of FAULT_NAMES.filter((one) => cannot[one] === undefined)) {
      const end = await world.begin(name);
      shown.push(await world.sync(), await errorOf(world));
      await end();
    }
    shown.push(await world.sync(), world.warnings, await world.guests(), await world.news());
    const text = [...shown.map(everythingOf), await storedBytes(world.file)].join('\n');
    for (const secret of world.subject.secrets) expect(text.includes(secret)).toBe(false);
  });
}

/** A test of a fault or an operation, skipped with its reason where the simulator cannot play it. */
function play(cannot: SubjectKind['cannot'], what: FaultName | 'move') {
  const reason = cannot[what];
  return (name: string, test: () => Promise<void>): void => {
    if (reason === undefined) it(name, test);
    else it.skip(`${name} (${reason})`, test);
  };
}

/** After its first run. */
async function synced(open: OpenWorld): Promise<{ world: World; requests: number }> {
  const world = await open();
  const { requests } = await world.sync();
  await world.news();
  return { world, requests };
}

/** Lets the first actor do something between two runs that are certainly before and after it. Returns who it was. */
async function act(world: World, operation: (actor: string) => Promise<void>): Promise<string> {
  const [actor = ''] = world.subject.actors;
  await world.subject.settle();
  await operation(actor);
  await world.subject.settle();
  await world.sync();
  return actor;
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

/** A guest that is off, after the run that saw it so. */
async function stoppedGuest(world: World, except: readonly string[] = []): Promise<TrueGuest> {
  const candidates = (await truthOf(world)).filter(({ nativeId }) => !except.includes(nativeId));
  const off = candidates.find(({ status }) => status === 'stopped');
  if (off !== undefined) return off;
  const [first] = candidates;
  if (first === undefined) throw new Error('the platform has no guests');
  await act(world, (actor) => world.subject.hand.setPower(actor, first.nativeId, 'stopped'));
  await world.news();
  return { ...first, status: 'stopped' };
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

async function truthOf({ subject }: World): Promise<readonly TrueGuest[]> {
  return (await subject.truth()).toSorted(byId);
}

/** The inventory in the words of the truth, with what could not be observed. */
function keptOf(rows: readonly GuestRow[]): TrueGuest[] {
  return rows
    .filter(({ presence }) => presence !== 'gone')
    .map(({ nativeId, name, status, node, document }) => ({
      nativeId,
      name: name ?? '',
      status: status === 'running' ? ('running' as const) : ('stopped' as const),
      place: node,
      memoryMiB: Number(document['memory']),
    }))
    .toSorted(byId);
}

function byId(one: TrueGuest, other: TrueGuest): number {
  return one.nativeId < other.nativeId ? -1 : 1;
}

async function incarnations(world: World, nativeId: string): Promise<GuestRow[]> {
  return (await world.guests()).filter((row) => row.nativeId === nativeId);
}

/** Without what a run that changes nothing may update. */
function lasting(rows: readonly GuestRow[]): Omit<GuestRow, 'lastSeenAt' | 'telemetry'>[] {
  return rows.map(({ lastSeenAt: _at, telemetry: _figures, ...row }) => row);
}

/** What no fault may change; whether a guest can be observed may. */
function contentOf({
  id,
  nativeId,
  name,
  status,
  node,
  document,
  goneAt,
}: Pick<GuestRow, 'id' | 'document' | 'goneAt' | 'nativeId' | 'name' | 'status' | 'node'>) {
  return { id, nativeId, name, status, node, document, isGone: goneAt !== null };
}

/** Whatever using the provider directly throws, or gives. */
async function errorOf(world: World): Promise<unknown[]> {
  const provider = world.connect();
  try {
    const checks: unknown[] = [];
    for await (const check of provider.check({ account: 'reader' })) checks.push(check);
    return [checks, await provider.identify(), provider.endpoints()];
  } catch (error) {
    return [error, provider.endpoints()];
  } finally {
    provider.close();
  }
}

function everythingOf(value: unknown): string {
  const stacks = value instanceof Error ? [value.stack, JSON.stringify(value)] : [];
  const parts = Array.isArray(value) ? value.map(everythingOf) : [];
  return [inspect(value, { depth: Infinity, showHidden: true }), ...stacks, ...parts].join('\n');
}
