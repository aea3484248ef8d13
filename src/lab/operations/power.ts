import { serverError } from '../api-error.ts';
import { applyPending } from '../guest-config.ts';
import { held } from '../meanwhile.ts';
import type { LabGuest } from '../model.ts';
import type { GuestRef, Operation } from './operation.ts';
import { label, requireGuest, requireQuorum, requireUnlocked, requireWritable, taskPrefix } from './operation.ts';

/** What the HA manager's own tasks run as. */
const HA_TAG = 'pve-ha-lrm';

function runTask(
  { cluster, by }: Operation,
  ref: GuestRef,
  verb: string,
  work: (guest: LabGuest) => () => void,
  tag?: string,
): string {
  const start = {
    node: ref.node,
    type: `${taskPrefix(ref.kind)}${verb}`,
    id: ref.vmid,
    authid: by,
    ...(tag && { tag }),
  };
  return cluster.tasks.run(start, (task) => {
    const guest = requireGuest(cluster, ref);
    const effect = work(guest);
    task.act(() => {
      cluster.remember(guest);
      effect();
    }, held(guest));
  });
}

/** A guest that HA manages is asked for; root@pam then does it. */
function viaHa(
  operation: Operation,
  ref: GuestRef,
  wanted: 'started' | 'stopped',
  act: (root: Operation) => void,
): string | null {
  const { cluster, by } = operation;
  const resource = cluster.haOf(ref.vmid);
  if (!resource || resource.state === 'ignored' || !cluster.guestOf(ref.kind, ref.node, ref.vmid)) return null;
  const verb = wanted === 'started' ? 'start' : 'stop';
  const upid = cluster.tasks.run({ node: ref.node, type: `ha${verb}`, id: ref.vmid, authid: by }, (task) => {
    task.print(`Requesting HA ${verb} for ${label(ref.kind)} ${ref.vmid}`);
    task.act(() => {
      resource.state = wanted;
      // The task ends before the manager has done anything (recorded on 8.4).
      cluster.agenda.add(cluster.nowMs() + cluster.haDelayMs, () => act({ cluster, by: 'root@pam' }));
    });
  });
  return upid;
}

export function bootGuest({ cluster }: Operation, guest: LabGuest): void {
  applyPending(guest);
  guest.power = 'running';
  guest.startedAtMs = cluster.nowMs();
  guest.pid = cluster.takePid();
}

export function turnOff(guest: LabGuest): void {
  guest.power = 'stopped';
  // Source: qemu-server src/PVE/QemuServer.pm vm_stop_cleanup; a container's changes wait for its start.
  if (guest.kind === 'qemu') applyPending(guest);
}

export function start(operation: Operation, ref: GuestRef): string {
  const { cluster } = operation;
  const guest = cluster.guestOf(ref.kind, ref.node, ref.vmid);
  // An LXC start is refused at once; a VM's start is a task that fails (recorded on 8.4).
  if (ref.kind === 'lxc' && guest?.power === 'running') throw serverError(`CT ${ref.vmid} already running`);
  requireQuorum(cluster);
  if (guest?.power === 'stopped') {
    const upid = viaHa(operation, ref, 'started', (root) => startNow(root, ref, HA_TAG));
    if (upid !== null) return upid;
  }
  return startNow(operation, ref);
}

function startNow(operation: Operation, ref: GuestRef, tag?: string): string {
  return runTask(
    operation,
    ref,
    'start',
    (guest) => {
      if (guest.config['template'] === 1)
        throw serverError(`you can't start a ${ref.kind === 'qemu' ? 'vm' : 'CT'} if it's a template`);
      if (guest.config['lock'] === 'suspended') delete guest.config['lock'];
      requireUnlocked(guest);
      if (guest.power !== 'stopped') throw serverError(`VM ${ref.vmid} already running`);
      return () => bootGuest(operation, guest);
    },
    tag,
  );
}

export function stop(operation: Operation, ref: GuestRef): string {
  requireRunningContainer(operation, ref);
  return (
    viaHa(operation, ref, 'stopped', (root) => stopNow(root, ref, 'shutdown', HA_TAG)) ??
    stopNow(operation, ref, 'stop')
  );
}

export function shutdown(operation: Operation, ref: GuestRef): string {
  requireRunningContainer(operation, ref);
  return (
    viaHa(operation, ref, 'stopped', (root) => stopNow(root, ref, 'shutdown', HA_TAG)) ??
    stopNow(operation, ref, 'shutdown')
  );
}

function stopNow(operation: Operation, ref: GuestRef, verb: 'stop' | 'shutdown', tag?: string): string {
  return runTask(
    operation,
    ref,
    verb,
    (guest) => {
      requireUnlocked(guest);
      return () => turnOff(guest);
    },
    tag,
  );
}

function requireRunningContainer({ cluster }: Operation, ref: GuestRef): void {
  if (ref.kind !== 'lxc') return;
  if (cluster.guestOf(ref.kind, ref.node, ref.vmid)?.power === 'stopped')
    throw serverError(`CT ${ref.vmid} not running`);
}

/** These fail at once for a guest that is off, without a task. */
function requireRunning({ cluster }: Operation, ref: GuestRef): LabGuest {
  const guest = requireGuest(cluster, ref);
  if (guest.power === 'stopped') throw serverError(`${label(ref.kind)} ${ref.vmid} not running`);
  return guest;
}

export function reboot(operation: Operation, ref: GuestRef): string {
  requireRunning(operation, ref);
  return runTask(operation, ref, 'reboot', (guest) => {
    requireUnlocked(guest);
    return () => bootGuest(operation, guest);
  });
}

export function reset(operation: Operation, ref: GuestRef): string {
  requireRunning(operation, ref);
  return runTask(operation, ref, 'reset', (guest) => {
    requireUnlocked(guest);
    return () => undefined;
  });
}

/** Pauses; with `toDisk` the VM's memory is saved, it is off and locked until it is started again. */
export function suspend(operation: Operation, ref: GuestRef, toDisk = false): string {
  const verb = ref.kind === 'lxc' || toDisk ? 'suspend' : 'pause';
  const { lock } = requireRunning(operation, ref).config;
  if (lock !== undefined) throw serverError(`${label(ref.kind)} is locked (${lock})`);
  if (toDisk) requireWritable(operation.cluster, ref);
  return runTask(operation, ref, verb, (guest) => () => {
    guest.power = toDisk ? 'stopped' : 'paused';
    if (toDisk) guest.config['lock'] = 'suspended';
  });
}

export function resume(operation: Operation, ref: GuestRef): string {
  const guest = requireGuest(operation.cluster, ref);
  if (guest.config['lock'] !== 'suspended') requireRunning(operation, ref);
  return runTask(operation, ref, 'resume', (stopped) => () => {
    if (stopped.power === 'stopped') {
      delete stopped.config['lock'];
      bootGuest(operation, stopped);
    }
    stopped.power = 'running';
  });
}
