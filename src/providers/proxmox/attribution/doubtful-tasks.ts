import type { Patch } from '../../../types/document.ts';
import type { Task } from '../records/record.ts';
import { type GuestRecord, taskEnd } from './guest-evidence.ts';
import { RESTORE } from './task-types.ts';

const VOLUME = /^(?:scsi|virtio|sata|ide|efidisk|tpmstate|rootfs|mp)\d*\.file$/;

/** Tasks that may have done their work though they did not end well: the server does not know, or what they left shows. */
export function doubtfulTasks({ broken }: Pick<GuestRecord, 'broken'>, hasLeftTraces: boolean): readonly Task[] {
  return broken.filter(({ outcome, native }) => outcome === 'unknown' || (hasLeftTraces && RESTORE.test(native)));
}

/** A restore that fails has removed the volumes that were there before it began to write. */
export function lostVolumes(patch: Patch): boolean {
  return patch.some(
    ([path, before, after]) => VOLUME.test(path) && before !== null && (after === null || path === 'rootfs.file'),
  );
}

/**
 * The record as it would be if the doubtful tasks had done their work: the server cannot say how a task ended while its disk is
 * full (`unexpected status`). Null when there are none.
 */
export function withDoubtful(record: GuestRecord, doubtful: readonly Task[]): GuestRecord | null {
  if (doubtful.length === 0) return null;
  const pairs = doubtful.map((task) => ({ task, done: { ...task, outcome: 'ok' as const } }));
  const unclear = pairs.filter(({ task }) => record.unclear.has(task)).map(({ done }) => done);
  const tasks = [...record.tasks, ...pairs.map(({ done }) => done)].toSorted((a, b) => compare(taskEnd(a), taskEnd(b)));
  return { ...record, tasks, unclear: new Set([...record.unclear, ...unclear]) };
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
