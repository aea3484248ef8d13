import { afterEach, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import type { LabGuestView } from '../../src/lab/lab.ts';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import type { PlannedCall, SentCall } from '../../src/types/action.ts';
import {
  beginAction,
  endAction,
  guestPlan,
  plannedCall,
  type StoredStep,
  sentCall,
} from '../helpers/stored-actions.ts';
import { openWorld, type World } from '../helpers/world.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const ACCOUNT = 'rollcall@pve!act';

interface Opened extends World {
  connection: Connection;
  providerId: string;
  vm: LabGuestView;
  off: LabGuestView;
  ct: LabGuestView;
}

function pick(guests: readonly LabGuestView[], kind: 'qemu' | 'lxc', power: LabGuestView['power']): LabGuestView {
  const found = guests.find((one) => one.kind === kind && one.power === power && one.haState === null);
  if (found === undefined) throw new Error(`the lab has no ${kind} that is ${power}`);
  return found;
}

async function open(): Promise<Opened> {
  const world = await openWorld({ vms: 12, containers: 4 });
  await world.rollcall('discover-all');
  const connection = await openDatabase(world.databaseUrl);
  closers.push(() => connection.close());
  const { id: providerId } = await connection.db.provider.findFirstOrThrow();
  const guests = world.lab.guests().filter(({ config }) => config['template'] === undefined);
  world.clock.advance(60_000);
  return {
    ...world,
    connection,
    providerId,
    vm: pick(guests, 'qemu', 'running'),
    off: pick(guests, 'qemu', 'stopped'),
    ct: pick(guests, 'lxc', 'running'),
  };
}

function stepOf(
  { providerId }: Opened,
  { kind, vmid, node }: LabGuestView,
  call: Partial<PlannedCall>,
  sent: Partial<SentCall> & Pick<SentCall, 'sentAt'>,
): StoredStep {
  const plan = guestPlan({ providerId, guestId: null, kind, vmid, node }, [plannedCall({ node, ...call })]);
  return { plan, state: 'done', calls: [sentCall({ account: ACCOUNT, outcome: 'ok', ...sent })] };
}

/** Two actions, and somebody else in between; all seen by one run. */
async function act(world: Opened): Promise<void> {
  const { lab, clock, connection, vm, off, ct } = world;
  const own = lab.as(ACCOUNT);
  const now = (): string => clock.now().toISOString();
  const times = (act: () => unknown) => {
    const sentAt = now();
    const ref = act();
    clock.advance(1_000);
    return { sentAt, endedAt: now(), ...(typeof ref === 'string' && { ref }) };
  };
  const sets = (values: PlannedCall['sets']) => ({ sets: values });
  const steps = [
    stepOf(
      world,
      ct,
      sets({ memory: '333' }),
      times(() => own.setConfig(ct.vmid, { memory: 333 })),
    ),
    stepOf(
      world,
      vm,
      sets({ cores: '7' }),
      times(() => own.setConfig(vm.vmid, { cores: 7 })),
    ),
    stepOf(
      world,
      off,
      sets({}),
      times(() => own.start(off.vmid)),
    ),
  ];
  await beginAction(connection, { id: 'op1aaaa', steps, now: clock.now() });
  await endAction(connection, { id: 'op1aaaa', now: clock.now() });
  lab.as('alice@pve').setConfig(vm.vmid, { description: 'hello' });
  const more = [
    stepOf(
      world,
      vm,
      sets({ memory: '777' }),
      times(() => own.setConfig(vm.vmid, { memory: 777 })),
    ),
  ];
  await beginAction(connection, {
    id: 'op2bbbb',
    steps: more,
    user: 'bob',
    host: 'ci',
    reason: null,
    now: clock.now(),
  });
  await endAction(connection, { id: 'op2bbbb', now: clock.now() });
  clock.advance(10_000);
  await world.rollcall('discover-all');
}

it('shows what one operation changed, by its tasks, its lines and itself, and who asked for it', async () => {
  const world = await open();
  await act(world);
  const { vm, off, ct } = world;
  const own = await world.rollcall('show-changes --operation op1 -o json');
  const keys = { operation: 'op1aaaa', operationBy: 'ann', operationHost: 'ann-laptop', operationReason: 'CHG-17' };
  const rows = [...own.rows].toSorted((a, b) => String(a['source']).localeCompare(String(b['source'])));
  expect(rows).toMatchObject([
    { vmid: vm.vmid, path: 'pending.cores', source: 'log', actor: 'rollcall@pve', confidence: 'exact', ...keys },
    { vmid: ct.vmid, path: 'memory', source: 'operation', ref: 'op1aaaa/0', confidence: 'exact', ...keys },
    { vmid: off.vmid, path: 'status', source: 'task', via: 'qmstart', ...keys },
  ]);
  expect(Object.keys(rows[0] ?? {}).slice(-5)).toEqual(['explainedAt', ...Object.keys(keys)]);
  const other = await world.rollcall('show-changes --operation op2bbbb -o json');
  expect(other.rows).toMatchObject([
    {
      vmid: vm.vmid,
      path: 'pending.memory',
      operation: 'op2bbbb',
      operationBy: 'bob',
      operationHost: 'ci',
      operationReason: null,
    },
  ]);
});

it('says in a table who asked for an operation, and takes other filters as well', async () => {
  const world = await open();
  await act(world);
  const table = await world.rollcall('show-changes --operation op1');
  expect(table.stderr).toContain('operation op1aaaa: ann on ann-laptop, CHG-17');
  expect(table.stdout).not.toContain('777');
  expect((await world.rollcall(`show-changes --operation op1 --path cores -o json`)).rows).toHaveLength(1);
  expect((await world.rollcall(`show-changes --operation op1 --limit 1 -o json`)).rows).toHaveLength(1);
  expect((await world.rollcall(`show-changes vmid=${world.ct.vmid} --operation op1 -o json`)).rows).toHaveLength(1);
  expect((await world.rollcall('show-changes --operation op1 --exit-code --quiet')).status).toBe(EXIT.changed);
});

it('names the operation of every change in JSON and a wide table, and null for the changes of others', async () => {
  const world = await open();
  await act(world);
  const { rows } = await world.rollcall('show-changes --since 5m -o json');
  const told = rows
    .filter(({ kind }) => kind === 'changed')
    .map(({ path, operation }) => `${String(path)} ${String(operation)}`);
  expect(told.toSorted()).toEqual([
    'description null',
    'memory op1aaaa',
    'pending.cores op1aaaa',
    'pending.memory op2bbbb',
    'status op1aaaa',
  ]);
  const csv = (await world.rollcall('show-changes --operation op1 -o csv')).stdout.split('\n');
  expect(csv[0]).toMatch(/,explainedAt,operation,operationBy,operationHost,operationReason$/);
  expect(csv.find((line) => line.includes(',pending.cores,'))).toMatch(/,op1aaaa,ann,ann-laptop,CHG-17$/);
  const all = await world.rollcall('show-changes --since 5m -o csv');
  expect(all.stdout).toMatch(/,notBefore,explainedAt\n/);
  const wide = (await world.rollcall('show-changes --since 5m -o wide')).stdout;
  expect(wide).toMatch(/OPERATION\s+ASKED BY\s+REASON/);
  expect(wide).toMatch(/op1aaaa\s+ann@ann-laptop\s+CHG-17/);
});

it('refuses an operation that is not there, is several, or is no action', async () => {
  const world = await open();
  await act(world);
  expect(await world.rollcall('show-changes --operation zz')).toMatchObject({ status: EXIT.failed });
  expect(await world.rollcall('show-changes --operation op')).toMatchObject({ status: EXIT.usage });
  await world.connection.db.operation.create({
    data: {
      id: 'sync1',
      kind: 'sync',
      parameters: {},
      state: 'done',
      requestedBy: 'ann',
      requestedVia: 'cli',
      requestedAt: world.clock.now(),
      alsoAskedBy: [],
    },
  });
  const sync = await world.rollcall('show-changes --operation sync1');
  expect(sync).toMatchObject({ status: EXIT.usage, stdout: '' });
  expect(sync.stderr).toContain('operation sync1 is a sync, which changes no guest');
  expect(await world.rollcall('show-changes --operation op1 --follow')).toMatchObject({ status: EXIT.usage });
});
