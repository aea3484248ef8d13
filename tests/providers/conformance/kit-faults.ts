import { expect, it } from '@jest/globals';
import type { GuestRow } from '../../../src/types/inventory.ts';
import { shownHistory } from '../../helpers/shown-history.ts';
import { lasting, type OpenWorld, play, synced } from './kit-world.ts';
import { FAULT_NAMES, type FaultName, type SubjectKind } from './subject.ts';

/** Faults that a provider may get over without a word. */
const HARMLESS: ReadonlySet<FaultName> = new Set(['slow-listing', 'duplicated-listing', 'wrong-clock']);

export function faultTests({ cannot, untold }: SubjectKind, open: OpenWorld): void {
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
