import { beforeAll, describe, expect, it } from '@jest/globals';
import { openWorld } from '../helpers/world.ts';
import { type FieldWorld, openField } from './field-world.ts';

describe('figures of a guest that is off', () => {
  let world: FieldWorld;

  beforeAll(async () => {
    world = await openField({
      guests: [
        { type: 'qemu', vmid: 106, name: 'OPNSense', status: 'stopped', cpu: 0.865, mem: 1.9e9, maxcpu: 2 },
        { type: 'qemu', vmid: 108, name: 'web', status: 'running', cpu: 0.25, mem: 1e9, uptime: 60 },
        { type: 'lxc', vmid: 107, name: 'idle', status: 'stopped', cpu: 0.5, mem: 5, uptime: null },
      ],
    });
    await world.rollcall('discover-all');
  });

  it('are none, whatever the server sends', async () => {
    const rows = [
      ...(await world.rollcall('list-vms -o json')).rows,
      ...(await world.rollcall('list-containers -o json')).rows,
    ];
    expect(rows.map(({ vmid, telemetry }) => [vmid, telemetry === null])).toEqual([
      [106, true],
      [108, false],
      [107, true],
    ]);
    const csv = await world.rollcall('list-vms -o csv --columns vmid,status,cpu,memoryUsedBytes,uptimeSeconds');
    expect(csv.stdout).toBe(
      'vmid,status,cpu,memoryUsedBytes,uptimeSeconds\n106,stopped,,,\n108,running,0.25,1000000000,60\n',
    );
    const { stdout } = await world.rollcall('show-vm 106');
    expect(stdout).toMatch(/^cpus +1$/m);
    expect(stdout).not.toMatch(/in use|used/);
  });
});

describe('figures of a node that is off', () => {
  it('are none, and neither have its guests any', async () => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    const [before] = (await world.rollcall('list-nodes --name pve2 -o json')).rows;
    expect(before).toMatchObject({ status: 'online', telemetry: { cpu: expect.any(Number) } });

    world.lab.node('pve2').powerOff();
    world.clock.advance(600_000);
    await world.rollcall('discover-all');
    const [after] = (await world.rollcall('list-nodes --name pve2 -o json')).rows;
    expect(after).toMatchObject({ status: 'offline', telemetry: null });
    const guests = (await world.rollcall('list-vms --node pve2 -o json')).rows;
    expect(guests.length).toBeGreaterThan(0);
    expect(guests.map(({ telemetry }) => telemetry)).toEqual(guests.map(() => null));
  });
});
