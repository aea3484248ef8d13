import type { PveMigratePreconditions } from '../../../api/plan-types.ts';
import type { Action, ActionSubject, Check } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import { bridgeCheck } from './bridges.ts';
import { nodeCheck } from './checks.ts';
import type { Disk } from './disk.ts';
import { givenUpCheck, isThroughHa } from './ha.ts';
import type { MigrateFacts } from './migrate-facts.ts';
import type { LiveGuest, Scene } from './scene.ts';
import { diskContent, storageCheck } from './storage-check.ts';

type MigrateAction = Extract<Action, { verb: 'migrate' }>;

/** What a migration needs besides what every action does. */
export function migrateChecks(
  action: MigrateAction,
  { subject, cluster }: Scene,
  { guest, facts }: { guest: LiveGuest; facts: MigrateFacts },
): Check[] {
  const target = nodeCheck(action.target, cluster.nodes);
  const own = [target, ...powerChecks(action, subject, guest), ...haChecks(action, guest)];
  if (!target.ok) return own;
  return [
    ...own,
    ...preconditionChecks(action, guest, facts),
    ...volumeChecks(subject, facts),
    ...storageChecks(action, subject, facts),
    ...facts.usedBridges.map((bridge) => bridgeCheck(bridge, action.target, facts.bridges)),
  ];
}

/** Source: qemu-server src/PVE/API2/Qemu.pm migrate_vm, pve-container src/PVE/LXC/Migrate.pm prepare. */
function powerChecks({ online }: MigrateAction, { kind }: ActionSubject, { isRunning }: LiveGuest): Check[] {
  if (isRunning && online === false) {
    const hint = kind === 'qemu' ? 'shut it down, or migrate it --online' : 'shut it down, or leave --offline out';
    return [{ name: 'power', ok: false, text: 'it is running', hint }];
  }
  if (isRunning && online === true && kind === 'lxc') {
    const hint = 'without --online it is shut down, moved and started';
    return [{ name: 'power', ok: false, text: 'a container does not migrate while it runs', hint }];
  }
  return [{ name: 'power', ok: true, text: isRunning ? 'it is running' : 'it is off' }];
}

/** HA is told nothing but the node. Source: qemu-server src/PVE/API2/Qemu.pm migrate_vm, `ha-manager migrate`. */
function haChecks({ targetStorage }: MigrateAction, { ha }: LiveGuest): Check[] {
  if (!isThroughHa({ ha })) return [];
  const givenUp = givenUpCheck({ ha });
  if (givenUp !== null) return [givenUp];
  if (targetStorage !== null) {
    return [
      { name: 'ha', ok: false, text: 'HA manages it, and takes no target storage', hint: 'move its disks first' },
    ];
  }
  return [{ name: 'ha', ok: true, text: `HA manages it (${ha?.state ?? 'started'}): it is migrated through HA` }];
}

/** What the server says. */
function preconditionChecks(action: MigrateAction, guest: LiveGuest, { preconditions }: MigrateFacts): Check[] {
  if (preconditions === null) return [];
  if (preconditions instanceof AppError) {
    return [{ name: 'precondition', ok: false, text: `the server says: ${preconditions.message}` }];
  }
  const refusals = [
    ...nodeRefusals(action, preconditions),
    ...resourceRefusals(preconditions),
    ...diskRefusals(action, guest, preconditions),
  ];
  if (refusals.length > 0) return refusals;
  return [{ name: 'precondition', ok: true, text: 'the server names nothing against it' }];
}

function nodeRefusals({ target, targetStorage }: MigrateAction, { refusedNodes }: PveMigratePreconditions): Check[] {
  const { storages = [], resources = [], haResources = [] } = refusedNodes.get(target) ?? {};
  const refuse = (text: string, hint?: string): Check => ({
    name: 'precondition',
    ok: false,
    text,
    ...(hint && { hint }),
  });
  return [
    // With another storage for them the server does not ask for those.
    ...(storages.length > 0 && targetStorage === null
      ? [refuse(`node ${target} has no storage ${storages.join(', ')}`, '--target-storage names one that it has')]
      : []),
    ...(resources.length > 0 ? [refuse(`node ${target} has no resource ${resources.join(', ')}`)] : []),
    ...(haResources.length > 0 ? [refuse(`rules of HA keep it from node ${target}: ${haResources.join(', ')}`)] : []),
  ];
}

function resourceRefusals({ localResources }: PveMigratePreconditions): Check[] {
  if (localResources.length === 0) return [];
  const text = `it uses devices of its node: ${localResources.join(', ')}`;
  return [{ name: 'precondition', ok: false, text, hint: 'take them away first: rollcall set REF --delete KEY' }];
}

/** Source: qemu-server src/PVE/QemuMigrate.pm scan_local_volumes. */
function diskRefusals(
  { withLocalDisks }: MigrateAction,
  { isRunning }: LiveGuest,
  { localDisks }: PveMigratePreconditions,
): Check[] {
  const refuse = (text: string, hint?: string): Check => ({ name: 'disk', ok: false, text, ...(hint && { hint }) });
  const discs = localDisks.filter(({ volid, isCdrom }) => isCdrom && volid !== 'none' && !volid.includes('cloudinit'));
  const disks = localDisks.filter(({ isCdrom }) => !isCdrom);
  const snapped = disks.filter(({ isInSnapshot, isAttached }) => isInSnapshot && isAttached);
  const names = (all: readonly { volid: string }[]): string => all.map(({ volid }) => volid).join(', ');
  return [
    ...(discs.length > 0 ? [refuse(`a local CD-ROM does not migrate: ${names(discs)}`, 'eject it first')] : []),
    ...(isRunning && disks.length > 0 && !withLocalDisks
      ? [refuse(`it runs on local disks: ${names(disks)}`, '--with-local-disks copies them')]
      : []),
    ...(isRunning && withLocalDisks && snapped.length > 0
      ? [
          refuse(
            `local disks with snapshots do not migrate while it runs: ${names(snapped)}`,
            'delete the snapshots first',
          ),
        ]
      : []),
  ];
}

/** Bind mounts and devices. Source: pve-container src/PVE/LXC/Migrate.pm prepare. */
function volumeChecks({ kind }: ActionSubject, { disks }: MigrateFacts): Check[] {
  if (kind === 'qemu') return [];
  const bound = disks.filter(({ storage, value }) => storage === null && !/(?:^|,)shared=1(?:,|$)/.test(value));
  return bound.map(({ key, value }) => ({
    name: 'disk',
    ok: false,
    text: `${key} is of its node alone: ${value.split(',', 1)[0]}`,
    hint: 'of a directory that all nodes have, say so: shared=1',
  }));
}

export interface CopiedVolume {
  volid: string;
  from: string;
  to: string;
  sizeBytes: number | null;
}

/** Volumes that are copied to the other node: those on storages that both do not share, or all that change their storage. */
export function copiedVolumes({ targetStorage }: MigrateAction, facts: MigrateFacts): CopiedVolume[] {
  const { preconditions, storages, disks } = facts;
  const shared = new Set(storages.source.filter((one) => one.shared).map(({ storage }) => storage));
  const told = preconditions === null || preconditions instanceof AppError ? [] : preconditions.localDisks;
  const local = new Map(
    disks.flatMap((disk) => (isCopied(disk, shared, targetStorage) ? [[disk.volid ?? '', disk.sizeBytes]] : [])),
  );
  for (const { volid, sizeBytes, isCdrom } of told)
    if (!isCdrom) local.set(volid, sizeBytes ?? local.get(volid) ?? null);
  return [...local].map(([volid, sizeBytes]) => {
    const from = volid.slice(0, volid.indexOf(':'));
    return { volid, from, to: targetStorage ?? from, sizeBytes };
  });
}

/** A shared one only where it gets another storage. Source: qemu-server src/PVE/QemuMigrate.pm scan_local_volumes. */
function isCopied({ storage, isCdrom }: Disk, shared: ReadonlySet<string>, targetStorage: string | null): boolean {
  if (storage === null || isCdrom) return false;
  return !shared.has(storage) || (targetStorage !== null && targetStorage !== storage);
}

/** Of every storage that its disks are on then: that it is there, takes them and has room for those that are copied. */
function storageChecks(action: MigrateAction, subject: ActionSubject, facts: MigrateFacts): Check[] {
  const { target } = facts.storages;
  if (target === null) return [];
  const room = new Map<string, number>();
  for (const { storage, isCdrom } of facts.disks) {
    if (storage !== null && !isCdrom) room.set(action.targetStorage ?? storage, 0);
  }
  for (const { to, sizeBytes } of copiedVolumes(action, facts)) room.set(to, (room.get(to) ?? 0) + (sizeBytes ?? 0));
  const content = diskContent(subject.kind);
  return [...room]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([storage, bytes]) => storageCheck({ storage, node: action.target, content, bytes: bytes || null }, target));
}
