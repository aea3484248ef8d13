import { expect, it } from '@jest/globals';
import { InventoryService } from '../../src/services/inventory/inventory-service.ts';
import { parseBoundedSelector } from '../../src/services/selectors/bounded-selector.ts';
import type { Selectable } from '../../src/types/selector.ts';

const candidate = {
  guest: { name: 'web-01', document: { 'net0.bridge': 'vmbr1' } },
  changedAt: null,
} as never as Selectable;

/** Of one whose work on each guest takes so long. */
function selector(text: string, ms: number) {
  let nowMs = 0;
  let isBegin = false;
  return parseBoundedSelector(text, new Date(0), () => {
    isBegin = !isBegin;
    // Between two guests time passes that is not its own.
    nowMs += isBegin ? 5000 : ms;
    return nowMs;
  });
}

it('ends a list on which it works for more than a second', () => {
  const slow = selector('config.net*.bridge=vmbr?', 300);
  expect([...slow.fields]).toEqual(['config.net*.bridge']);
  for (let guest = 0; guest < 4; guest++) expect(slow.matches(candidate)).toBe(true);
  expect(() => slow.matches(candidate)).toThrow(
    expect.objectContaining({ code: 'limit', message: 'the selector takes too long' }),
  );
});

it('counts nothing but its own work', () => {
  const quick = selector('web-*', 1);
  for (let guest = 0; guest < 900; guest++) expect(quick.matches(candidate)).toBe(true);
});

it('that takes long lets others go on between two guests', async () => {
  const inventory = { listProviders: async () => [], listGuests: async () => [{ id: 'a' }, { id: 'b' }, { id: 'c' }] };
  const service = new InventoryService({ inventory, history: {} } as never);
  let turns = 0;
  const seen: number[] = [];
  const matches = () => {
    seen.push(turns);
    setImmediate(() => {
      turns += 1;
    });
    for (const began = performance.now(); performance.now() - began < 11; );
    return true;
  };
  await service.listGuests({ selector: { matches, fields: new Set() } });
  expect(seen).toEqual([0, 1, 2]);
});
