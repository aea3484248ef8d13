import type { PveGuestConfig, PveNodeStorage } from '../../../api/pve-types.ts';
import { isSecretKey } from '../../../text/mask-secrets.ts';
import type { ActionSubject, PlannedCall } from '../../../types/action.ts';
import { cardsOf } from './cards.ts';
import { commonChecks, type Need, nodeCheck } from './checks.ts';
import { type CloneAction, cloneRisks, type Source, snapshotCheck, storageChecks, wayChecks } from './clone-checks.ts';
import { firstDisk, usedDisks } from './disk.ts';
import {
  bridgeChecks,
  bridgeNeeds,
  kindWord,
  laterRights,
  type NewGuestFacts,
  nameRisks,
  newGuestNeed,
  readNewGuest,
  vmidCheck,
} from './new-guest.ts';
import { callsAfterwards } from './new-guest-calls.ts';
import { call, type Draft, NO_CALLS, ownTask, type PlanContext, pathOf, type VerbPlanner } from './planner.ts';
import type { Scene, SceneReader } from './scene.ts';
import { eachOnce, settingPrivileges } from './setting-privileges.ts';

export interface CloneFacts {
  made: NewGuestFacts;
  /** Of the target. */
  storages: readonly PveNodeStorage[];
  snapshots: readonly string[];
  /** As it was when the snapshot was taken; null: it is cloned as it is. */
  config: PveGuestConfig | null;
}

export const clone: VerbPlanner<CloneAction, CloneFacts | null> = { right: 'clone', read: readFacts, plan: planClone };

async function readFacts(
  reader: SceneReader,
  { vmid, target, snapshot, settings }: CloneAction,
  { subject, guest, cluster }: Scene,
): Promise<CloneFacts | null> {
  const { client, signal } = reader;
  const node = target ?? subject.node;
  if (guest === null || cluster.nodes.get(node) !== true) return null;
  const { kind } = subject;
  const readsBridges = node !== subject.node || cardsOf(settings).length > 0;
  const [made, storages, snapshots] = await Promise.all([
    readNewGuest(reader, { vmid, node }, { readsBridges }),
    client.getNodeStorage(node, { signal }),
    snapshot === null ? [] : client.getSnapshots(kind, subject.node, subject.vmid, { signal }),
  ]);
  const names = snapshots.filter(({ isCurrent }) => !isCurrent).map(({ name }) => name);
  const isThere = snapshot !== null && names.includes(snapshot);
  const config = isThere ? await client.getGuestConfig(subject, { snapshot }, { signal }) : null;
  return { made, storages, snapshots: names, config };
}

function planClone(action: CloneAction, scene: Scene, more: PlanContext & { extra: CloneFacts | null }): Draft {
  const { subject, guest, cluster } = scene;
  const { extra, known, allow } = more;
  const target = action.target ?? subject.node;
  const lockVmid = action.vmid;
  const source = guest === null || extra === null ? null : sourceOf(action, scene, { guest, extra, target });
  const needs = source === null ? [] : needsOf(action, source);
  const isElsewhere = target !== subject.node;
  const checks = [
    ...commonChecks(scene, { right: 'clone', allow, known, needs }),
    ...laterRights(scene, more, { changes: changesLater(action), starts: action.start }),
    ...(isElsewhere ? [nodeCheck(target, cluster.nodes)] : []),
  ];
  if (source === null || extra === null) return { ...NO_CALLS, checks, lockVmid };
  const cards = [...(isElsewhere ? cardsOf(source.config) : []), ...cardsOf(action.settings)];
  const bridges = bridgeChecks(cards, target, extra.made);
  return {
    checks: [
      ...checks,
      vmidCheck(action, extra.made),
      ...wayChecks(action, source),
      ...snapshotCheck(action.snapshot, extra.snapshots),
      ...storageChecks(action, source),
      ...bridges.checks,
    ],
    calls: callsOf(action, source),
    risks: [
      ...nameRisks({ name: action.name, vmid: action.vmid }, extra.made),
      ...bridges.risks,
      ...cloneRisks(source),
    ],
    effects: effectsOf(action, source),
    storages: storagesOf(action, source),
    nodes: [target],
    lockVmid,
    // It goes on running.
    isTouched: false,
  };
}

function changesLater({ settings, diskSize }: CloneAction): boolean {
  return Object.keys(settings).length > 0 || diskSize !== null;
}

function sourceOf(
  { full, storage }: CloneAction,
  scene: Scene,
  { guest, extra, target }: { guest: NonNullable<Scene['guest']>; extra: CloneFacts; target: string },
): Source {
  const isFull = full ?? (!guest.isTemplate || storage !== null);
  return { scene, guest, config: extra.config ?? guest.config, isFull, target, storages: extra.storages };
}

function storagesOf({ storage }: CloneAction, { scene, config }: Source): string[] {
  return [...new Set(usedDisks(scene.subject.kind, config).map((disk) => storage ?? disk.storage))].sort();
}

function needsOf(action: CloneAction, source: Source): Need[] {
  const { scene, config } = source;
  const { subject, permissions, cluster } = scene;
  const made = { vmid: action.vmid, name: action.name, node: source.target, pool: action.pool };
  const later = [
    ...settingPrivileges(subject.kind, action.settings),
    ...(action.diskSize === null ? [] : [['VM.Config.Disk']]),
    ...(action.start ? [['VM.PowerMgmt']] : []),
  ];
  return [
    { path: `/vms/${subject.vmid}`, anyOf: ['VM.Clone'] },
    ...[['VM.Allocate'], ...eachOnce(later)].map((anyOf) => newGuestNeed(made, permissions, anyOf)),
    ...storagesOf(action, source).map((storage) => ({
      path: `/storage/${storage}`,
      anyOf: ['Datastore.AllocateSpace'],
    })),
    ...bridgeNeeds([...cardsOf(config), ...cardsOf(action.settings)], cluster.version),
  ];
}

/** The task has the vmid of the source. That a guest has the new vmid proves nothing: somebody else may have taken it meanwhile. */
function callsOf(action: CloneAction, { scene, config, isFull, target }: Source): PlannedCall[] {
  const { subject } = scene;
  const made: ActionSubject = { ...subject, vmid: action.vmid, name: action.name, node: target };
  const disk = firstDisk(subject.kind, config)?.key;
  const resize = action.diskSize === null || disk === undefined ? null : { disk, size: action.diskSize };
  return [
    call(subject, {
      verb: 'POST',
      path: pathOf(subject, '/clone'),
      parameters: cloneParameters(action, { subject, isFull }),
      words: `clone to ${action.vmid}`,
      task: ownTask(subject, 'clone'),
    }),
    ...callsAfterwards(made, { settings: action.settings, resize, start: action.start }),
  ];
}

function cloneParameters(
  { vmid, name, target, storage, pool, snapshot, description }: CloneAction,
  { subject, isFull }: { subject: ActionSubject; isFull: boolean },
): Record<string, string> {
  return {
    newid: String(vmid),
    full: isFull ? '1' : '0',
    ...(name !== null && { [subject.kind === 'qemu' ? 'name' : 'hostname']: name }),
    ...(target !== null && target !== subject.node && { target }),
    ...(storage !== null && { storage }),
    ...(pool !== null && { pool }),
    ...(snapshot !== null && { snapname: snapshot }),
    ...(description !== null && { description }),
  };
}

function effectsOf(action: CloneAction, { scene, isFull, target }: Source): string[] {
  const { kind } = scene.subject;
  const name = action.name === null ? '' : ` ${action.name}`;
  const from = action.snapshot === null ? '' : ` of snapshot ${action.snapshot}`;
  const where = action.storage === null ? '' : `, to storage ${action.storage}`;
  const how = isFull ? 'full clone' : 'linked clone';
  return [
    `${kindWord(kind)} ${action.vmid}${name} on ${target}: ${how}${from}${where}`,
    ...Object.entries(action.settings).map(([key, value]) => `${key}: ${isSecretKey(key) ? 'set' : value}`),
    ...(action.diskSize === null ? [] : [`its disk grows to ${action.diskSize}`]),
    ...(action.start ? ['started'] : []),
  ];
}
