import type { PveLogLine, PveTask } from '../../api/pve-types.ts';
import { parseUpid } from '../../types/upid.ts';
import type { Needs } from './feed-cursor.ts';

/** Something that was done to a guest, as a line of the log or a task tells. */
export interface Deed extends Needs {
  vmid: number;
  /** `update VM`, or the type of the task. */
  what: string;
  /** The node whose tasks tell more; null: the line says it all. */
  node: string | null;
  /** Whether it makes another guest than the one it names. */
  isClone: boolean;
}

/** A task that has begun and not ended: what it does may show already. */
export interface Underway {
  vmids: readonly number[];
  node: string;
  isClone: boolean;
}

const UPDATE = /^update VM (\d+):/;
const BEGIN = /^starting task (UPID:\S+)/;
const END = /^end task (UPID:\S+)/;
/** A task that moves a disk to another guest has both: `100-scsi0>101-scsi1`. */
const VMIDS = /(?:^|>)(\d{1,9})(?=\D|$)/g;

const POWER = /^(?:(?:qm|vz)(?:start|stop|shutdown|reboot|reset)|ha(?:start|stop))$/;
const CONFIG = /^(?:(?:qm|vz)(?:snapshot|delsnapshot|template)|qmconfig|qmmove|move_volume|resize)$/;
const CLONE = /^(?:qm|vz)clone$/;
/** These leave a guest as it is; what a backup does meanwhile shows in its row. */
const HARMLESS = /^(?:vnc|spice|term)|^(?:vzdump|(?:qm|vz)mtunnel|imgcopy|download|aptupdate|srvreload)$/;

/** What new lines of the cluster log tell. That a task has begun says nothing yet. */
export function deedsOfLines(lines: readonly PveLogLine[]): Deed[] {
  return lines.flatMap(({ msg }): Deed[] => {
    const vmid = UPDATE.exec(msg)?.[1];
    if (vmid !== undefined) {
      const needs = { config: true, power: false, rights: false };
      return [{ ...needs, vmid: Number(vmid), what: 'update VM', node: null, isClone: false }];
    }
    const upid = END.exec(msg)?.[1];
    return upid === undefined ? [] : deedsOfTask(upid);
  });
}

export function deedsOfTasks(tasks: readonly PveTask[]): Deed[] {
  return tasks.flatMap(({ upid }) => deedsOfTask(upid));
}

/** Of all lines that there are: those of a task that began long ago are gone. */
export function underwayOfLines(lines: readonly PveLogLine[]): Underway[] {
  const begun = lines.flatMap(({ msg }) => BEGIN.exec(msg)?.[1] ?? []);
  const ended = new Set(lines.flatMap(({ msg }) => END.exec(msg)?.[1] ?? []));
  return begun.filter((upid) => !ended.has(upid)).flatMap(underwayOf);
}

export function underwayOfTasks(tasks: readonly PveTask[]): Underway[] {
  return tasks.filter(({ isRunning }) => isRunning).flatMap(({ upid }) => underwayOf(upid));
}

function underwayOf(text: string): Underway[] {
  const upid = parseUpid(text);
  if (upid === null || HARMLESS.test(upid.type)) return [];
  return [{ vmids: vmidsOf(upid.id), node: upid.node, isClone: CLONE.test(upid.type) }];
}

function vmidsOf(id: string): number[] {
  return Array.from(id.matchAll(VMIDS), ([, digits]) => Number(digits));
}

function deedsOfTask(text: string): Deed[] {
  const upid = parseUpid(text);
  if (upid === null || HARMLESS.test(upid.type)) return [];
  const { type, node, id } = upid;
  const isClone = CLONE.test(type);
  const isPower = POWER.test(type);
  const needs = { config: !isPower && !isClone, power: !CONFIG.test(type) && !isClone, rights: false };
  return Array.from(id.matchAll(VMIDS), ([, digits]) => ({
    ...needs,
    vmid: Number(digits),
    what: type,
    node,
    isClone,
  }));
}
