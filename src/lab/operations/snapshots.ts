import { parameterError, serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { locked } from '../meanwhile.ts';
import type { Config, LabGuest, Snapshot } from '../model.ts';
import type { GuestRef, Operation } from './operation.ts';
import { requireGuest, requireUnlocked, requireWritable, taskPrefix } from './operation.ts';
import { bootGuest } from './power.ts';

const NOT_IN_SNAPSHOT = /^(?:lock|parent|snaptime|snapstate|description|unused\d+)$/;

function savedConfig(config: Config): Config {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !NOT_IN_SNAPSHOT.test(key)));
}

/** Source: pve-guest-common src/PVE/AbstractConfig.pm __snapshot_apply_config. */
function keptConfig(config: Config): Config {
  return Object.fromEntries(Object.entries(config).filter(([key]) => /^(?:description|unused\d+)$/.test(key)));
}

function requireSnapshot(snapshots: ReadonlyMap<string, Snapshot>, name: string): Snapshot {
  const snapshot = snapshots.get(name);
  if (!snapshot) throw serverError(`snapshot '${name}' does not exist`);
  return snapshot;
}

export interface SnapshotOptions {
  name: string;
  description?: string | undefined;
  hasRam?: boolean | undefined;
}

/** Answers with a task whatever happens; a missing guest, a lock or a used name only make the task fail. */
export function takeSnapshot({ cluster, by }: Operation, ref: GuestRef, options: SnapshotOptions): string {
  const { name } = options;
  if (!/^[a-z][a-z0-9_-]+$/i.test(name))
    throw parameterError({ snapname: `invalid format - invalid configuration ID '${name}'\n` });
  if (name === 'current') throw serverError("unable to use snapshot name 'current' (reserved name)");
  return cluster.tasks.run(
    { node: ref.node, type: `${taskPrefix(ref.kind)}snapshot`, id: ref.vmid, authid: by },
    (task) => {
      task.log(`snapshot ${ref.kind === 'qemu' ? 'VM' : 'container'} ${ref.vmid}: ${name}`);
      const guest = requireGuest(cluster, ref);
      if (guest.config['template'] === 1) throw serverError("you can't take a snapshot if it's a template");
      requireWritable(cluster, ref);
      requireUnlocked(guest);
      if (guest.snapshots.has(name)) throw serverError(`snapshot name '${name}' already used`);
      const snaptime = cluster.nowSeconds();
      task.act(
        () => {
          const parent = guest.config['parent'];
          guest.snapshots.set(name, {
            name,
            config: savedConfig(guest.config),
            parent: parent === undefined ? null : String(parent),
            snaptime,
            description: options.description ?? '',
            hasRam: options.hasRam === true && guest.power !== 'stopped',
          });
          guest.config['parent'] = name;
        },
        locked(guest, 'snapshot'),
      );
    },
  );
}

export function removeSnapshot({ cluster, by }: Operation, ref: GuestRef, name: string): string {
  return cluster.tasks.run(
    { node: ref.node, type: `${taskPrefix(ref.kind)}delsnapshot`, id: ref.vmid, authid: by },
    (task) => {
      task.log(`delete snapshot VM ${ref.vmid}: ${name}`);
      const guest = requireGuest(cluster, ref);
      requireWritable(cluster, ref);
      requireUnlocked(guest);
      const removed = requireSnapshot(guest.snapshots, name);
      task.act(() => takeOut(guest, removed), locked(guest, 'snapshot-delete'));
    },
  );
}

function takeOut(guest: LabGuest, { name, parent }: Snapshot): void {
  guest.snapshots.delete(name);
  for (const other of guest.snapshots.values()) if (other.parent === name) other.parent = parent;
  if (guest.config['parent'] !== name) return;
  if (parent === null) delete guest.config['parent'];
  else guest.config['parent'] = parent;
}

/** The configuration is that of the snapshot again; a VM gets a new vmgenid and is off unless memory was saved. */
export function rollback({ cluster, by }: Operation, ref: GuestRef, name: string, isStarted = false): string {
  return cluster.tasks.run(
    { node: ref.node, type: `${taskPrefix(ref.kind)}rollback`, id: ref.vmid, authid: by },
    (task) => {
      task.log(`rollback snapshot ${ref.kind === 'qemu' ? 'VM' : 'LXC'} ${ref.vmid}: ${name}`);
      const guest = requireGuest(cluster, ref);
      requireWritable(cluster, ref);
      requireUnlocked(guest);
      const snapshot = requireSnapshot(guest.snapshots, name);
      // Source: pve-guest-common src/PVE/AbstractConfig.pm snapshot_rollback.
      if (ref.kind === 'lxc' && guest.config['template'] === 1)
        throw serverError("you can't rollback if it's a template");
      task.act(
        () => {
          goBack(cluster, guest, snapshot);
          if (isStarted && guest.power === 'stopped') bootGuest({ cluster, by }, guest);
        },
        locked(guest, 'rollback'),
      );
    },
  );
}

function goBack(cluster: Cluster, guest: LabGuest, snapshot: Snapshot): void {
  cluster.remember(guest);
  guest.config = { ...snapshot.config, ...keptConfig(guest.config), parent: snapshot.name };
  guest.pending = {};
  guest.pendingDelete = new Set();
  if (guest.kind === 'qemu' && guest.config['vmgenid'] !== undefined) guest.config['vmgenid'] = cluster.prng.uuid();
  guest.power = snapshot.hasRam ? 'running' : 'stopped';
  if (snapshot.hasRam) guest.startedAtMs = cluster.nowMs();
}

export function snapshotConfig(cluster: Cluster, ref: GuestRef, name: string): Config {
  const { config, snaptime, description } = requireSnapshot(requireGuest(cluster, ref).snapshots, name);
  return { ...config, snaptime, ...(description !== '' && { description }) };
}

/** Changes a snapshot's description: at once, without a task or a line. */
export function describeSnapshot({ cluster }: Operation, ref: GuestRef, name: string, description: string): null {
  const guest = requireGuest(cluster, ref);
  requireWritable(cluster, ref);
  requireSnapshot(guest.snapshots, name).description = description;
  return null;
}
