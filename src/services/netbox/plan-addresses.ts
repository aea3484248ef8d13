import { isIPv6 } from 'node:net';
import { type NetboxPayload, OWN_TAG } from '../exports/netbox-payload.ts';
import { type AddressObject, hostOf, isOwn, type MachineObject, type NetboxState } from './netbox-state.ts';
import { machineKey, type Plan, type Step } from './push-plan.ts';

const OWN = [{ slug: OWN_TAG }];
const INTERFACE = 'virtualization.vminterface';

/** Adds interfaces, their addresses, and which of them is the first of each machine. `machines`: those that there are, by serial. */
export function planAddresses(
  plan: Plan,
  payload: NetboxPayload,
  state: NetboxState,
  machines: ReadonlyMap<string, MachineObject>,
): void {
  planInterfaces(plan, payload, state);
  const moves = planMoves(plan, payload, state, machines);
  releasePrimaries(plan, moves, state);
  for (const move of moves) plan.add(move);
  planPrimaries(plan, payload, state, machines);
}

function interfaceKey(machine: string, name: string): string {
  return JSON.stringify(['interface', machine, name]);
}

function addressKey(host: string): string {
  return `address ${host}`;
}

function planInterfaces(plan: Plan, { interfaces }: NetboxPayload, state: NetboxState): void {
  const known = new Map(state.interfaces.map((one) => [JSON.stringify([one.virtual_machine.id, one.name]), one]));
  for (const { machine, name } of interfaces.filter((one) => plan.has(machineKey(one.machine)))) {
    const current = known.get(JSON.stringify([plan.ids.get(machineKey(machine)), name]));
    const key = interfaceKey(machine, name);
    if (current === undefined) {
      const body = { name, enabled: true, tags: OWN };
      plan.create({ kind: 'interface', key, body, refs: { virtual_machine: machineKey(machine) }, label: name });
    } else if (isOwn(current)) plan.ids.set(key, current.id);
    else plan.foreign.push(`interface ${name} of virtual machine ${current.virtual_machine.id}, with its addresses`);
  }
}

/** Addresses that are made, that go to another interface, and that no machine has any more. */
function planMoves(
  plan: Plan,
  { addresses }: NetboxPayload,
  state: NetboxState,
  machines: ReadonlyMap<string, MachineObject>,
): Step[] {
  const moves: Step[] = [];
  const known = new Map(state.addresses.map((one) => [hostOf(one.address), one]));
  for (const { machine, interface: name, address } of addresses) {
    const on = interfaceKey(machine, name);
    if (!plan.has(on)) continue;
    const current = known.get(hostOf(address));
    const key = addressKey(hostOf(address));
    const fields = { address, status: 'active', assigned_object_type: INTERFACE };
    const step = { kind: 'IP address', key, refs: { assigned_object_id: on }, label: address } as const;
    if (current === undefined) moves.push({ ...step, verb: 'create', id: null, body: { ...fields, tags: OWN } });
    else if (!isOwn(current)) plan.foreign.push(`IP address ${current.address}`);
    else {
      plan.ids.set(key, current.id);
      if (!isAs(current, fields, plan.ids.get(on)))
        moves.push({ ...step, verb: 'update', id: current.id, body: fields });
    }
  }
  const wanted = new Set(addresses.map(({ address }) => hostOf(address)));
  const handled = new Set([...machines.values()].map(({ id }) => id));
  const ofMachine = new Map(state.interfaces.map((one) => [one.id, one.virtual_machine.id]));
  for (const old of state.addresses.filter((one) => isOwn(one) && !wanted.has(hostOf(one.address)))) {
    const machine = old.assigned_object_type === INTERFACE ? ofMachine.get(old.assigned_object_id ?? 0) : undefined;
    if (machine === undefined || !handled.has(machine)) continue;
    const body = { status: 'deprecated', assigned_object_type: null, assigned_object_id: null };
    moves.push({ verb: 'update', kind: 'IP address', id: old.id, key: `release ${old.id}`, body, label: old.address });
  }
  return moves;
}

function isAs(
  { address, status, assigned_object_type: type, assigned_object_id: id }: AddressObject,
  wanted: { address: string; status: string },
  on: number | undefined,
): boolean {
  return address === wanted.address && status === wanted.status && type === INTERFACE && id === on;
}

/** An address that is the first of a machine can go nowhere. Source: netbox/ipam/models/ip.py, IPAddress.clean. */
function releasePrimaries(plan: Plan, moves: readonly Step[], { machines }: NetboxState): void {
  const moved = new Set(moves.flatMap(({ id }) => id ?? []));
  for (const machine of machines.filter(isOwn)) {
    const body = {
      ...(moved.has(machine.primary_ip4?.id ?? 0) && { primary_ip4: null }),
      ...(moved.has(machine.primary_ip6?.id ?? 0) && { primary_ip6: null }),
    };
    if (Object.keys(body).length === 0) continue;
    plan.add({
      verb: 'update',
      kind: 'virtual machine',
      id: machine.id,
      key: `clear ${machine.id}`,
      body,
      label: machine.name,
    });
  }
}

/** The first address of each family, in place of none or of one of ours. */
function planPrimaries(
  plan: Plan,
  { machines, addresses }: NetboxPayload,
  state: NetboxState,
  found: ReadonlyMap<string, MachineObject>,
): void {
  const own = new Set(state.addresses.filter(isOwn).map(({ id }) => id));
  const cleared = new Map(plan.steps.map(({ key, body }) => [key, body]));
  for (const { serial, name } of machines.filter((one) => plan.has(machineKey(one.serial)))) {
    const current = found.get(serial);
    const hosts = addresses.filter(({ machine }) => machine === serial).map(({ address }) => hostOf(address));
    const refs: Record<string, string> = {};
    for (const [field, isFamily] of [
      ['primary_ip4', (host: string) => !isIPv6(host)],
      ['primary_ip6', isIPv6],
    ] as const) {
      const first = hosts.find((host) => isFamily(host) && plan.has(addressKey(host)));
      const isCleared = current !== undefined && field in (cleared.get(`clear ${current.id}`) ?? {});
      const has = isCleared ? undefined : current?.[field]?.id;
      if (first === undefined || (has !== undefined && (!own.has(has) || has === plan.ids.get(addressKey(first)))))
        continue;
      refs[field] = addressKey(first);
    }
    if (Object.keys(refs).length === 0) continue;
    const step = { verb: 'update', kind: 'virtual machine', id: current?.id ?? null, key: machineKey(serial) } as const;
    plan.add({ ...step, body: {}, refs, label: name });
  }
}
