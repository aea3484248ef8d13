import { serverError } from '../api-error.ts';
import { applyPending } from '../guest-config.ts';
import { held } from '../meanwhile.ts';
import type { LabGuest } from '../model.ts';
import type { TaskCourse } from '../task-rules.ts';
import type { GuestRef, Operation } from './operation.ts';
import { label, requireGuest, requireQuorum, requireUnlocked, requireWritable, taskPrefix } from './operation.ts';

/** What the HA manager's own tasks run as. */
const HA_TAG = 'pve-ha-lrm';

function runTask(
  { cluster, by }: Operation,
  ref: GuestRef,
  verb: string,
  work: (guest: LabGuest) => () => void,
  { tag, course }: { tag?: string | undefined; course?: TaskCourse | undefined } = {},
): string {
  const start = {
    node: ref.node,
    type: `${taskPrefix(ref.kind)}${verb}`,
    id: ref.vmid,
    authid: by,
    ...(tag && { tag }),
    ...(course && { course }),
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
  return viaHa(operation, ref, 'started', (root) => startByManager(root, ref)) ?? startNow(operation, ref);
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
    { tag },
  );
}

/** The manager starts and stops what is not yet as it is wanted. */
function startByManager(root: Operation, ref: GuestRef): void {
  if (root.cluster.guestOf(ref.kind, ref.node, ref.vmid)?.power === 'stopped') startNow(root, ref, HA_TAG);
}

function stopByManager(root: Operation, ref: GuestRef): void {
  const power = root.cluster.guestOf(ref.kind, ref.node, ref.vmid)?.power ?? 'stopped';
  if (power !== 'stopped') shutDownNow(root, ref, { forceStop: true }, HA_TAG);
}

export function stop(operation: Operation, ref: GuestRef): string {
  requireRunningContainer(operation, ref);
  return (
    viaHa(operation, ref, 'stopped', (root) => stopByManager(root, ref)) ??
    runTask(operation, ref, 'stop', (guest) => {
      requireUnlocked(guest);
      return () => turnOff(guest);
    })
  );
}

export interface ShutdownOptions {
  timeoutSeconds?: number | undefined;
  /** Stop it when the time has passed. */
  forceStop?: boolean;
}

export function shutdown(operation: Operation, ref: GuestRef, options: ShutdownOptions = {}): string {
  requireRunningContainer(operation, ref);
  return viaHa(operation, ref, 'stopped', (root) => stopByManager(root, ref)) ?? shutDownNow(operation, ref, options);
}

function shutDownNow(operation: Operation, ref: GuestRef, options: ShutdownOptions, tag?: string): string {
  const course = shutdownCourse(operation.cluster.guestOf(ref.kind, ref.node, ref.vmid), options);
  const down = (guest: LabGuest): (() => void) => {
    requireUnlocked(guest);
    return () => turnOff(guest);
  };
  return runTask(operation, ref, 'shutdown', down, { tag, course });
}

/** Source: qemu-server src/PVE/QemuServer.pm vm_stop: a minute, where nothing else is said. */
const SHUTDOWN_SECONDS = 60;

/** How it goes with a system that does not go down. A VM's text is recorded on 8.4; a container's: pve-container src/PVE/LXC.pm vm_stop. */
function shutdownCourse(guest: LabGuest | undefined, options: ShutdownOptions): TaskCourse | undefined {
  if (!guest?.ignoresShutdown || guest.power === 'stopped') return undefined;
  const { timeoutSeconds: seconds = SHUTDOWN_SECONDS, forceStop } = options;
  const durationMs = seconds * 1000;
  if (forceStop) return { durationMs, effect: 'at-end' };
  const text =
    guest.kind === 'qemu'
      ? 'VM quit/powerdown failed - got timeout'
      : `command 'lxc-stop -n ${guest.vmid} --nokill --timeout ${seconds}' failed: exit code 1`;
  return { durationMs, ending: { kind: 'fails', text } };
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

export function reboot(operation: Operation, ref: GuestRef, timeoutSeconds?: number): string {
  const course = shutdownCourse(requireRunning(operation, ref), { timeoutSeconds });
  const boot = (guest: LabGuest): (() => void) => {
    requireUnlocked(guest);
    return () => bootGuest(operation, guest);
  };
  return runTask(operation, ref, 'reboot', boot, { course });
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
