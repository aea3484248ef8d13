import type { PveNodeStorage, PveStorageContent } from '../../../api/pve-types.ts';
import type { Action, Check, PlannedCall } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import { attempt } from '../../scope-reports.ts';
import { cardsOf } from './cards.ts';
import { allowedCheck, type Need, nodeCheck, privilegeCheck, quorumCheck } from './checks.ts';
import { type CreatedDisk, createdDisks, type ReadVolume, volumesOf } from './created-disks.ts';
import { contentCheck, emptyDiskRoom, roomCheck, type StorageUse, usesOf } from './new-disks.ts';
import {
  bridgeChecks,
  bridgeNeeds,
  kindWord,
  laterRights,
  type NewGuest,
  type NewGuestFacts,
  nameRisks,
  newGuestNeed,
  readNewGuest,
  vmidCheck,
} from './new-guest.ts';
import { callsAfterwards, secretsOf } from './new-guest-calls.ts';
import { call, type Draft, NO_CALLS, type PlanContext, type VerbPlanner } from './planner.ts';
import type { Scene, SceneReader } from './scene.ts';
import { settingPrivileges } from './setting-privileges.ts';
import { diskContent } from './storage-check.ts';

type CreateAction = Extract<Action, { verb: 'create' }>;

interface CreateFacts {
  made: NewGuestFacts;
  storages: readonly PveNodeStorage[];
  /** What the storages of files have that are named, by the file's volid. */
  contents: ReadonlyMap<string, readonly PveStorageContent[]>;
  /** Files whose storage cannot be read. */
  unreadable: readonly string[];
}

/** A guest that there is not yet: its node is where it is made. */
export const create: VerbPlanner<CreateAction, CreateFacts | null> = {
  right: 'create',
  read: readFacts,
  plan: planCreate,
};

async function readFacts(
  reader: SceneReader,
  { kind, vmid, node, parameters }: CreateAction,
  { cluster }: Scene,
): Promise<CreateFacts | null> {
  const { client, signal } = reader;
  if (cluster.nodes.get(node) !== true) return null;
  const readsBridges = cardsOf(parameters).length > 0;
  const [made, storages] = await Promise.all([
    readNewGuest(reader, { vmid, node }, { readsBridges }),
    client.getNodeStorage(node, { signal }),
  ]);
  const contents = new Map<string, readonly PveStorageContent[]>();
  const unreadable: string[] = [];
  for (const { volid, storage } of volumesOf(kind, parameters)) {
    if (!storages.some((row) => row.storage === storage && row.active !== false && row.enabled !== false)) continue;
    const content = await attempt(client.getStorageContent(node, storage, {}, { signal }));
    if (content instanceof AppError) unreadable.push(volid);
    else contents.set(volid, content);
  }
  return { made, storages, contents, unreadable };
}

function planCreate(action: CreateAction, scene: Scene, more: PlanContext & { extra: CreateFacts | null }): Draft {
  const { cluster, subject, permissions } = scene;
  const { extra, allow } = more;
  const made = madeBy(action, subject.name);
  const checks = [
    allowedCheck('create', allow, subject.providerName),
    ...laterRights(scene, more, { changes: action.diskSize !== null, starts: action.start }),
    quorumCheck(cluster.isQuorate),
    nodeCheck(action.node, cluster.nodes),
    ...needsOf(action, made, scene).map((need) => privilegeCheck(need, permissions)),
  ];
  if (extra === null) return { ...NO_CALLS, checks, lockVmid: action.vmid };
  const disks = createdDisks(action.kind, action.parameters);
  const cards = bridgeChecks(cardsOf(action.parameters), action.node, extra.made);
  const room = roomFor(action, disks, extra);
  return {
    checks: [...checks, vmidCheck(made, extra.made), ...fileChecks(action, extra), ...room.checks, ...cards.checks],
    calls: callsOf(action, scene, disks),
    risks: [
      ...nameRisks(made, extra.made),
      ...cards.risks,
      ...room.risks,
      ...extra.unreadable.map((volid) => ({
        kind: 'file-unseen',
        text: `whether there is ${volid} is not checked: what its storage has cannot be read`,
      })),
    ],
    effects: [
      `${kindWord(action.kind)} ${action.vmid} ${subject.name ?? ''} on ${action.node}: new`,
      ...figures(action),
    ],
    storages: [...new Set(disks.map(({ storage }) => storage))].sort(),
    lockVmid: action.vmid,
  };
}

function madeBy({ vmid, node, parameters }: CreateAction, name: string | null): NewGuest {
  return { vmid, name, node, pool: parameters['pool'] ?? null };
}

function needsOf({ kind, parameters, start, diskSize }: CreateAction, made: NewGuest, scene: Scene): Need[] {
  const { permissions, cluster } = scene;
  const grows = diskSize === null ? {} : { scsi0: '' };
  const own = settingPrivileges(kind, { ...parameters, ...grows });
  const needed = [['VM.Allocate'], ...own, ...(start ? [['VM.PowerMgmt']] : [])];
  const storages = [...new Set(createdDisks(kind, parameters).map(({ storage }) => storage))].sort();
  return [
    ...needed.map((anyOf) => newGuestNeed(made, permissions, anyOf)),
    ...storages.map((storage) => ({ path: `/storage/${storage}`, anyOf: ['Datastore.AllocateSpace'] })),
    ...bridgeNeeds(cardsOf(parameters), cluster.version),
  ];
}

/** The installation medium, image or template that is named is there, and is one. */
function fileChecks({ kind, node, parameters }: CreateAction, facts: CreateFacts): Check[] {
  return volumesOf(kind, parameters).map((volume) => {
    const { volid, storage } = volume;
    if (!facts.storages.some((row) => row.storage === storage))
      return refusal(`node ${node} has no storage ${storage}: ${volid} is not there`);
    if (facts.unreadable.includes(volid)) return { name: 'storage', ok: true, text: `${volid} is not checked` };
    return fileCheck(volume, node, facts.contents.get(volid) ?? []);
  });
}

const MOST_NAMED = 5;

function fileCheck({ volid, contents }: ReadVolume, node: string, rows: readonly PveStorageContent[]): Check {
  const found = rows.find((row) => row.volid === volid);
  if (found !== undefined && contents.includes(found.content)) {
    return { name: 'storage', ok: true, text: `${volid} is there` };
  }
  if (found !== undefined) return refusal(`${volid} is no ${contents.join(' or ')}, but ${found.content}`);
  const others = rows.filter(({ content, vmid }) => contents.includes(content) && vmid === undefined);
  const names = others.map((row) => row.volid).sort();
  const hint = names.length === 0 ? 'its storage has none' : `there is: ${names.slice(0, MOST_NAMED).join(', ')}`;
  return refusal(`there is no ${volid} on node ${node}`, hint);
}

function refusal(text: string, hint?: string): Check {
  return { name: 'storage', ok: false, text, ...(hint !== undefined && { hint }) };
}

function roomFor({ kind, node }: CreateAction, disks: readonly CreatedDisk[], { storages, contents }: CreateFacts) {
  const sized = disks.map(({ storage, bytes, source }) => ({
    storage,
    bytes: source === null ? bytes : (contents.get(source)?.find(({ volid }) => volid === source)?.size ?? null),
    isCopied: source !== null,
  }));
  const uses = usesOf(sized, { node, content: diskContent(kind) });
  const parts = uses.map((use: StorageUse) =>
    sized.some((disk) => disk.storage === use.storage && disk.isCopied)
      ? { checks: roomCheck(use, storages), risks: [] }
      : emptyDiskRoom(use, storages),
  );
  return {
    checks: [...uses.map((use) => contentCheck(use, storages)), ...parts.flatMap(({ checks }) => checks)],
    risks: parts.flatMap(({ risks }) => risks),
  };
}

function callsOf(action: CreateAction, { subject }: Scene, disks: readonly CreatedDisk[]): PlannedCall[] {
  const { kind, vmid, node, parameters, diskSize, start } = action;
  const disk = disks.find(({ source }) => source !== null)?.key;
  const resize = diskSize === null || disk === undefined ? null : { disk, size: diskSize };
  return [
    call(subject, {
      verb: 'POST',
      path: `/nodes/${encodeURIComponent(node)}/${kind}`,
      parameters: { vmid: String(vmid), ...parameters },
      secrets: secretsOf(parameters),
      words: `create ${vmid}`,
      task: { types: [kind === 'qemu' ? 'qmcreate' : 'vzcreate'], id: String(vmid) },
    }),
    ...callsAfterwards(subject, { settings: {}, resize, start }),
  ];
}

/** What it is made of, as people ask for it. */
function figures({ kind, parameters, diskSize, start }: CreateAction): string[] {
  const shown =
    kind === 'qemu'
      ? ['cores', 'memory', 'scsi0', 'ide2', 'net0']
      : ['cores', 'memory', 'rootfs', 'ostemplate', 'net0'];
  const lines = shown.flatMap((key) => (parameters[key] === undefined ? [] : [`${key}: ${parameters[key]}`]));
  return [...lines, ...(diskSize === null ? [] : [`its disk grows to ${diskSize}`]), ...(start ? ['started'] : [])];
}
