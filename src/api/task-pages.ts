import { withWarning } from './calls.ts';
import { type Rows, rowsOf } from './decode/rows.ts';
import { task } from './decode/task.ts';
import { MAX_TASKS } from './limits.ts';
import { nodePath } from './paths.ts';
import type { CallOptions, PveTask } from './pve-types.ts';
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
