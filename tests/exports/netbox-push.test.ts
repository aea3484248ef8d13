import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NetboxHttp } from '../../src/app/netbox-client.ts';
import { netboxPayload } from '../../src/services/exports/netbox-payload.ts';
import { applyPush } from '../../src/services/netbox/apply-push.ts';
import { readNetbox } from '../../src/services/netbox/netbox-state.ts';
import { planPush } from '../../src/services/netbox/plan-push.ts';
import type { PushPlan } from '../../src/services/netbox/push-plan.ts';
import type { GuestRow } from '../../src/types/inventory.ts';
import { type FakeNetbox, startNetbox } from '../helpers/fake-netbox.ts';
import { guestRow, HOSTILE_NAMES, hostileGuests } from './guests.ts';

const MACHINES = 'virtualization/virtual-machines';
const ADDRESSES = 'ipam/ip-addresses';
const ROUNDS = Number(process.env['ROLLCALL_NETBOX_ROUNDS'] ?? 40);

let netbox: FakeNetbox;
let client: NetboxHttp;

beforeAll(async () => {
  netbox = await startNetbox();
  netbox.mostRows = 100;
  client = new NetboxHttp(netbox.url, netbox.token, new AbortController().signal);
});
afterAll(() => client.close());

async function plan(guests: readonly GuestRow[], gone: readonly string[] = []): Promise<PushPlan> {
  const payload = netboxPayload(guests);
  return planPush(payload, await readNetbox(client, payload, ['lab']), new Set(gone));
}

function clear(): void {
  netbox.rows.clear();
  netbox.writes.length = 0;
}

/** One state of five guests: who is there, under which name, with which address. */
const scene = fc.array(
  fc.record({
    isThere: fc.boolean(),
    name: fc.constantFrom('a', 'A', 'b', 'c'),
    ip: fc.constantFrom(undefined, '10.0.0.1/24', '10.0.0.2/24', '10.0.0.2/16', 'fd00::1/64'),
    tag: fc.constantFrom('x', 'y'),
    isRunning: fc.boolean(),
  }),
  { minLength: 5, maxLength: 5 },
);

describe('a push', () => {
  it('takes guests of any name, tag and interface', async () => {
    clear();
    await applyPush(client, await plan(hostileGuests()));
    expect(netbox.list(MACHINES)).toHaveLength(HOSTILE_NAMES.length);
    expect((await plan(hostileGuests())).steps).toEqual([]);
  });

  it('brings NetBox from any state to any other, touches nothing of others, and then has nothing to do', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(scene, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.boolean(),
        async (scenes, hasName, hasIp) => {
          clear();
          let foreign: unknown[] = [];
          for (const [round, rows] of scenes.entries()) {
            const all = rows.map(({ isThere, ip, tag, isRunning, name }, index) => ({
              isThere,
              guest: guestRow({
                vmid: index,
                name,
                tags: [tag],
                status: isRunning ? 'running' : 'stopped',
                ...(ip && { ip }),
              }),
            }));
            const guests = all.filter(({ isThere }) => isThere).map(({ guest }) => guest);
            const gone = all.filter(({ isThere }) => !isThere).map(({ guest }) => guest.id);
            const before = JSON.stringify(foreign);
            await applyPush(client, await plan(guests, gone));
            expect((await plan(guests, gone)).steps).toEqual([]);
            for (const { name, serial } of netboxPayload(guests).machines) {
              const rival = foreign.some(
                (row) => String(Reflect.get(row as object, 'name')).toLowerCase() === name.toLowerCase(),
              );
              const found = netbox.list(MACHINES).find((row) => row['serial'] === serial);
              if (!rival) expect(found?.['name']).toBe(name);
            }
            for (const id of gone) {
              const row = netbox.list(MACHINES).find(({ serial }) => serial === id);
              if (row !== undefined) expect(row['status']).toBe('decommissioning');
            }
            expect(JSON.stringify(foreign)).toBe(before);
            if (round > 0) continue;
            const cluster = netbox.list('virtualization/clusters')[0]?.id;
            const isFree = !netbox.list(MACHINES).some(({ name }) => String(name).toLowerCase() === 'c');
            const isFreeIp = !netbox.list(ADDRESSES).some(({ address }) => String(address).startsWith('10.0.0.1/'));
            foreign = [
              ...(hasName && isFree && cluster !== undefined
                ? [netbox.add(MACHINES, { name: 'C', cluster, status: 'active' })]
                : []),
              ...(hasIp && isFreeIp ? [netbox.add(ADDRESSES, { address: '10.0.0.1/32', status: 'reserved' })] : []),
            ];
          }
        },
      ),
      { numRuns: ROUNDS },
    );
  });
});
