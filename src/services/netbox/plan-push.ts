import { endWith, type NetboxMachine, type NetboxPayload, OWN_TAG } from '../exports/netbox-payload.ts';
import { isOwn, type MachineObject, type NetboxState } from './netbox-state.ts';
import { planAddresses } from './plan-addresses.ts';
import { machineKey, Plan, type PushPlan } from './push-plan.ts';

const OWN = [{ slug: OWN_TAG }];

/**
 * Pure. What has to be made and changed so that NetBox has what `payload` says. Only what carries our tag is changed, nothing is
 * removed; machines whose guest is gone for certain are being decommissioned.
 */
export function planPush(payload: NetboxPayload, state: NetboxState, gone: ReadonlySet<string>): PushPlan {
  const plan = new Plan();
  for (const tag of payload.tags) {
    if (!state.tags.some(({ slug }) => slug === tag.slug))
      plan.create({ kind: 'tag', key: `tag ${tag.slug}`, body: tag, label: tag.name });
  }
  for (const type of payload.clusterTypes) {
    if (!state.clusterTypes.some(({ slug }) => slug === type.slug))
      plan.create({ kind: 'cluster type', key: `type ${type.slug}`, body: { ...type, tags: OWN }, label: type.name });
  }
  for (const { name, type } of payload.clusters) {
    const same = state.clusters.filter((one) => one.name === name);
    const own = same.find(isOwn);
    if (own !== undefined) plan.ids.set(clusterKey(name), own.id);
    else if (same.length > 0) plan.foreign.push(`cluster ${name}, with its guests`);
    else {
      const body = { name, type: { slug: type }, status: 'active', tags: OWN };
      plan.create({ kind: 'cluster', key: clusterKey(name), body, label: name });
    }
  }
  const machines = planMachines(plan, payload, state, gone);
  planAddresses(plan, payload, state, machines);
  return plan;
}

function clusterKey(name: string): string {
  return `cluster ${name}`;
}

/** The object of each machine that there is, by serial. */
function planMachines(
  plan: Plan,
  { machines }: NetboxPayload,
  state: NetboxState,
  gone: ReadonlySet<string>,
): ReadonlyMap<string, MachineObject> {
  const names = new Names(state.machines);
  const found = new Map<string, MachineObject>();
  const own = new Map(state.machines.filter((one) => isOwn(one) && one.serial !== '').map((one) => [one.serial, one]));
  const strangers = new Map(state.machines.filter((one) => !isOwn(one)).map((one) => [one.serial, one]));
  for (const machine of machines.filter(({ cluster }) => plan.has(clusterKey(cluster)))) {
    const clusterId = plan.ids.get(clusterKey(machine.cluster));
    const holder = clusterId === undefined ? undefined : names.holder(clusterId, machine.name);
    // Somebody gave it our tag: it is taken over.
    const current = own.get(machine.serial) ?? (holder && isOwn(holder) && holder.serial === '' ? holder : undefined);
    const stranger = [holder, strangers.get(machine.serial)].find((one) => one !== undefined && !isOwn(one));
    if (stranger !== undefined) {
      plan.foreign.push(`virtual machine ${stranger.name} in ${machine.cluster}`);
      continue;
    }
    if (holder !== undefined && holder !== current) {
      const name = endWith(holder.name, ` (${holder.serial})`);
      update(plan, holder, { name });
      names.rename(holder, name);
    }
    if (current !== undefined) {
      found.set(machine.serial, current);
      plan.ids.set(machineKey(machine.serial), current.id);
      update(plan, current, changes(machine, current, names.nameOf(current)));
      names.rename(current, machine.name);
      continue;
    }
    const { serial, name, fields, tags } = machine;
    const body = { name, serial, ...fields, tags: tags.map((slug) => ({ slug })) };
    const refs = { cluster: clusterKey(machine.cluster) };
    plan.create({ kind: 'virtual machine', key: machineKey(serial), body, refs, label: name });
  }
  for (const [serial, machine] of own) {
    if (gone.has(serial) && machine.status !== 'decommissioning') update(plan, machine, { status: 'decommissioning' });
  }
  return found;
}

function update(plan: Plan, { id, name }: MachineObject, body: Record<string, unknown>): void {
  if (Object.keys(body).length === 0) return;
  plan.add({ verb: 'update', kind: 'virtual machine', id, key: `update ${id}`, body, label: name });
}

/** The fields that differ. Tags of others stay. */
function changes(machine: NetboxMachine, current: MachineObject, name: string): Record<string, unknown> {
  const slugs = current.tags.map(({ slug }) => slug);
  const wanted = [...slugs.filter((slug) => !isOwnSlug(slug)), ...machine.tags].sort();
  const fields = Object.entries({ ...machine.fields, serial: machine.serial }).filter(
    ([key, value]) => Reflect.get(current, key) !== value,
  );
  return {
    ...(name !== machine.name && { name: machine.name }),
    ...Object.fromEntries(fields),
    ...(JSON.stringify(slugs.toSorted()) !== JSON.stringify(wanted) && { tags: wanted.map((slug) => ({ slug })) }),
  };
}

function isOwnSlug(slug: string): boolean {
  return slug === OWN_TAG || slug.startsWith(`${OWN_TAG}-`);
}

/** Who is called what, after the steps so far: a name is that of one machine of a cluster, whatever its case. */
class Names {
  readonly #names = new Map<MachineObject, string>();
  readonly #holders = new Map<string, MachineObject>();

  constructor(machines: readonly MachineObject[]) {
    for (const machine of machines) this.rename(machine, machine.name);
  }

  nameOf(machine: MachineObject): string {
    return this.#names.get(machine) ?? machine.name;
  }

  holder(clusterId: number, name: string): MachineObject | undefined {
    return this.#holders.get(holderKey(clusterId, name));
  }

  rename(machine: MachineObject, name: string): void {
    const clusterId = machine.cluster?.id;
    const before = holderKey(clusterId, this.nameOf(machine));
    if (this.#holders.get(before) === machine) this.#holders.delete(before);
    this.#names.set(machine, name);
    this.#holders.set(holderKey(clusterId, name), machine);
  }
}

function holderKey(clusterId: number | undefined, name: string): string {
  return JSON.stringify([clusterId, name.toLowerCase()]);
}
