import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveSnapshot } from '../../api/pve-types.ts';
import type { AuditRecord } from '../../types/audit-record.ts';
import type { DetailQuestions, Details, RolledBack, SnapshotQuestion } from '../../types/details.ts';
import type { Document, Value } from '../../types/document.ts';
import { AppError } from '../../types/errors.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import { attempt } from '../scope-reports.ts';
import { cloneTarget } from './clone-target.ts';
import { toEntries } from './config-value.ts';
import { guestConfiguration } from './guest-document.ts';
import { vmidKey } from './vmid.ts';

/** The target is in the first line, or in that of the first volume. */
const CLONE_LINES = 10;
/** Source: pve-guest-common src/PVE/AbstractConfig.pm, format pve-configid. */
const NAME = /^[a-z][\w-]*$/i;

interface Query {
  client: ProxmoxClient;
  call: CallOptions;
  maskKey: MaskKey | null;
}

/** Reads the snapshots of some guests and the logs of some clones; an answer that fails is left out. */
export async function readDetails(query: Query, { snapshots, clones }: DetailQuestions): Promise<Details> {
  const [lists, rollbacks, targets] = await Promise.all([
    Promise.all(snapshots.map((guest) => readSnapshots(query, guest))),
    Promise.all(snapshots.map((guest) => readRollback(query, guest))),
    Promise.all(clones.map((clone) => readTarget(query, clone))),
  ]);
  return {
    snapshots: new Map(lists.flat()),
    rollbacks: new Map(rollbacks.flat()),
    cloneTargets: new Map(targets.flat()),
  };
}

async function readSnapshots(
  { client, call, maskKey }: Query,
  guest: SnapshotQuestion,
): Promise<(readonly [string, Document])[]> {
  const list = await attempt(client.getSnapshots(guest.kind, guest.node, guest.vmid, call));
  return list instanceof AppError ? [] : [[vmidKey(guest), snapshotFields(list, maskKey)]];
}

/** The list in the terms of a guest's document. A snapshot that is being taken has no time yet. */
function snapshotFields(list: readonly PveSnapshot[], maskKey: MaskKey | null): Document {
  const fields: [string, Value][] = [];
  for (const { name, description = '', parent, snaptime, vmstate, isCurrent } of list) {
    if (isCurrent || snaptime === undefined || !NAME.test(name)) continue;
    const path = `snapshot.${name}`;
    const [text] = toEntries('qemu', 'description', description, maskKey);
    fields.push([`${path}.time`, snaptime]);
    if (text !== undefined && text[1] !== '') fields.push([`${path}.description`, text[1]]);
    if (parent !== undefined) fields.push([`${path}.parent`, parent]);
    if (vmstate === true) fields.push([`${path}.ram`, 1]);
  }
  return Object.fromEntries(fields);
}

async function readRollback(
  { client, call, maskKey }: Query,
  guest: SnapshotQuestion,
): Promise<(readonly [string, RolledBack])[]> {
  const { kind, node, vmid, rolledBackTo: snapshot } = guest;
  if (snapshot === null) return [];
  const config = await attempt(client.getGuestConfig({ kind, node, vmid }, { snapshot }, call));
  if (config instanceof AppError || Object.keys(config).length === 0) return [];
  const { fields } = guestConfiguration(kind, config, maskKey);
  return [[vmidKey(guest), { snapshot, fields: Object.fromEntries(fields) }]];
}

async function readTarget(
  { client, call }: Query,
  { place, ref, target: id }: AuditRecord,
): Promise<(readonly [string, number])[]> {
  if (place === null || id === null) return [];
  const log = await attempt(client.getTaskLog(place, ref, { limit: CLONE_LINES }, call));
  const target = log instanceof AppError ? null : cloneTarget(log.lines, id);
  return target === null ? [] : [[ref, target]];
}
