import { beforeAll, describe, expect, it } from '@jest/globals';
import { openWorld, type World } from '../helpers/world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await world.rollcall('discover-all');
  world.clock.advance(60_000);
  world.lab.as('alice@pve').setConfig(100, { description: 'x', memory: 4096 });
  world.lab.as('alice@pve').setConfig(101, { description: 'y' });
  await world.rollcall('discover-all');
  world.clock.advance(86_400_000);
  world.lab.as('bob@pve').setConfig(100, { description: 'z' });
  await world.rollcall('discover-all');
});

async function summary(by: string): Promise<unknown[][]> {
  const { rows } = await world.rollcall(`show-changes --summary ${by} -o json`);
  return rows.map(({ of, changes, created, removed, resources, people }) => [
    of,
    changes,
    created,
    removed,
    resources,
    people,
  ]);
}

describe('show-changes --summary', () => {
  it('counts the changes of each person, without what a run saw first', async () => {
    expect(await summary('person')).toEqual([
      ['alice@pve', 2, 0, 0, 2, 1],
      ['bob@pve', 1, 0, 0, 1, 1],
    ]);
    expect(await summary('')).toEqual(await summary('person'));
  });

  it('counts those of each guest', async () => {
    expect(await summary('guest')).toEqual([
      ['lab/100', 2, 0, 0, 1, 2],
      ['lab/101', 1, 0, 0, 1, 1],
    ]);
  });

  it('counts those of each day, in their order', async () => {
    const days = await summary('day');
    expect(days.map(([, changes]) => changes)).toEqual([2, 1]);
    const [first, second] = days.map(([day]) => String(day));
    expect(first).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(first?.localeCompare(second ?? '')).toBe(-1);
  });

  it('is a table with the names of guests, and goes with filters and selectors', async () => {
    const { stdout } = await world.rollcall('show-changes --summary guest --by alice@pve 101');
    const [header, row, ...rest] = stdout.trimEnd().split('\n');
    expect(header).toMatch(/^RESOURCE +ACTIONS +CHANGES +CREATED +REMOVED +PEOPLE +FIRST +LAST$/);
    expect(row).toMatch(/^lab\/101 \S+ +1 +1 +0 +0 +1 /);
    expect(rest).toEqual([]);
  });

  it('does not go with --follow, and knows no other words', async () => {
    expect(await world.rollcall('show-changes --summary day --follow')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('leave out --until, --summary, --graph, --exit-code and --sort'),
    });
    expect(await world.rollcall('show-changes --summary week')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Allowed choices are person, guest, day.'),
    });
  });
});
