import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openWorld, type World } from '../helpers/world.ts';

const PRICES = `currency: EUR
rounding: { digits: 2, mode: half-even }
charge: present
byCore: { per: hour, amount: '0.01' }
byGiB: { per: hour, amount: '0.01' }
byDiskGiB: { per: hour, amount: '0.001' }
`;

describe('the account book beside the inventory', () => {
  let world: World;

  async function hours(count: number): Promise<void> {
    for (let hour = 0; hour < count; hour++) {
      await world.rollcall('discover-all');
      world.clock.advance(3_600_000);
    }
  }

  async function found(): Promise<string[]> {
    const ran = await world.rollcall('reconcile -o json');
    const { findings } = ran.json as { findings: { kind: string; subject: string }[] };
    return findings.map(({ kind, subject }) => `${kind} ${subject}`).toSorted();
  }

  async function billed() {
    await world.rollcall('billing propose');
    const applied = await world.rollcall('billing apply --all --yes -o json');
    return applied.rows.map(({ why }) => why);
  }

  async function hoursOf(name: string): Promise<number> {
    const { servers, transactions } = (await world.rollcall('billing ledger -o json')).json as {
      servers: { id: string; name: string }[];
      transactions: { serverId: string; kind: string; fromHour: number; toHour: number }[];
    };
    const ids = servers.filter((server) => server.name.includes(name)).map(({ id }) => id);
    return transactions
      .filter(({ kind, serverId }) => kind === 'charge' && ids.includes(serverId))
      .reduce((sum, { fromHour, toHour }) => sum + toHour - fromHour, 0);
  }

  beforeAll(async () => {
    world = await openWorld({ vms: 4, containers: 0 });
    for (const vmid of [100, 102]) world.lab.as('admin@pve').setConfig(vmid, { tags: 'owner-7' });
    writeFileSync(path.join(world.dir, 'prices.yaml'), PRICES);
    await world.rollcall('billing prices set prices.yaml');
    await world.rollcall('accounts add acme --id customers:7');
    await world.rollcall('accounts rules set tag:owner-*=customers');
    await world.rollcall('discover-all');
    await world.rollcall('panel add book --type rollcall --select tag=owner-7');
  });

  it('finds machines that nobody pays for, and charges them from their first sighting', async () => {
    await hours(3);
    expect(await found()).toEqual(['external-server lab/100 (web-01)', 'external-server lab/102 (app-03)']);
    expect(await billed()).toEqual([null, null]);
    expect(await hoursOf('web-01')).toBe(3);
    expect(await world.rollcall('reconcile')).toMatchObject({ status: EXIT.done });
    expect(await billed()).toEqual([]);
  });

  it('charges no hour in which nothing could be read', async () => {
    await hours(1);
    const heal = world.lab.faults.add({ match: /cluster\/resources/, effect: { kind: 'status', status: 500 } });
    await hours(2);
    heal();
    await hours(1);
    expect(await billed()).toEqual([null, null]);
    expect(await hoursOf('web-01')).toBe(5);
  });

  it('closes a server whose machine is gone, and takes whatever has its vmid for another one', async () => {
    const admin = world.lab.as('admin@pve');
    admin.stop(102);
    admin.destroy(102);
    admin.clone(100, { newid: 102, name: 'newcomer' });
    admin.setConfig(102, { tags: 'owner-7' });
    await hours(2);
    expect(await found()).toEqual(['external-server lab/102 (newcomer)', 'orphaned-record lab/102 (app-03)']);
    const { rows } = await world.rollcall('billing propose -o json');
    expect(rows.map(({ kind, subject }) => `${String(kind)} ${String(subject)}`).toSorted()).toEqual([
      'charge lab/100 (web-01)',
      'close lab/102 (app-03)',
      'create lab/102 (newcomer)',
    ]);
    await billed();
    await found();
    await billed();
    expect(await found()).toEqual([]);
    expect(await hoursOf('newcomer')).toBe(2);
    expect(await hoursOf('app-03')).toBe(5);
    expect(await world.rollcall('verify')).toMatchObject({ status: EXIT.done });
  });
});
