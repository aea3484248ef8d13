import { randomUUID } from 'node:crypto';
import { LabActor } from './actor.ts';
import type { Cluster } from './cluster.ts';
import { configuredView } from './guest-config.ts';
import { listName } from './guest-size.ts';
import type { Config, GuestKind, LabGuest, LabNode } from './model.ts';

export interface LabGuestView {
  kind: GuestKind;
  vmid: number;
  node: string;
  name: string;
  power: 'running' | 'paused' | 'stopped';
  lock: string | null;
  /** With pending changes, as `GET …/config` has it. */
  config: Readonly<Config>;
  /** What is in effect. */
  effective: Readonly<Config>;
  pool: string | null;
  haState: string | null;
  snapshots: readonly string[];
}

export interface LabNodeControl {
  /** Its guests come back as they were, its tasks are lost. A listener of its own resets every connection. */
  powerOff(): void;
  powerOn(): void;
  /** The cluster still sees it, but calls that are passed on to it hang, and so do connections to a listener of its own. */
  freeze(): void;
  thaw(): void;
}

/** How a test or a demo changes the cluster behind the API's back. */
export interface LabControls {
  as(authid: string): LabActor;
  guests(): readonly LabGuestView[];
  guest(vmid: number): LabGuestView;
  /** Whether the guest's system takes no notice of being asked to go down. */
  ignoreShutdown(vmid: number, isIgnored?: boolean): void;
  node(name: string): LabNodeControl;
  /**
   * Without quorum the answering node is cut off from the others. Without this call the votes of the nodes decide; a
   * cluster of two has a QDevice, so that one of them may be off.
   */
  quorum(on: boolean): void;
  /** Makes the figures of a node older than five minutes, whether it is on or off, until `powerOn`. */
  forgetStats(node: string): void;
  acl: {
    grant(authid: string, path: string, role: string, propagate?: boolean): void;
    revoke(authid: string, path: string): void;
    setRole(role: string, privileges: readonly string[]): void;
    /** Of a user that is made if need be, with privilege separation. Gives `user@realm!name=secret`. */
    addToken(userid: string, name: string): string;
  };
}

/** `nodeChanged` is told after a node went off, came back, froze or thawed. */
export function labControls(cluster: Cluster, nodeChanged: (node: LabNode) => void): LabControls {
  return {
    as: (authid) => new LabActor(cluster, authid),
    guests: () => {
      cluster.agenda.settle();
      return [...cluster.guests.values()].map((guest) => viewOf(cluster, guest));
    },
    guest: (vmid) => {
      cluster.agenda.settle();
      return viewOf(cluster, guestOf(cluster, vmid));
    },
    ignoreShutdown: (vmid, isIgnored = true) => {
      guestOf(cluster, vmid).ignoresShutdown = isIgnored;
    },
    node: (name) => {
      const node = requireNode(cluster, name);
      return controlOf(cluster, node, () => nodeChanged(node));
    },
    quorum: (on) => cluster.setQuorum(on),
    forgetStats: (name) => {
      requireNode(cluster, name).silentSinceMs = 0;
    },
    acl: {
      grant: (authid, path, role, propagate) => cluster.access.grant(authid, path, role, propagate),
      revoke: (authid, path) => cluster.access.revoke(authid, path),
      setRole: (role, privileges) => {
        cluster.access.roles.set(role, new Set(privileges));
        cluster.access.changed();
      },
      addToken: (userid, name) => {
        if (!cluster.access.users.has(userid)) cluster.access.addUser(userid);
        return cluster.access.addToken(userid, name, { secret: randomUUID(), isPrivilegeSeparated: true, expire: 0 });
      },
    },
  };
}

function guestOf({ guests }: Cluster, vmid: number): LabGuest {
  const guest = guests.get(vmid);
  if (!guest) throw new RangeError(`the lab has no guest ${vmid}`);
  return guest;
}

export function requireNode(cluster: Cluster, name: string): LabNode {
  const node = cluster.nodes.get(name);
  if (!node) throw new RangeError(`the lab has no node ${name}`);
  return node;
}

function controlOf(cluster: Cluster, node: LabNode, changed: () => void): LabNodeControl {
  return {
    powerOff: () => {
      cluster.tasks.lose(node.name);
      node.downSinceMs ??= cluster.nowMs();
      changed();
    },
    powerOn: () => {
      node.downSinceMs = null;
      node.silentSinceMs = null;
      changed();
    },
    freeze: () => {
      node.isFrozen = true;
      changed();
    },
    thaw: () => {
      node.isFrozen = false;
      changed();
    },
  };
}

function viewOf(cluster: Cluster, guest: LabGuest): LabGuestView {
  return {
    kind: guest.kind,
    vmid: guest.vmid,
    node: guest.node,
    name: listName(guest),
    power: guest.power,
    lock: guest.config['lock'] === undefined ? null : String(guest.config['lock']),
    config: configuredView(guest),
    effective: { ...guest.config },
    pool: cluster.poolOf.get(guest.vmid) ?? null,
    haState: cluster.haOf(guest.vmid)?.state ?? null,
    snapshots: [...guest.snapshots.keys()],
  };
}
