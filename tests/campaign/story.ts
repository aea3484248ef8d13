import type { LabActor } from '../../src/lab/actor.ts';
import type { Lab, LabGuestView } from '../../src/lab/lab.ts';
import type { Random } from './random.ts';

export const USERS = ['alice@pve', 'bob@pve!ops', 'root@pam!full', 'carol@pam'] as const;

/** What somebody did to one guest in a round. */
export interface Deed {
  what: string;
  vmid: number;
  by: string;
  /** A new machine under this vmid; the former one, if any, is gone. */
  isNew?: boolean;
  isRemoved?: boolean;
}

interface Stage {
  lab: Lab;
  random: Random;
  guest: LabGuestView;
  actor: LabActor;
  online: readonly string[];
}

type Act = (stage: Stage) => { isNew?: true; isRemoved?: true; vmid?: number } | null;

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
  options: { spared: ReadonlySet<number>; online: readonly string[] },
): Deed | null {
  const candidates = lab.guests().filter(({ vmid, node, config }) => {
    return !options.spared.has(vmid) && options.online.includes(node) && config['lock'] === undefined;
  });
  if (candidates.length === 0) return null;
  const guest = random.pick(candidates);
  const by = random.pick(USERS);
  const what = random.pick(Object.keys(ACTS));
  const done = ACTS[what]?.({ lab, random, guest, actor: lab.as(by), online: options.online }) ?? null;
  return done === null ? null : { what: `${what} ${guest.kind}`, by, vmid: guest.vmid, ...done };
}
