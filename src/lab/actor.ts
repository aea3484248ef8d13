import { serverError } from './api-error.ts';
import type { Cluster } from './cluster.ts';
import type { GuestKind, LabGuest } from './model.ts';
import { vzdump } from './operations/backup.ts';
import { clone } from './operations/clone.ts';
import { setConfig, setConfigInTask } from './operations/config.ts';
import { create } from './operations/create.ts';
import { destroy } from './operations/destroy.ts';
import { moveDisk, resize } from './operations/disks.ts';
import { addHa, addToPool, changeHa, removeFromPool, removeHa } from './operations/membership.ts';
import { migrate } from './operations/migrate.ts';
import type { GuestRef, Operation } from './operations/operation.ts';
import { reboot, reset, resume, shutdown, start, stop, suspend } from './operations/power.ts';
import { restore } from './operations/restore.ts';
import { describeSnapshot, removeSnapshot, rollback, takeSnapshot } from './operations/snapshots.ts';
import { makeTemplate } from './operations/template.ts';

export interface CreateOptions {
  vmid?: number;
  node?: string;
  name?: string;
  [key: string]: string | number | undefined;
}

/**
 * Does things as one user or token would through the API, without its checks of privileges. State changes at once; the
 * tasks and log lines of a real server are left behind. What the API refuses throws; a task that fails does not.
 */
export class LabActor {
  private readonly cluster: Cluster;
  private readonly authid: string;

  constructor(cluster: Cluster, authid: string) {
    this.cluster = cluster;
    this.authid = authid;
  }

  /** With everything done that was due. */
  private get operation(): Operation {
    this.cluster.agenda.settle();
    return { cluster: this.cluster, by: this.authid };
  }

  start(vmid: number): string {
    return start(this.operation, this.ref(vmid));
  }

  stop(vmid: number): string {
    return stop(this.operation, this.ref(vmid));
  }

  shutdown(vmid: number): string {
    return shutdown(this.operation, this.ref(vmid));
  }

  suspend(vmid: number, options: { toDisk?: boolean } = {}): string {
    return suspend(this.operation, this.ref(vmid), options.toDisk);
  }

  resume(vmid: number): string {
    return resume(this.operation, this.ref(vmid));
  }

  reboot(vmid: number): string {
    return reboot(this.operation, this.ref(vmid));
  }

  reset(vmid: number): string {
    return reset(this.operation, this.ref(vmid));
  }

  /** `name` is the hostname of a container. Returns the vmid. */
  create(kind: GuestKind, options: CreateOptions = {}): number {
    const {
      vmid = this.operation.cluster.lowestFreeVmid(),
      node = this.operation.cluster.localNode().name,
      name,
      ...config
    } = options;
    const nameKey = kind === 'qemu' ? 'name' : 'hostname';
    const given = Object.entries({ ...config, ...(name !== undefined && { [nameKey]: name }) });
    const parameters = given.flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
    create(this.operation, { kind, node, vmid }, Object.fromEntries(parameters));
    return vmid;
  }

  /** Returns the vmid of the clone. */
  clone(
    vmid: number,
    options: { newid?: number; name?: string; full?: boolean; target?: string; pool?: string } = {},
  ): number {
    const newid = options.newid ?? this.operation.cluster.lowestFreeVmid();
    clone(this.operation, this.ref(vmid), { ...options, newid, isLenient: true });
    return newid;
  }

  /** In the way that succeeds: online, or by a restart, with its disks. */
  migrate(vmid: number, target: string): string {
    const anyhow = { isOnline: true, isRestarted: true, withLocalDisks: true };
    return migrate(this.operation, this.ref(vmid), { target, ...anyhow });
  }

  /** null deletes a key. `async`: as `POST …/config`, in a task (VMs only). */
  setConfig(
    vmid: number,
    changes: Readonly<Record<string, string | number | null>>,
    options: { async?: boolean } = {},
  ): void {
    const deleted = Object.keys(changes).filter((key) => changes[key] === null);
    const set = Object.entries(changes).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)]]));
    const parameters = Object.fromEntries([...set, ...(deleted.length > 0 ? [['delete', deleted.join(',')]] : [])]);
    const run = options.async ? setConfigInTask : setConfig;
    run(this.operation, this.ref(vmid), parameters);
  }

  /** `size` as `32G`, or `+4G` for more than now. */
  resize(vmid: number, disk: string, size: string): void {
    resize(this.operation, this.ref(vmid), { disk, size });
  }

  moveDisk(vmid: number, disk: string, storage: string, options: { delete?: boolean } = {}): string {
    return moveDisk(this.operation, this.ref(vmid), { disk, storage, isDeleted: options.delete ?? true });
  }

  template(vmid: number): void {
    makeTemplate(this.operation, this.ref(vmid));
  }

  snapshot(vmid: number, name: string, options: { description?: string; hasRam?: boolean } = {}): string {
    return takeSnapshot(this.operation, this.ref(vmid), { name, ...options });
  }

  deleteSnapshot(vmid: number, name: string): string {
    return removeSnapshot(this.operation, this.ref(vmid), name);
  }

  /** Leaves neither task nor line. */
  describeSnapshot(vmid: number, name: string, description: string): void {
    describeSnapshot(this.operation, this.ref(vmid), name, description);
  }

  rollback(vmid: number, name: string): string {
    return rollback(this.operation, this.ref(vmid), name);
  }

  /** Returns the volume id of the archive. */
  backup(vmid: number, options: { storage?: string } = {}): string {
    const { cluster } = this.operation;
    const before = new Set(cluster.volumes.keys());
    vzdump(this.operation, { node: this.ref(vmid).node, vmids: [vmid], storage: options.storage ?? 'backup' });
    for (const volid of cluster.volumes.keys()) if (!before.has(volid)) return volid;
    throw serverError(`backup of ${vmid} failed`);
  }

  /** Several guests of one node in one task, whose id is empty. */
  backupTogether(vmids: readonly number[]): string {
    const { node } = this.ref(vmids[0] ?? 0);
    return vzdump(this.operation, { node, vmids, storage: 'backup' });
  }

  restore(volid: string, options: { vmid?: number; node?: string; force?: boolean; unique?: boolean } = {}): string {
    const { cluster } = this.operation;
    const backup = cluster.volumes.get(volid)?.backup;
    if (!backup) throw serverError(`volume '${volid}' does not exist`);
    const vmid = options.vmid ?? backup.vmid;
    const node = options.node ?? cluster.guests.get(vmid)?.node ?? cluster.localNode().name;
    return restore(
      this.operation,
      { kind: backup.kind, node, vmid },
      { volid, force: options.force, unique: options.unique },
    );
  }

  destroy(vmid: number): string {
    return destroy(this.operation, this.ref(vmid));
  }

  /** null takes it out of its pool. */
  setPool(vmid: number, pool: string | null): void {
    const { cluster } = this.operation;
    const before = cluster.poolOf.get(vmid);
    if (pool !== null) addToPool(this.operation, pool, [vmid], true);
    else if (before !== undefined) removeFromPool(this.operation, before, [vmid]);
  }

  /** null takes it out of HA. */
  setHa(vmid: number, state: string | null): void {
    const sid = `${this.guest(vmid).kind === 'qemu' ? 'vm' : 'ct'}:${vmid}`;
    if (state === null) removeHa(this.operation, sid);
    else if (this.operation.cluster.ha.has(sid)) changeHa(this.operation, sid, { state });
    else addHa(this.operation, sid, { state });
  }

  private guest(vmid: number): LabGuest {
    const guest = this.operation.cluster.guests.get(vmid);
    if (!guest) throw serverError(`unable to find configuration file for VM ${vmid}`);
    return guest;
  }

  /** A vmid that there is not is asked for on the first node, as a VM. */
  private ref(vmid: number): GuestRef {
    const { cluster } = this.operation;
    const guest = cluster.guests.get(vmid);
    return { kind: guest?.kind ?? 'qemu', node: guest?.node ?? cluster.localNode().name, vmid };
  }
}
