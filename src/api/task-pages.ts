import { withWarning } from './calls.ts';
import { type Rows, rowsOf } from './decode/rows.ts';
import { task, taskLog } from './decode/task.ts';
import { MAX_TASKS } from './limits.ts';
import { nodePath, taskPath } from './paths.ts';
import type { CallOptions, PveTask, PveTaskLogLine } from './pve-types.ts';
import type { Transport } from './transport.ts';

/** Rows of one answer, where all of a list are read. */
export const PAGE = 500;

/** What `/nodes/{node}/tasks` can be asked. Without `source` running tasks are left out, without `limit` it is 50. */
export interface TaskQuery {
  source?: 'all' | 'active' | 'archive' | undefined;
  limit?: number | undefined;
  start?: number | undefined;
  vmid?: number | undefined;
  /** Epoch seconds, of the start of a task. */
  since?: number | undefined;
  until?: number | undefined;
  errors?: boolean | undefined;
  typefilter?: string | undefined;
  userfilter?: string | undefined;
}

/** One page, newest first; `total` counts all that match. */
export async function readTaskPage(
  transport: Transport,
  node: string,
  { source, limit, start, ...filters }: TaskQuery,
  options?: CallOptions,
): Promise<{ tasks: Rows<PveTask>; total: number | undefined }> {
  const path = `${nodePath(node)}/tasks`;
  const query = { source, limit, start, ...filters };
  const read = { schema: rowsOf(task, MAX_TASKS), query, node, ...options };
  const { data, total } = await transport.getPage(path, read);
  return { tasks: withWarning(transport, path, data), total };
}

/** All tasks, page by page; each once, though pages shift while tasks start. */
export async function* readTasks(
  transport: Transport,
  node: string,
  query: Omit<TaskQuery, 'start'>,
  options?: CallOptions,
): AsyncIterable<PveTask> {
  const limit = query.limit ?? PAGE;
  const seen = new Set<string>();
  for (let start = 0; ; start += limit) {
    const { tasks } = await readTaskPage(transport, node, { ...query, limit, ...(start > 0 && { start }) }, options);
    for (const each of tasks.rows) {
      if (seen.has(each.upid)) continue;
      seen.add(each.upid);
      yield each;
    }
    if (tasks.received < limit) return;
  }
}

/** Lines of a log. Without `limit` 50, with 0 all of them. */
export interface LogQuery {
  start?: number;
  limit?: number;
}

export interface TaskLogPage {
  lines: PveTaskLogLine[];
  /** Of the whole log. */
  total: number | undefined;
}

export async function readTaskLogPage(
  transport: Transport,
  { node, upid }: { node: string; upid: string },
  query: LogQuery,
  options?: CallOptions,
): Promise<TaskLogPage> {
  const read = { schema: taskLog, query: { ...query }, node, ...options };
  const { data, total } = await transport.getPage(taskPath(node, upid, 'log'), read);
  return { lines: data, total };
}

/** All lines, page by page as they are asked for. */
export async function* readTaskLog(
  transport: Transport,
  task: { node: string; upid: string },
  options?: CallOptions,
): AsyncIterable<PveTaskLogLine> {
  for (let start = 0; ; start += PAGE) {
    const { lines } = await readTaskLogPage(transport, task, { ...(start > 0 && { start }), limit: PAGE }, options);
    yield* lines;
    if (lines.length < PAGE) return;
  }
}
