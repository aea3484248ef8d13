import type { PveLogLine, PveTask } from '../../api/pve-types.ts';
import { parseUpid } from '../../api/upid.ts';
import type { Needs } from './feed-cursor.ts';

/** Something that was done to a guest, as reported by a log line or a task. */
export interface Activity extends Needs {
  vmid: number;
  /** `update VM`, or the type of the task. */
  what: string;
  /** The node whose tasks have the details; null if the line is complete by itself. */
  node: string | null;
  /** A clone task names its source, and creates another guest. */
  isClone: boolean;
}

/** A task that has started and not ended. Its effect may already be visible. */
export interface RunningTask {
  vmids: readonly number[];
  node: string;
  isClone: boolean;
}

const UPDATE = /^update VM (\d+):/;
const BEGIN = /^starting task (UPID:\S+)/;
const END = /^end task (UPID:\S+)/;
/** The id of a task that moves a disk to another guest names both: `100-scsi0>101-scsi1`. */
const VMIDS = /(?:^|>)(\d{1,9})(?=\D|$)/g;

const POWER = /^(?:(?:qm|vz)(?:start|stop|shutdown|reboot|reset)|ha(?:start|stop))$/;
const CONFIG = /^(?:(?:qm|vz)(?:snapshot|delsnapshot|template)|qmconfig|qmmove|move_volume|resize)$/;
const CLONE = /^(?:qm|vz)clone$/;
/** These tasks do not change a guest. What a backup changes temporarily shows in the guest's row. */
const HARMLESS = /^(?:vnc|spice|term)|^(?:vzdump|(?:qm|vz)mtunnel|imgcopy|download|aptupdate|srvreload)$/;

/** Activities in new lines of the cluster log. The start of a task is none: it has changed nothing yet. */
export function activitiesOfLines(lines: readonly PveLogLine[]): Activity[] {
  return lines.flatMap(({ msg }): Activity[] => {
    const vmid = UPDATE.exec(msg)?.[1];
    if (vmid !== undefined) {
      const needs = { config: true, power: false, rights: false };
      return [{ ...needs, vmid: Number(vmid), what: 'update VM', node: null, isClone: false }];
    }
    const upid = END.exec(msg)?.[1];
    return upid === undefined ? [] : activitiesOfTask(upid);
  });
}

export function activitiesOfTasks(tasks: readonly PveTask[]): Activity[] {
  return tasks.flatMap(({ upid }) => activitiesOfTask(upid));
}

/** Needs all lines of the log. A task whose start has rotated out of the log is missed. */
export function runningOfLines(lines: readonly PveLogLine[]): RunningTask[] {
  const begun = lines.flatMap(({ msg }) => BEGIN.exec(msg)?.[1] ?? []);
  const ended = new Set(lines.flatMap(({ msg }) => END.exec(msg)?.[1] ?? []));
  return begun.filter((upid) => !ended.has(upid)).flatMap(runningOf);
}

export function runningOfTasks(tasks: readonly PveTask[]): RunningTask[] {
  return tasks.filter(({ isRunning }) => isRunning).flatMap(({ upid }) => runningOf(upid));
}

function runningOf(text: string): RunningTask[] {
  const upid = parseUpid(text);
  if (upid === null || HARMLESS.test(upid.type)) return [];
  return [{ vmids: vmidsOf(upid.id), node: upid.node, isClone: CLONE.test(upid.type) }];
}

function vmidsOf(id: string): number[] {
  return Array.from(id.matchAll(VMIDS), ([, digits]) => Number(digits));
}

function activitiesOfTask(text: string): Activity[] {
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
