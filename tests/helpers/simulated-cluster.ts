import type { Task } from '../../src/providers/proxmox/records/record.ts';
import type { Document } from '../../src/types/document.ts';
import type { GuestIdentity, GuestKind } from '../../src/types/guest.ts';
import type { AbsenceProbe, GuestObservation, Observation, Permissions } from '../../src/types/observation.ts';
import type { Section } from '../../src/types/section.ts';
import { AUDITOR, EVERY_SECTION, observe, offlineNode, onlineNode, task } from './sync-state.ts';

/** One machine as it really is. */
export interface Machine {
  serial: number;
  kind: GuestKind;
  vmid: number;
  document: Record<string, Document[string]>;
  identity: GuestIdentity;
  isAlive: boolean;
  /** Whether its configuration was ever shown: before, only tasks can tell it from another. */
  wasRead: boolean;
  /** How often it was destroyed and restored from its backup. */
  returns: number;
}

export interface Faults {
  nodesOff: readonly string[];
  quorate: boolean;
  /** The token sees only these vmids. */
  visible: ReadonlySet<number> | null;
  /** Guests that a listing which calls itself complete leaves out. */
  leftOut: ReadonlySet<number>;
  listingFails: boolean;
  /** Nodes whose configurations cannot be read. */
  configsUnread: readonly string[];
  isProbeSilent: boolean;
}

export const NO_FAULTS: Faults = {
  nodesOff: [],
  quorate: true,
  visible: null,
  leftOut: new Set(),
  listingFails: false,
  configsUnread: [],
  isProbeSilent: false,
};

const NODES = ['pve1', 'pve2', 'pve3'];

/** A cluster that is known exactly, and shows itself through faults. */
export class SimulatedCluster {
  readonly machines: Machine[] = [];
  readonly #random: () => number;
  #tasks: Task[] = [];
  #serial = 0;

  constructor(seed: number) {
    this.#random = mulberry32(seed);
    for (let index = 0; index < 24; index++) this.create(0);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  get alive(): Machine[] {
    return this.machines.filter(({ isAlive }) => isAlive);
  }

  create(
    minutes: number,
    vmid = this.#freeVmid(),
    kind: GuestKind = this.chance(0.7) ? 'qemu' : 'lxc',
    always = false,
  ): void {
    const serial = ++this.#serial;
    const identity: GuestIdentity =
      kind === 'qemu'
        ? { uuid: `uuid-${serial}`, ctime: serial, vmgenid: `gen-${serial}-0` }
        : { macs: [`MAC-${serial}`], rootfs: `local:${vmid}/vm-${serial}.raw`, hostname: `ct-${serial}` };
    const status = this.chance(0.5) ? 'running' : 'stopped';
    const document = { name: `${kind}-${serial}`, node: this.pick(NODES), status, memory: 512, arch: 'amd64' };
    this.machines.push({ serial, kind, vmid, document, identity, isAlive: true, wasRead: false, returns: 0 });
    this.#leave(kind === 'qemu' ? 'qmcreate' : 'vzcreate', vmid, minutes, always);
  }

  destroy(machine: Machine, minutes: number, always = false): void {
    machine.isAlive = false;
    this.#leave(machine.kind === 'qemu' ? 'qmdestroy' : 'vzdestroy', machine.vmid, minutes, always);
  }

  /** Does one thing that changes the cluster, and tells what. */
  act(minutes: number): string {
    const machine = this.pick(this.alive);
    const { document, identity, kind, vmid } = machine;
    const what = this.pick([
      'create',
      'destroy',
      'reuse',
      'memory',
      'power',
      'rename',
      'cores',
      'migrate',
      'rollback',
      'restore',
    ]);
    if (what === 'create' && this.alive.length < 40) this.create(minutes);
    else if (what === 'destroy' && this.alive.length > 12) this.destroy(machine, minutes);
    else if (what === 'reuse') {
      this.destroy(machine, minutes, !machine.wasRead);
      this.create(minutes + 0.5, vmid, this.chance(0.8) ? kind : this.pick(['qemu', 'lxc']), !machine.wasRead);
    } else if (what === 'memory') document['memory'] = Number(document['memory']) + 128;
    else if (what === 'power') document['status'] = document['status'] === 'running' ? 'stopped' : 'running';
    else if (what === 'rename') document['name'] = `name-${minutes}-${vmid}`;
    else if (what === 'cores' && document['cores'] === undefined) document['cores'] = 2;
    else if (what === 'cores') delete document['cores'];
    else if (what === 'migrate') {
      document['node'] = this.pick(NODES);
      this.#leave(kind === 'qemu' ? 'qmigrate' : 'vzmigrate', vmid, minutes);
    } else if (what === 'rollback') {
      if (kind === 'qemu') identity.vmgenid = `gen-${machine.serial}-${minutes}`;
      document['memory'] = 256;
      this.#leave(kind === 'qemu' ? 'qmrollback' : 'vzrollback', vmid, minutes);
    } else if (what === 'restore') {
      if (this.chance(0.5)) {
        this.#leave(kind === 'qemu' ? 'qmdestroy' : 'vzdestroy', vmid, minutes - 0.5);
        machine.returns++;
      }
      if (kind === 'qemu') identity.vmgenid = `gen-${machine.serial}-${minutes}`;
      document['status'] = 'stopped';
      this.#leave(kind === 'qemu' ? 'qmrestore' : 'vzrestore', vmid, minutes, true);
    }
    return `${what} ${vmid}`;
  }

  randomFaults(): Faults {
    const some = <T>(probability: number, from: readonly T[]) => from.filter(() => this.chance(probability));
    const vmids = this.alive.map(({ vmid }) => vmid);
    return {
      nodesOff: this.chance(0.2) ? some(0.4, NODES) : [],
      quorate: !this.chance(0.1),
      visible: this.chance(0.1) ? new Set(some(this.#random(), vmids)) : null,
      leftOut: new Set(this.chance(0.15) ? some(this.chance(0.3) ? 1 : 0.2, vmids) : []),
      listingFails: this.chance(0.05),
      configsUnread: this.chance(0.2) ? some(0.4, NODES) : [],
      isProbeSilent: this.chance(0.1),
    };
  }

  observe(minutes: number, faults: Faults): Observation {
    const { nodesOff, quorate, visible, leftOut, listingFails, configsUnread } = faults;
    const listed = listingFails
      ? []
      : this.alive.filter(({ vmid }) => (visible === null || visible.has(vmid)) && !leftOut.has(vmid));
    const coverage = listingFails ? 'error' : visible === null ? 'complete' : 'filtered';
    const nodesCoverage = quorate ? 'complete' : 'unreachable';
    return observe(minutes, {
      identity: { clusterName: 'simulated', nodeNames: NODES, rootCa: null, certificates: [] },
      quorate,
      permissions: visible === null ? AUDITOR : narrowed(visible),
      scopes: [
        { scope: 'nodes', coverage: nodesCoverage, count: 3 },
        { scope: 'guests', coverage, count: listed.length },
        ...configsUnread.map((node) => ({ scope: `config/${node}`, coverage: 'error', count: 0 }) as const),
        ...NODES.filter((node) => !configsUnread.includes(node)).map(
          (node) => ({ scope: `config/${node}`, coverage: 'complete', count: 1 }) as const,
        ),
      ],
      nodes: NODES.map((node) => (nodesOff.includes(node) ? offlineNode(node) : onlineNode(node))),
      guests: listed.map((machine) => this.#show(machine, faults)),
      records: this.#tasks.filter(({ at }) => at.getTime() > observe(minutes - 60).startedAt.getTime()),
    });
  }

  probe(faults: Faults): (vmid: number) => AbsenceProbe {
    const used = new Set(this.alive.map(({ vmid }) => vmid));
    return (vmid) => (faults.isProbeSilent ? 'unknown' : used.has(vmid) ? 'exists' : 'gone');
  }

  #show(machine: Machine, { nodesOff, configsUnread }: Faults): GuestObservation {
    const { kind, vmid, document, identity } = machine;
    const node = String(document['node']);
    const isDown = nodesOff.includes(node);
    const isUnread = isDown || configsUnread.includes(node);
    machine.wasRead ||= !isUnread;
    const complete: ReadonlySet<Section> = isDown
      ? new Set()
      : isUnread
        ? new Set(['placement', 'power', 'pool', 'ha'] as const)
        : EVERY_SECTION;
    const { status, name } = document;
    return {
      kind,
      nativeId: `${vmid}`,
      vmid,
      node,
      document: isDown ? { node } : isUnread && status && name ? { node, status, name } : { ...document },
      complete,
      identity: isUnread ? {} : { ...identity },
      lock: null,
      cpus: 1,
      bootDiskBytes: null,
      memoryBytes: null,
      diskBytes: null,
      telemetry: null,
      unobservable: isDown ? `node ${node} is offline` : null,
      powerSource: isDown ? 'none' : 'live',
    };
  }

  /** Not every task can be seen; a restore without its task is a rollback to anybody. */
  #leave(type: string, vmid: number, minutes: number, always = false): void {
    if (always || this.chance(0.7)) this.#tasks.push(task(type, vmid, minutes));
    this.#tasks = this.#tasks.slice(-100);
  }

  #freeVmid(): number {
    const used = new Set(this.alive.map(({ vmid }) => vmid));
    let vmid = 100;
    while (used.has(vmid)) vmid++;
    return vmid;
  }
}

function narrowed(visible: ReadonlySet<number>): Permissions {
  return Object.fromEntries([...visible].map((vmid) => [`/vms/${vmid}`, { 'VM.Audit': true }]));
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
