import type { Action, ActionSubject, PlannedCall, Risk } from '../../../types/action.ts';
import { commonChecks, type Need } from './checks.ts';
import { bytesText } from './disk.ts';
import { isThroughHa } from './ha.ts';
import { copiedVolumes, migrateChecks } from './migrate-checks.ts';
import { type MigrateFacts, readMigrateFacts } from './migrate-facts.ts';
import { call, type Draft, NO_CALLS, type PlanContext, pathOf, type VerbPlanner } from './planner.ts';
import type { LiveGuest, Scene } from './scene.ts';

export type MigrateAction = Extract<Action, { verb: 'migrate' }>;

export const migrate: VerbPlanner<MigrateAction, MigrateFacts> = {
  right: 'migrate',
  read: readMigrateFacts,
  plan: planMigrate,
};

function planMigrate(
  action: MigrateAction,
  scene: Scene,
  { known, allow, extra }: PlanContext & { extra: MigrateFacts },
): Draft {
  const { subject, guest } = scene;
  const { target } = action;
  const checks = commonChecks(scene, { right: 'migrate', allow, known, needs: needsOf(action, subject) });
  if (guest === null) return { ...NO_CALLS, checks };
  if (subject.node === target) {
    return { ...NO_CALLS, checks, effects: [`it is on ${target} already: nothing is sent`] };
  }
  const copied = copiedVolumes(action, extra);
  return {
    checks: [...checks, ...migrateChecks(action, scene, { guest, facts: extra })],
    calls: [migrateCall(action, subject, guest)],
    risks: risksOf(action, { subject, guest, facts: extra }),
    effects: [`node: ${subject.node} → ${target}${howText(action, subject, guest)}`],
    nodes: [target],
    storages: [...new Set(copied.flatMap(({ from, to }) => [from, to]))].sort(),
  };
}

/** Source: qemu-server src/PVE/API2/Qemu.pm migrate_vm, $check_storage_access_migrate. */
function needsOf({ targetStorage }: MigrateAction, { vmid }: ActionSubject): Need[] {
  const path = `/vms/${vmid}`;
  return [
    { path, anyOf: ['VM.Migrate'] },
    ...(targetStorage === null
      ? []
      : [
          { path, anyOf: ['VM.Config.Disk'] },
          { path: `/storage/${targetStorage}`, anyOf: ['Datastore.AllocateSpace'] },
        ]),
  ];
}

function howText({ online }: MigrateAction, { kind }: ActionSubject, guest: LiveGuest): string {
  const way = guest.isRunning ? (kind === 'qemu' ? ', while it runs' : ', with a restart') : '';
  const unasked = online === true && !guest.isRunning ? ', which is off' : '';
  return `${way}${unasked}${isThroughHa(guest) ? '; HA is asked for it, and does it by a task of its own' : ''}`;
}

interface Moving {
  subject: ActionSubject;
  guest: LiveGuest;
  facts: MigrateFacts;
}

function risksOf(action: MigrateAction, { subject, guest, facts }: Moving): Risk[] {
  const copied = copiedVolumes(action, facts);
  const bytes = copied.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
  const disks = copied.length === 1 ? 'disk is' : 'disks are';
  return [
    ...(copied.length > 0
      ? [{ kind: 'copies-disk', text: `${disks} local: migration copies ${bytesText(bytes)}` }]
      : []),
    ...(subject.kind === 'lxc' && guest.isRunning
      ? [{ kind: 'restarts', text: 'a container does not migrate while it runs: it is shut down, moved and started' }]
      : []),
    ...(facts.bridges === null && facts.usedBridges.length > 0
      ? [{ kind: 'bridge-unknown', text: `whether ${action.target} has ${facts.usedBridges.join(', ')} is not shown` }]
      : []),
  ];
}

/** Source: qemu-server src/PVE/API2/Qemu.pm migrate_vm, pve-container src/PVE/API2/LXC.pm migrate_vm. */
function migrateCall(action: MigrateAction, subject: ActionSubject, guest: LiveGuest): PlannedCall {
  const { target, withLocalDisks, targetStorage } = action;
  const isVm = subject.kind === 'qemu';
  const own = isVm ? 'qmigrate' : 'vzmigrate';
  const isHa = isThroughHa(guest);
  return call(subject, {
    verb: 'POST',
    path: pathOf(subject, '/migrate'),
    parameters: {
      target,
      ...(guest.isRunning && { [isVm ? 'online' : 'restart']: '1' }),
      ...(isVm && withLocalDisks && { 'with-local-disks': '1' }),
      ...(targetStorage !== null && { [isVm ? 'targetstorage' : 'target-storage']: targetStorage }),
    },
    words: `migrate to ${target}`,
    task: { types: isHa ? [own, 'hamigrate'] : [own], id: String(subject.vmid) },
    ...(isHa ? { settles: { kind: 'node', node: target } } : { sets: { node: target } }),
  });
}
