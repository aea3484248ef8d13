import type { Lab, LabGuestView } from '../../src/lab/lab.ts';
import type { Random } from './random.ts';

/**
 * What an event means for an action on the guest. `other`: another machine has the vmid, or none. `same`: the same machine; it may
 * be acted on or not. `blocks`: it is refused, whenever that happens. `moves`: it is refused where that happens after the plan.
 * `nothing`: the action is done.
 */
export type Effect = 'other' | 'same' | 'blocks' | 'moves' | 'nothing';

/** The machines of a lab, by a number that none shares and that nothing of their configuration is derived from. */
export class Machines {
  readonly #lab: Lab;
  readonly #random: Random;
  readonly #byVmid = new Map<number, number>();
  /** Whether a new machine may be like an old one in everything: only tasks tell then. */
  readonly #isPerfect: boolean;
  #count = 0;

  constructor(lab: Lab, { random, isPerfect }: { random: Random; isPerfect: boolean }) {
    this.#lab = lab;
    this.#random = random;
    this.#isPerfect = isPerfect;
    for (const { vmid } of lab.guests()) this.#made(vmid);
  }

  /** undefined: nothing has the vmid. */
  at(vmid: number): number | undefined {
    return this.#byVmid.get(vmid);
  }

  #made(vmid: number): void {
    this.#byVmid.set(vmid, ++this.#count);
  }

  /** Something happens to the guest. Gives its name and what it means. */
  happen(vmid: number): [string, Effect] {
    const guest = this.#lab.guest(vmid);
    const random = this.#random;
    if (guest.config['template'] === 1 || guest.lock !== null) return ['no more', 'nothing'];
    const roll = random.next();
    if (roll < 0.4) return this.#replace(guest);
    if (roll < 0.46) return [this.#destroyed(guest), 'other'];
    if (roll < 0.52) return this.#restoreItself(guest);
    if (roll < 0.75) return this.#change(guest);
    return this.#touch(guest);
  }

  /** Makes the vmids that are free again, and unlocks. */
  repair(vmids: readonly number[], kinds: ReadonlyMap<number, 'qemu' | 'lxc'>): void {
    const root = this.#lab.as('root@pam');
    const there = new Map(this.#lab.guests().map((guest) => [guest.vmid, guest]));
    for (const { vmid, lock, config } of there.values()) {
      if (lock !== null) root.setConfig(vmid, { lock: null, skiplock: 1 });
      if (config['template'] === 1 && this.#byVmid.has(vmid)) this.#destroyed(this.#lab.guest(vmid));
    }
    for (const vmid of vmids) {
      if (this.#byVmid.has(vmid)) continue;
      this.#create(vmid, kinds.get(vmid) ?? 'qemu', { name: `new-${vmid}`, node: this.#node() });
      if (this.#random.chance(0.6)) root.start(vmid);
    }
  }

  #node(): string {
    return this.#random.pick(['pve1', 'pve2', 'pve3', 'pve4']);
  }

  #otherNode(node: string): string {
    return this.#random.pick(['pve1', 'pve2', 'pve3', 'pve4'].filter((one) => one !== node));
  }

  #create(vmid: number, kind: 'qemu' | 'lxc', options: Record<string, string>): void {
    const disk = kind === 'qemu' ? { scsi0: 'local-lvm:8' } : {};
    const net0 = kind === 'qemu' ? 'virtio,bridge=vmbr0' : 'name=eth0,bridge=vmbr0';
    this.#lab.as('admin@pve').create(kind, { vmid, net0, ...disk, ...options });
    this.#made(vmid);
  }

  #destroyed({ vmid }: LabGuestView): string {
    const root = this.#lab.as('root@pam');
    const { haState, power } = this.#lab.guest(vmid);
    if (haState !== null) root.setHa(vmid, null);
    if (power !== 'stopped') root.stop(vmid);
    root.destroy(vmid);
    this.#byVmid.delete(vmid);
    return 'destroyed';
  }

  /** Another machine gets the vmid, as like the old one as somebody can make it. */
  #replace(guest: LabGuestView): [string, Effect] {
    const { vmid, kind, node, power } = guest;
    const random = this.#random;
    const root = this.#lab.as('root@pam');
    const detour = random.chance(0.4) ? this.#otherNode(node) : node;
    if (detour !== node && random.chance(0.5)) this.#leave(guest, detour);
    const name = this.#replacement(this.#lab.guest(vmid), detour);
    const now = this.#lab.guest(vmid);
    if (now.kind === kind && random.chance(0.8)) this.#disguise(guest);
    if (now.node !== node && random.chance(0.8)) root.migrate(vmid, node);
    else if (random.chance(0.2)) root.migrate(vmid, this.#otherNode(now.node));
    if (power === 'running' && this.#lab.guest(vmid).power === 'stopped') root.start(vmid);
    return [`${name}${detour === node ? '' : ` over ${detour}`}`, 'other'];
  }

  #replacement(guest: LabGuestView, node: string): string {
    const { vmid, kind } = guest;
    const root = this.#lab.as('root@pam');
    switch (this.#random.below(5)) {
      case 0:
        this.#destroyed(guest);
        this.#create(vmid, kind, { node, ...this.#face(guest) });
        return 'made again';
      case 1: {
        this.#destroyed(guest);
        this.#create(vmid, kind === 'qemu' ? 'lxc' : 'qemu', { node, name: guest.name });
        return 'made again as the other kind';
      }
      case 2: {
        const copy = root.clone(vmid, { full: true, newid: 9000 + vmid });
        this.#destroyed(guest);
        root.clone(copy, { full: true, newid: vmid, name: guest.name, target: node });
        this.#made(vmid);
        root.destroy(copy);
        return 'replaced by a copy of its copy';
      }
      case 3: {
        const volid = this.#foreignBackup(guest);
        this.#destroyed(guest);
        root.restore(volid, { vmid, node });
        this.#made(vmid);
        return 'another one was restored to its vmid';
      }
      default: {
        const volid = this.#foreignBackup(guest);
        if (guest.power !== 'stopped') root.stop(vmid);
        root.restore(volid, { vmid, force: true });
        this.#made(vmid);
        return 'another one was restored over it';
      }
    }
  }

  #leave({ vmid, haState }: LabGuestView, node: string): void {
    const root = this.#lab.as('root@pam');
    if (haState !== null) root.setHa(vmid, null);
    root.migrate(vmid, node);
  }

  #foreignBackup({ kind, haState, vmid }: LabGuestView): string {
    if (haState !== null) this.#lab.as('root@pam').setHa(vmid, null);
    const other = 8000 + vmid;
    this.#lab
      .as('root@pam')
      .create(kind, { vmid: other, name: 'other', net0: kind === 'qemu' ? 'virtio' : 'name=eth0' });
    const volid = this.#lab.as('root@pam').backup(other);
    this.#lab.as('root@pam').destroy(other);
    return volid;
  }

  /** What of the old one can be given to a new one. */
  #face({ config, kind, name }: LabGuestView): Record<string, string> {
    const net0 = String(config['net0'] ?? '');
    const mac = net0 !== '' && (this.#isPerfect || kind === 'qemu') ? { net0 } : {};
    const uuid = this.#random.chance(0.7) && kind === 'qemu' ? { smbios1: String(config['smbios1']) } : {};
    return { name, ...mac, ...uuid };
  }

  #disguise({ vmid, kind, config, name }: LabGuestView): void {
    const { net0, vmgenid } = config;
    // A copy has the time of creation of the old one, and a container nothing but its address.
    const smbios1 = this.#isPerfect ? config['smbios1'] : undefined;
    const same =
      kind === 'qemu' ? { name, smbios1, vmgenid, net0 } : { hostname: name, ...(this.#isPerfect && { net0 }) };
    const changes = Object.entries(same).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value] as const],
    );
    this.#lab.as('root@pam').setConfig(vmid, Object.fromEntries(changes));
  }

  #restoreItself({ vmid, power, haState }: LabGuestView): [string, Effect] {
    const root = this.#lab.as('root@pam');
    if (haState !== null) root.setHa(vmid, null);
    const volid = root.backup(vmid);
    if (power !== 'stopped') root.stop(vmid);
    root.restore(volid, { vmid, force: true });
    if (power === 'running') root.start(vmid);
    return ['restored over itself', 'same'];
  }

  /** The same machine, with something that was planned with changed. */
  #change({ vmid, kind, node, power, haState }: LabGuestView): [string, Effect] {
    const root = this.#lab.as('root@pam');
    switch (this.#random.below(6)) {
      case 0:
        root.migrate(vmid, this.#otherNode(node));
        return ['migrated', 'moves'];
      case 1:
        root.setConfig(vmid, { [kind === 'qemu' ? 'name' : 'hostname']: `renamed-${this.#random.below(1000)}` });
        return ['renamed', 'moves'];
      case 2:
        // Nothing of the API unlocks a container.
        if (kind === 'lxc') return ['nothing', 'nothing'];
        root.setConfig(vmid, { lock: 'backup' });
        return ['locked', 'blocks'];
      case 3:
        root.snapshot(vmid, 'undo');
        root.rollback(vmid, 'undo');
        root.deleteSnapshot(vmid, 'undo');
        return ['rolled back', 'moves'];
      case 4:
        if (power === 'stopped') root.start(vmid);
        else root.stop(vmid);
        return ['switched on or off', 'moves'];
      default:
        if (haState !== null || this.#lab.guest(vmid).snapshots.length > 0) return ['nothing', 'nothing'];
        if (power !== 'stopped') root.stop(vmid);
        root.template(vmid);
        return ['made a template', 'blocks'];
    }
  }

  /** What an action on the power does not depend on. */
  #touch({ vmid }: LabGuestView): [string, Effect] {
    const root = this.#lab.as('root@pam');
    switch (this.#random.below(5)) {
      case 0:
        root.setConfig(vmid, { description: `note ${this.#random.below(1000)}` });
        return ['described', 'nothing'];
      case 1:
        root.backup(vmid);
        return ['backed up', 'nothing'];
      case 2:
        root.destroy(root.clone(vmid, { full: true, newid: 9000 + vmid }));
        return ['cloned', 'nothing'];
      case 3:
        root.setConfig(vmid, { memory: 512 + this.#random.below(512) });
        return ['given other memory', 'nothing'];
      default:
        root.snapshot(vmid, 'kept');
        root.deleteSnapshot(vmid, 'kept');
        return ['saved', 'nothing'];
    }
  }
}
