import { beforeEach, describe, expect, it } from '@jest/globals';
import { openWorld, type World } from '../helpers/world.ts';

const MINUTE = 60_000;

describe('a change whose record could not be read at the time', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld({ nodes: 2, vms: 3 });
    const admin = world.lab.as('admin@pve');
    for (const vmid of [100, 101, 102]) if (world.lab.guest(vmid).power === 'stopped') admin.start(vmid);
    await run();
  });

  async function run(): Promise<void> {
    world.clock.advance(5 * MINUTE);
    await world.rollcall('discover-all --quiet');
  }

  /** Nobody tells of tasks, nor of the log. */
  function hideRecords(match = /GET \/.*(?:tasks|cluster\/log)/): void {
    world.lab.faults.add({ match, effect: { kind: 'status', status: 500 } });
  }

  async function stops() {
    const { rows } = await world.rollcall('show-changes -o json --path status');
    return rows.filter(({ after, event }) => after === 'stopped' && event === null);
  }

  it('is explained by a later run, and the chain stays whole', async () => {
    hideRecords();
    world.lab.as('alice@pve').stop(100);
    await run();
    expect(await stops()).toMatchObject([{ actor: null, confidence: 'none', explainedAt: null }]);
    const before = (await world.rollcall('verify -o json')).json as { head: string };
    world.lab.faults.clear();
    await run();
    expect(await stops()).toMatchObject([{ actor: 'alice@pve', via: 'qmstop', explainedAt: expect.any(String) }]);
    expect((await world.rollcall('show-changes')).stdout).toContain('by alice@pve, explained later');
    expect((await world.rollcall('show-changes --by alice@pve -o json')).rows).toHaveLength(1);
    expect((await world.rollcall('show-changes --by unknown --kind changed -o json')).rows).toEqual([]);
    expect((await world.rollcall(['verify', '--head', before.head])).status).toBe(0);
  });

  it('is that of the last hand, where several were at it', async () => {
    hideRecords();
    world.lab.as('alice@pve').stop(100);
    world.lab.as('bob@pve').start(100);
    world.lab.as('carol@pve').stop(100);
    await run();
    world.lab.faults.clear();
    await run();
    expect(await stops()).toMatchObject([{ actor: 'carol@pve' }]);
  });

  it('stays unknown where a record may be of the time after what was seen', async () => {
    hideRecords();
    world.lab.as('alice@pve').stop(100);
    await world.rollcall('discover-all --quiet');
    world.lab.as('bob@pve').start(100);
    world.lab.as('bob@pve').stop(100);
    world.lab.faults.clear();
    await run();
    expect(await stops()).toMatchObject([{ actor: null, explainedAt: null }]);
  });

  it('is not explained by what others did to other guests', async () => {
    const { node } = world.lab.guest(100);
    const vmid = [101, 102].find((other) => world.lab.guest(other).node !== node) ?? 0;
    hideRecords();
    world.lab.as('alice@pve').stop(100);
    world.lab.as('bob@pve').stop(vmid);
    await run();
    world.lab.faults.clear();
    hideRecords(new RegExp(`GET /.*(?:${node}/tasks|cluster/tasks|cluster/log)`));
    await run();
    expect(await stops()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ vmid: 100, actor: null, explainedAt: null }),
        expect.objectContaining({ vmid, actor: 'bob@pve', explainedAt: expect.any(String) }),
      ]),
    );
  });

  it('keeps the record of its explanation when old records are dropped', async () => {
    hideRecords();
    world.lab.as('alice@pve').stop(100);
    await run();
    world.lab.faults.clear();
    await run();
    world.clock.advance(400 * 24 * 60 * MINUTE);
    // The newest task of each node is kept for another reason.
    world.lab.as('bob@pve').stop(101);
    world.lab.as('bob@pve').stop(102);
    await run();
    expect((await world.rollcall('prune --keep 300d --yes')).status).toBe(0);
    expect(await world.rollcall('verify')).toMatchObject({ status: 0 });
    expect(await world.rollcall('prune --keep 299d --yes')).toMatchObject({ status: 0 });
  });

  it('keeps its explanation when its details are pruned', async () => {
    hideRecords();
    world.lab.as('alice@pve').stop(100);
    await run();
    world.lab.faults.clear();
    await run();
    world.clock.advance(400 * 24 * 60 * MINUTE);
    await run();
    expect((await world.rollcall('prune --keep 300d --yes')).status).toBe(0);
    expect((await world.rollcall('verify')).status).toBe(0);
    const { rows } = await world.rollcall('show-changes --by alice@pve -o json');
    expect(rows).toMatchObject([{ isPruned: true, actor: 'alice@pve' }]);
  });
});
