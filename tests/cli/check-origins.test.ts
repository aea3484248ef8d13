import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { openWorld, type World } from '../helpers/world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await world.rollcall('discover-all');
});

interface OriginRow {
  vmid: number;
  path: string | null;
  found: string;
  origin: { origin: string; since: string | null; notBefore: string | null; actor: string | null; confidence: string };
}

/** Where the deviations of one rule come from. */
async function origins(select: string, expectation: string, more = ''): Promise<OriginRow[]> {
  const file = 'origin.yaml';
  const text = `version: 1\nrules: [{ name: r, select: "${select}", expect: { ${expectation} } }]\n`;
  writeFileSync(path.join(world.dir, file), text);
  const { json } = await world.rollcall(`check ${file} -o json ${more}`);
  return (json as { findings: OriginRow[] }).findings;
}

describe('since when a value deviates, and who made it so', () => {
  it('who created the guest so', async () => {
    world.clock.advance(HOUR_MS);
    const at = world.clock.now().toISOString();
    world.lab.as('carol@pve').create('qemu', { vmid: 300, name: 'made', memory: 1024 });
    world.clock.advance(HOUR_MS);
    await world.rollcall('discover-all');
    expect(await origins('300', 'onboot: true')).toMatchObject([
      { vmid: 300, origin: { origin: 'created', since: at, actor: 'carol@pve', confidence: 'exact' } },
    ]);
  });

  it('who made it deviate, not who changed it since, nor who had made it deviate before', async () => {
    const steps = [
      ['alice@pve', 2048],
      ['bob@pve', 1024],
      ['carol@pve', 512],
      ['dave@pve', 4096],
      ['erin@pve', 768],
      ['frank@pve', 640],
    ] as const;
    const times: string[] = [];
    for (const [actor, memory] of steps) {
      world.clock.advance(HOUR_MS);
      times.push(world.clock.now().toISOString());
      world.lab.as(actor).setConfig(300, { memory });
      await world.rollcall('discover-all');
    }
    expect(await origins('300', 'memory: { min: 1G }')).toMatchObject([
      { found: '640M', origin: { origin: 'changed', since: times[4], actor: 'erin@pve' } },
    ]);
    // What deviates from other bounds does so since another change.
    expect(await origins('300', 'memory: 640M')).toEqual([]);
    expect(await origins('300', 'memory: 700M')).toMatchObject([{ origin: { origin: 'created', actor: 'carol@pve' } }]);
    expect(await origins('300', 'memory: { min: 1G }', `--at ${times[2]}`)).toMatchObject([
      { found: '512M', origin: { since: times[2], actor: 'carol@pve' } },
    ]);
  });

  it('nobody, of a change of a container, which leaves no trace on the server; only the window is known', async () => {
    const notBefore = world.clock.now().toISOString();
    world.clock.advance(HOUR_MS);
    world.lab.as('mallory@pve').setConfig(200, { onboot: 0 });
    world.clock.advance(HOUR_MS);
    await world.rollcall('discover-all');
    const since = world.clock.now().toISOString();
    expect(await origins('200', 'onboot: true')).toMatchObject([
      { origin: { origin: 'changed', since, notBefore, actor: null, confidence: 'none' } },
    ]);
    const table = await world.rollcall('check origin.yaml --columns by');
    expect(table.stdout).toBe('BY\nunknown\n');
  });

  it('who took a snapshot, and the time when it became too old', async () => {
    // The list of snapshots is read for the first time where there is one, and nobody is known to have taken it.
    world.lab.as('alice@pve').snapshot(100, 'first');
    await world.rollcall('discover-all');
    world.lab.as('alice@pve').deleteSnapshot(100, 'first');
    await world.rollcall('discover-all');
    world.clock.advance(HOUR_MS);
    const taken = world.clock.now().getTime();
    world.lab.as('alice@pve').snapshot(100, 'before-upgrade');
    await world.rollcall('discover-all');
    expect(await origins('100', 'snapshotMaxAge: 3d')).toEqual([]);
    world.clock.advance(5 * DAY_MS);
    const [finding] = await origins('100', 'snapshotMaxAge: 3d');
    expect(finding).toMatchObject({
      path: 'snapshot.before-upgrade.time',
      found: '5d old',
      origin: { origin: 'age', since: new Date(taken + 3 * DAY_MS).toISOString(), actor: 'alice@pve' },
    });
  });

  it('nobody knows, where prune has dropped the details', async () => {
    const [before] = await origins('300', 'memory: { min: 1G }');
    expect(before?.origin.origin).toBe('changed');
    world.clock.advance(10 * DAY_MS);
    world.lab.as('zoe@pve').setConfig(300, { memory: 600 });
    await world.rollcall('discover-all');
    await world.rollcall('prune --keep 2d --yes');
    expect(await origins('300', 'memory: { min: 1G }')).toMatchObject([
      { found: '600M', origin: { origin: 'dropped', since: null, actor: null } },
    ]);
    // Of a guest that no dropped change is about, all is known.
    expect(await origins('102', 'memory: 1M')).toMatchObject([{ origin: { origin: 'first-seen', actor: null } }]);
    // A change that is kept is known.
    expect(await origins('300', 'memory: 640M')).toMatchObject([{ origin: { origin: 'changed', actor: 'zoe@pve' } }]);
    const table = await world.rollcall('check origin.yaml --columns field,by');
    expect(table.stdout).toBe('FIELD   BY\nmemory  zoe@pve\n');
  });
});

describe('a configuration that was never read', () => {
  it('is unknown, and of what is read then nobody made it so', async () => {
    const other = await openWorld();
    const end = other.lab.faults.add({
      match: /qemu\/100\/(?:config|pending)/,
      effect: { kind: 'status', status: 500 },
    });
    await other.rollcall('discover-all');
    end();
    writeFileSync(
      path.join(other.dir, 'f.yaml'),
      'version: 1\nrules: [{ name: r, select: "100", expect: { onboot: false } }]\n',
    );
    expect((await other.rollcall('check f.yaml -o json')).json).toMatchObject({
      findings: [{ result: 'unknown', reason: 'its configuration was never read' }],
    });
    await other.rollcall('expect init g.yaml --from 100');
    expect(readFileSync(path.join(other.dir, 'g.yaml'), 'utf8')).toContain(
      '    expect:\n      ha: false\n      # snap',
    );
    other.clock.advance(HOUR_MS);
    await other.rollcall('discover-all');
    expect((await other.rollcall('check f.yaml -o json')).json).toMatchObject({
      findings: [
        {
          result: 'deviates',
          origin: { origin: 'first-read', since: other.clock.now().toISOString(), actor: null },
        },
      ],
    });
  });
});
