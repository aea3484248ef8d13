import type { LabActor } from '../../src/lab/actor.ts';
import type { Lab, LabGuestView } from '../../src/lab/lab.ts';
import type { Value } from '../../src/types/document.ts';
import type { Random } from './random.ts';

export const USERS = ['alice@pve', 'bob@pve!ops', 'root@pam!full', 'carol@pam'] as const;

/** What somebody did to one guest in a round. */
export interface Operation {
  what: string;
  vmid: number;
  by: string;
  /** A new machine under this vmid; the former one, if any, is gone. */
  isNew?: boolean;
  isRemoved?: boolean;
  /** Changes that the operation made and undid. The server's log has them; the state of the cluster does not. */
  passing?: readonly Passing[];
}

/** A change that another one followed at once. */
export interface Passing {
  vmid: number;
  /** `created`, `removed`, or a path. */
  what: string;
  after: Value | null;
  by: string;
}

interface Stage {
  lab: Lab;
  random: Random;
  guest: LabGuestView;
  actor: LabActor;
  online: readonly string[];
  /** Who follows at once. */
  second: { actor: LabActor; by: string };
  by: string;
  pass: () => void;
}

type Act = (stage: Stage) => { isNew?: true; isRemoved?: true; vmid?: number; passing?: readonly Passing[] } | null;

/** null: this guest cannot play this part. */
const ACTS: Readonly<Record<string, Act>> = {
  power: ({ guest, actor }) => {
    if (guest.haState !== null || guest.config['template'] !== undefined) return null;
    if (guest.power === 'stopped') actor.start(guest.vmid);
    else actor.stop(guest.vmid);
    return {};
  },
  memory: ({ guest, actor, random }) => set(guest, actor, { memory: 256 + 128 * random.below(40) }),
  cores: ({ guest, actor, random }) => set(guest, actor, { cores: 1 + random.below(8) }),
  description: ({ guest, actor, random }) => set(guest, actor, { description: `note ${random.below(1e6)}` }),
  rename: ({ guest, actor, random }) =>
    set(guest, actor, { [guest.kind === 'qemu' ? 'name' : 'hostname']: `renamed-${random.below(1e6)}` }),
  tags: ({ guest, actor, random }) =>
    set(guest, actor, { tags: random.shuffle(['a', 'b', 'c', 'd']).slice(0, 2).join(';') }),
  untag: ({ guest, actor }) => (guest.config['tags'] === undefined ? null : set(guest, actor, { tags: null })),
  bridge: ({ guest, actor }) => {
    const net = guest.config['net0'];
    if (net === undefined) return null;
    const other = String(net).includes('bridge=vmbr0') ? 'vmbr1' : 'vmbr0';
    return set(guest, actor, { net0: String(net).replace(/bridge=\w+/, `bridge=${other}`) });
  },
  pool: ({ guest, actor }) => {
    actor.setPool(guest.vmid, guest.pool === null ? 'prod' : null);
    return {};
  },
  migrate: ({ guest, actor, random, online }) => {
    const targets = online.filter((node) => node !== guest.node);
    if (targets.length === 0 || guest.haState !== null || guest.config['template'] !== undefined) return null;
    actor.migrate(guest.vmid, random.pick(targets));
    return {};
  },
  snapshot: ({ guest, actor, random }) => {
    if (guest.config['template'] !== undefined) return null;
    actor.snapshot(guest.vmid, `s${random.below(1e6)}`);
    return {};
  },
  rollback: ({ guest, actor }) => {
    const parent = guest.config['parent'];
    if (parent === undefined || guest.haState !== null) return null;
    actor.rollback(guest.vmid, String(parent));
    return {};
  },
  clone: ({ lab, guest, actor, random }) => {
    if (guest.kind === 'lxc' && guest.power !== 'stopped') return null;
    const newid = 1000 + random.below(8000);
    if (lab.guests().some(({ vmid }) => vmid === newid)) return null;
    return { isNew: true, vmid: actor.clone(guest.vmid, { newid, name: `clone-${random.below(1e6)}` }) };
  },
  destroy: ({ lab, guest, actor }) => {
    if (!isExpendable(lab, guest)) return null;
    actor.destroy(guest.vmid);
    return { isRemoved: true };
  },
  reuse: ({ lab, guest, actor, random }) => {
    if (!isExpendable(lab, guest) || guest.kind === 'lxc') return null;
    actor.destroy(guest.vmid);
    const name = `reborn-${random.below(1e6)}`;
    actor.create('qemu', {
      vmid: guest.vmid,
      node: guest.node,
      name,
      memory: 512,
      cores: 1,
      net0: 'virtio,bridge=vmbr0',
    });
    return { isNew: true };
  },
};

/** Operations that cancel out before the next poll. The clock advances between them, so that their records have an order. */
const PASSING_ACTS: Readonly<Record<string, Act>> = {
  restart: ({ guest, actor, second, by, pass }) => {
    if (guest.haState !== null || guest.config['template'] !== undefined) return null;
    const { vmid, power } = guest;
    const wasStopped = power === 'stopped';
    if (power === 'paused') return null;
    if (wasStopped) actor.start(vmid);
    else actor.stop(vmid);
    pass();
    if (wasStopped) second.actor.stop(vmid);
    else second.actor.start(vmid);
    const [first, last] = wasStopped ? ['running', 'stopped'] : ['stopped', 'running'];
    return {
      passing: [
        { vmid, what: 'status', after: first, by },
        { vmid, what: 'status', after: last, by: second.by },
      ],
    };
  },
  'describe twice': ({ guest, actor, second, by, pass, random }) => {
    if (guest.kind === 'lxc') return null;
    const [first, last] = [`draft ${random.below(1e6)}`, `final ${random.below(1e6)}`];
    actor.setConfig(guest.vmid, { description: first });
    pass();
    second.actor.setConfig(guest.vmid, { description: last });
    return {
      passing: [
        { vmid: guest.vmid, what: 'description', after: first, by },
        { vmid: guest.vmid, what: 'description', after: last, by: second.by },
      ],
    };
  },
  'memory and back': ({ guest, actor, second, by, pass, random }) => {
    const before = guest.effective['memory'];
    if (guest.kind === 'lxc' || before === undefined || guest.config['memory'] !== before) return null;
    const other = Number(before) + 128 * (1 + random.below(8));
    actor.setConfig(guest.vmid, { memory: other });
    pass();
    second.actor.setConfig(guest.vmid, { memory: Number(before) });
    if (guest.power === 'paused') return {};
    const isPending = guest.power !== 'stopped';
    const what = isPending ? 'pending.memory' : 'memory';
    return {
      passing: [
        { vmid: guest.vmid, what, after: other, by },
        { vmid: guest.vmid, what, after: isPending ? null : Number(before), by: second.by },
      ],
    };
  },
  'short life': ({ lab, guest, actor, second, by, pass, random }) => {
    const vmid = 10_000 + random.below(80_000);
    if (lab.guests().some((one) => one.vmid === vmid)) return null;
    actor.create(random.chance(0.8) ? 'qemu' : 'qemu', { vmid, node: guest.node, name: `brief-${random.below(1e6)}` });
    pass();
    second.actor.destroy(vmid);
    return {
      vmid,
      passing: [
        { vmid, what: 'created', after: null, by },
        { vmid, what: 'removed', after: null, by: second.by },
      ],
    };
  },
  'snapshot and delete': ({ guest, actor, second, by, pass, random }) => {
    if (guest.config['template'] !== undefined) return null;
    const name = `t${random.below(1e6)}`;
    const parent = guest.config['parent'];
    actor.snapshot(guest.vmid, name);
    pass();
    second.actor.deleteSnapshot(guest.vmid, name);
    return {
      passing: [
        { vmid: guest.vmid, what: 'parent', after: name, by },
        { vmid: guest.vmid, what: 'parent', after: parent === undefined ? null : String(parent), by: second.by },
      ],
    };
  },
  'there and back': ({ guest, actor, second, by, pass, random, online }) => {
    const targets = online.filter((node) => node !== guest.node);
    if (targets.length === 0 || guest.haState !== null || guest.config['template'] !== undefined) return null;
    const target = random.pick(targets);
    actor.migrate(guest.vmid, target);
    pass();
    second.actor.migrate(guest.vmid, guest.node);
    return {
      passing: [
        { vmid: guest.vmid, what: 'node', after: target, by },
        { vmid: guest.vmid, what: 'node', after: guest.node, by: second.by },
      ],
    };
  },
};

function set(guest: LabGuestView, actor: LabActor, changes: Record<string, string | number | null>) {
  actor.setConfig(guest.vmid, changes);
  return {};
}

/** The lab keeps a cast of its own: only machines that the campaign can spare are destroyed. */
function isExpendable(lab: Lab, guest: LabGuestView): boolean {
  return (
    lab.guests().length > 8 &&
    guest.power === 'stopped' &&
    guest.haState === null &&
    guest.config['template'] === undefined
  );
}

/** Somebody does one thing to one guest; null when there is nothing that could be done to it now. */
export function perform(
  lab: Lab,
  random: Random,
  options: { spared: ReadonlySet<number>; online: readonly string[]; pass?: () => void },
): Operation | null {
  const candidates = lab.guests().filter(({ vmid, node, config }) => {
    return !options.spared.has(vmid) && options.online.includes(node) && config['lock'] === undefined;
  });
  if (candidates.length === 0) return null;
  const guest = random.pick(candidates);
  const by = random.pick(USERS);
  const { pass, online } = options;
  // Without a clock that passes in between, nobody can tell what came first.
  const acts = pass !== undefined && random.chance(0.3) ? PASSING_ACTS : ACTS;
  const what = random.pick(Object.keys(acts));
  const other = random.pick(USERS);
  const second = { actor: lab.as(other), by: other };
  const stage = { lab, random, guest, actor: lab.as(by), by, second, online, pass: pass ?? (() => undefined) };
  const done = acts[what]?.(stage) ?? null;
  return done === null ? null : { what: `${what} ${guest.kind}`, by, vmid: guest.vmid, ...done };
}
