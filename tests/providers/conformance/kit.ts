import { afterEach, describe, expect, it } from '@jest/globals';
import type { NodeRow } from '../../../src/types/inventory.ts';
import { shownHistory } from '../../helpers/shown-history.ts';
import { changeTests } from './kit-changes.ts';
import { faultTests } from './kit-faults.ts';
import { recordTests } from './kit-records.ts';
import { secretTests } from './kit-secrets.ts';
import { keptOf, lasting, type OpenWorld, synced, truthOf } from './kit-world.ts';
import type { SubjectKind } from './subject.ts';
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
    recordTests(kind, open);
    secretTests(kind, open);
  });
}

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

  it('doubts nothing that a run for nodes only did not ask about', async () => {
    const { world } = await synced(open);
    const before = { nodes: (await world.nodes()).map(shownNode), guests: lasting(await world.guests()) };
    await world.subject.pass();
    expect(await world.sync({ scopes: ['nodes'] })).toMatchObject({ outcome: 'complete', warnings: [] });
    expect({ nodes: (await world.nodes()).map(shownNode), guests: lasting(await world.guests()) }).toEqual(before);
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

function shownNode({
  name,
  status,
  presence,
  document,
}: NodeRow): Pick<NodeRow, 'name' | 'status' | 'presence' | 'document'> {
  return { name, status, presence, document };
}
