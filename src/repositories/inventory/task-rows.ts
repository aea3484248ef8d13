import type { Task, TaskState } from '../../types/task.ts';
import type { Row } from '../db/row.ts';

export const TASK_STATES = ['running', 'ok', 'warning', 'failed', 'unknown'] as const satisfies readonly TaskState[];

export const TASK_COLUMNS = [
  'providerId',
  'upid',
  'node',
  'type',
  'targetId',
  'vmid',
  'user',
  'token',
  'startedAt',
  'endedAt',
  'state',
  'exitStatus',
] as const;

export function toTask(row: Row): Task {
  const upid = row.text('upid');
  const [, , pid = ''] = upid.split(':');
  return {
    upid,
    node: row.text('node'),
    pid: Number.parseInt(pid, 16),
    startedAt: row.time('startedAt'),
    type: row.text('type'),
    id: row.text('targetId'),
    user: row.text('user'),
    token: row.textOrNull('token'),
    endedAt: row.timeOrNull('endedAt'),
    state: row.word('state', TASK_STATES),
    exitStatus: row.textOrNull('exitStatus'),
  };
}
