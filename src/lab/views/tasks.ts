import { splitAuthId } from '../../types/auth-id.ts';
import type { Cluster } from '../cluster.ts';
import type { LabTask } from '../task.ts';
import type { Row } from './resources.ts';

export interface TaskFilter {
  source: string;
  start: number;
  limit: number;
  vmid?: string | undefined;
  since?: number | undefined;
  until?: number | undefined;
  typefilter?: string | undefined;
  userfilter?: string | undefined;
  statusfilter?: string | undefined;
  errorsOnly: boolean;
}

/** Newest first: running ones, then the archive. */
export function tasksOn(cluster: Cluster, node: string, source: string): readonly LabTask[] {
  if (source === 'active') return cluster.tasks.runningOn(node);
  const finished = cluster.tasks.finishedOn(node);
  return source === 'all' ? [...cluster.tasks.runningOn(node), ...finished] : finished;
}

export function matchesFilter(task: LabTask, filter: TaskFilter): boolean {
  const state = stateOf(task);
  return (
    (filter.vmid === undefined || task.id === filter.vmid) &&
    (filter.since === undefined || task.starttime >= filter.since) &&
    (filter.until === undefined || task.starttime <= filter.until) &&
    (filter.typefilter === undefined || task.type === filter.typefilter) &&
    (filter.userfilter === undefined || task.authid.toLowerCase().includes(filter.userfilter.toLowerCase())) &&
    (filter.statusfilter === undefined || filter.statusfilter.split(',').includes(state)) &&
    (!filter.errorsOnly || state === 'error')
  );
}

function stateOf(task: LabTask): string {
  if (task.isRunning || task.exit === 'OK') return 'ok';
  return task.exit.startsWith('WARNINGS') ? 'warning' : 'error';
}

/** Only finished tasks have user and token apart. */
function ownerFields(task: LabTask): Row {
  const { user, token } = splitAuthId(task.authid);
  return { user, ...(token !== null && { tokenid: token }) };
}

export function nodeTaskRow(task: LabTask): Row {
  const { upid, node, pid, pstart, starttime, type, id } = task;
  const row = { upid, node, pid, pstart, starttime, type, id };
  if (task.isRunning) return { ...row, user: task.authid, saved: '0', status: 'RUNNING' };
  return { ...row, ...ownerFields(task), status: task.exit, endtime: Math.floor(task.endsAtMs / 1000) };
}

export function clusterTaskRow(task: LabTask): Row {
  const { upid, node, starttime, type, id } = task;
  const row = { upid, node, starttime, type, id, ...ownerFields(task) };
  if (task.isRunning) return { ...row, saved: '0', pid: task.pid };
  return { ...row, saved: '1', status: task.exit, endtime: Math.floor(task.endsAtMs / 1000) };
}

export function taskStatus(task: LabTask): Row {
  const { upid, node, pid, pstart, starttime, type, id } = task;
  const status = { upid, node, pid, pstart, starttime, type, id, ...ownerFields(task) };
  return task.isRunning ? { ...status, status: 'running' } : { ...status, status: 'stopped', exitstatus: task.exit };
}

export function logLines(task: LabTask): { n: number; t: string }[] {
  if (task.lines.length === 0) return [{ n: 1, t: 'no content' }];
  return task.lines.map((t, index) => ({ n: index + 1, t }));
}
