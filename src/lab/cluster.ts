import { Access } from './access.ts';
import { Agenda } from './agenda.ts';
import { ClusterLog } from './cluster-log.ts';
import { broadcastFields } from './guest-size.ts';
import type { GuestKind, LabGuest, LabHaResource, LabNode, LabPool, LabStorage, LabVolume } from './model.ts';
import { Prng } from './prng.ts';
import type { Release } from './release.ts';
import { TaskStore } from './tasks.ts';

export interface ClusterOptions {
  release: Release;
  /** null: one host that is in no cluster. */
  name: string | null;
  seed: number;
  clock: () => number;
  taskDurationMs: (type: string) => number;
  broadcastLagMs: number;
  haDelayMs: number;
}

/** How a node is reached from the one that answers: its proxy may hang while the cluster still sees it. */
export type Reach = 'ok' | 'down' | 'frozen';

/** The state of the simulated cluster. Operations change it, views read it. */
export class Cluster {
  readonly release: Release;
  name: string | null;
  /** Whether pmxcfs has no corosync configuration: see `pretendAlone`. */
  isAlone = false;
  readonly broadcastLagMs: number;
  readonly haDelayMs: number;
  readonly prng: Prng;
  readonly access: Access;
  readonly log = new ClusterLog();
  readonly agenda: Agenda;
  readonly tasks: TaskStore;
  readonly nodes = new Map<string, LabNode>();
  readonly guests = new Map<number, LabGuest>();
  readonly storages = new Map<string, LabStorage>();
  readonly volumes = new Map<string, LabVolume>();
  readonly pools = new Map<string, LabPool>();
  readonly poolOf = new Map<number, string>();
  readonly ha = new Map<string, LabHaResource>();
  /** vmid → the node that its disks are copied to. */
  readonly replications = new Map<number, string>();
  private readonly clock: () => number;
  private setTimeMs: number | null = null;
  private answering: LabNode | null = null;
  private forcedQuorum: { on: boolean; sinceMs: number } | null = null;
  private nextPid = 2000;

  constructor(options: ClusterOptions) {
    this.release = options.release;
    this.name = options.name;
    this.broadcastLagMs = options.broadcastLagMs;
    this.haDelayMs = options.haDelayMs;
    this.clock = options.clock;
    this.prng = new Prng(options.seed);
    this.access = new Access(options.release, {
      poolMembers: () => this.poolOf,
      pools: () => this.pools,
    });
    this.agenda = new Agenda({ nowMs: () => this.nowMs(), at: (timeMs, work) => this.at(timeMs, work) });
    this.tasks = new TaskStore({
      nowMs: () => this.nowMs(),
      agenda: this.agenda,
      log: this.log,
      durationMs: options.taskDurationMs,
      bootedAtMs: (node) => this.nodes.get(node)?.bootedAtMs ?? 0,
    });
  }

  nowMs(): number {
    return this.setTimeMs ?? this.clock();
  }

  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  /** Runs `work` as if it were another time: history that was there before the lab began, or what is due since. */
  at(timeMs: number, work: () => void): void {
    const before = this.setTimeMs;
    this.setTimeMs = timeMs;
    try {
      work();
    } finally {
      this.setTimeMs = before;
    }
  }

  /** Runs `work` with `node` as the one that answers. */
  answeringAs<T>(node: LabNode, work: () => T): T {
    const before = this.answering;
    this.answering = node;
    try {
      return work();
    } finally {
      this.answering = before;
    }
  }

  /** The node that answers, or else the first one. */
  localNode(): LabNode {
    if (this.answering !== null) return this.answering;
    for (const node of this.nodes.values()) return node;
    throw new RangeError('a cluster has at least one node');
  }

  guestOf(kind: GuestKind, node: string, vmid: number): LabGuest | undefined {
    const guest = this.guests.get(vmid);
    return guest?.kind === kind && guest.node === node ? guest : undefined;
  }

  guestsOn(node: string, kind: GuestKind): LabGuest[] {
    return [...this.guests.values()].filter((guest) => guest.node === node && guest.kind === kind);
  }

  haOf(vmid: number): LabHaResource | undefined {
    return this.ha.get(`vm:${vmid}`) ?? this.ha.get(`ct:${vmid}`);
  }

  setQuorum(on: boolean): void {
    this.forcedQuorum = { on, sinceMs: this.nowMs() };
  }

  isQuorate(): boolean {
    if (this.name === null) return true;
    if (this.forcedQuorum) return this.forcedQuorum.on;
    // Two nodes have the vote of a QDevice between them, as is usual: one may be off.
    const deviceVotes = this.nodes.size === 2 ? 1 : 0;
    const votes = deviceVotes + [...this.nodes.values()].filter((node) => node.downSinceMs === null).length;
    return votes * 2 > this.nodes.size + deviceVotes;
  }

  /** Since when the answering node sees nothing of `node`: it is off, or this node is cut off from the others. */
  unseenSinceMs(node: LabNode): number | null {
    if (node.downSinceMs !== null) return node.downSinceMs;
    if (this.forcedQuorum?.on === false && node !== this.localNode()) return this.forcedQuorum.sinceMs;
    return null;
  }

  reach(node: LabNode): Reach {
    if (this.unseenSinceMs(node) !== null) return 'down';
    return node.isFrozen ? 'frozen' : 'ok';
  }

  takePid(): number {
    this.nextPid += 3;
    return this.nextPid;
  }

  /** To be called before a guest changes, so that rows can tell the old state while broadcasts lag. */
  remember(guest: LabGuest, isNew = false): void {
    if (this.broadcastLagMs === 0) return;
    const nowMs = this.nowMs();
    guest.earlier = guest.earlier.filter((entry) => entry.untilMs > nowMs - this.broadcastLagMs);
    guest.earlier.push({ untilMs: nowMs, fields: isNew ? null : broadcastFields(this, guest) });
  }

  lowestFreeVmid(): number {
    let vmid = 100;
    while (this.guests.has(vmid)) vmid += 1;
    return vmid;
  }
}
