import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveTask } from '../../api/pve-types.ts';
import { parseUpid } from '../../api/upid.ts';
import type { Outcome } from '../../types/audit-record.ts';
import { splitAuthId } from '../../types/auth-id.ts';
import { AppError } from '../../types/errors.ts';
import type { Permissions, ScopeReport } from '../../types/observation.ts';
import { holds } from '../../types/permissions.ts';
import { placedScope } from '../../types/scope.ts';
import { attempt } from '../scope-reports.ts';
import { type ClusterView, whyNotAsked } from './cluster.ts';
import type { NeededPrivilege } from './permissions.ts';
import type { Task } from './records/record.ts';
import { verbOfTask } from './records/task-verbs.ts';
import { failedScope, scopeWithRights, unreachableScope } from './scopes.ts';

const PAGE = 500;
/** A server keeps about 1,000 tasks per node (pve-common src/PVE/RESTEnvironment.pm); this only bounds a wrong answer. */
const MAX_PAGES = 20;

export interface TasksRead {
  tasks: readonly Task[];
  scopes: readonly ScopeReport[];
}

interface Harvest {
  client: ProxmoxClient;
  call: CallOptions;
  knownTasks: ReadonlyMap<string, Outcome>;
}

/** Reads each node's tasks down to those that are stored already. */
export async function readTasks(harvest: Harvest, view: ClusterView): Promise<TasksRead> {
  const nodes = [...view.nodes.values()];
  const answers = await Promise.all(
    nodes.map(async ({ name }) => ({ name, answer: await readNodeTasks(harvest, view, name) })),
  );
  const failed = new Set(answers.filter(({ answer }) => answer instanceof AppError).map(({ name }) => name));
  const rows = answers.flatMap(({ answer }) => (answer instanceof AppError ? [] : answer.tasks));
  if (failed.size > 0) rows.push(...(await readBroadcast(harvest, failed)));
  const scopes = answers.map(({ name, answer }) =>
    answer instanceof AppError ? failedScope(placedScope('tasks', name), answer) : answer.scope,
  );
  return { tasks: rows.map(toTask), scopes };
}

/** Reads the tasks of some nodes only, which are online. `permissions` null: they were not read. */
export async function readTasksOf(
  { permissions, ...harvest }: Harvest & { permissions: Permissions | null },
  nodes: readonly string[],
): Promise<TasksRead> {
  const answers = await Promise.all(
    nodes.map(async (name) => ({ name, answer: await attempt(harvestNode(harvest, name)) })),
  );
  return {
    tasks: answers.flatMap(({ answer }) => (answer instanceof AppError ? [] : answer.map(toTask))),
    scopes: answers.map(({ name, answer }) => {
      const scope = placedScope('tasks', name);
      if (answer instanceof AppError) return failedScope(scope, answer);
      return scopeWithRights(scope, answer.length, missingFor(name, permissions));
    }),
  };
}

async function readNodeTasks(
  harvest: Harvest,
  view: ClusterView,
  name: string,
): Promise<{ tasks: PveTask[]; scope: ScopeReport } | AppError> {
  const scope = placedScope('tasks', name);
  const reason = whyNotAsked(view, name);
  if (reason !== null) return { tasks: [], scope: unreachableScope(scope, reason) };
  const tasks = await attempt(harvestNode(harvest, name));
  if (tasks instanceof AppError) return tasks;
  return { tasks, scope: scopeWithRights(scope, tasks.length, missingFor(name, view.permissions)) };
}

/** Source: pve-manager PVE/API2/Tasks.pm node_tasks: without this right only one's own. */
function missingFor(node: string, permissions: Permissions | null): Pick<NeededPrivilege, 'privilege' | 'path'>[] {
  const isWhole = permissions === null || holds(permissions, `/nodes/${node}`, 'Sys.Audit');
  return isWhole ? [] : [{ privilege: 'Sys.Audit', path: '/nodes' }];
}

async function harvestNode({ client, call, knownTasks }: Harvest, node: string): Promise<PveTask[]> {
  const rows = new Map<string, PveTask>();
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = { source: 'all' as const, limit: PAGE, ...(page > 0 && { start: page * PAGE }) };
    const { tasks, total } = await client.getTasks(node, query, call);
    for (const task of tasks) rows.set(task.upid, task);
    const isLast = total === undefined ? tasks.length < PAGE : (page + 1) * PAGE >= total;
    // A server may give more than it was asked for.
    if (rows.size >= MAX_PAGES * PAGE) break;
    if (isLast || tasks.length === 0 || tasks.some((task) => isStored(task, knownTasks))) break;
  }
  return withoutStored([...rows.values()], knownTasks);
}

function isStored({ upid }: PveTask, knownTasks: ReadonlyMap<string, Outcome>): boolean {
  const state = knownTasks.get(upid);
  return state !== undefined && state !== 'running';
}

/** Only the newest stored UPIDs are known, so what ended before the oldest of them is stored as well. */
function withoutStored(tasks: readonly PveTask[], knownTasks: ReadonlyMap<string, Outcome>): PveTask[] {
  const ends = tasks.filter((task) => isStored(task, knownTasks)).map(({ endtime }) => endtime ?? 0);
  const oldest = ends.length === 0 ? 0 : ends.reduce((least, end) => Math.min(least, end));
  return tasks.filter((task) => {
    if (isStored(task, knownTasks)) return false;
    return task.endtime === undefined || knownTasks.has(task.upid) || task.endtime >= oldest;
  });
}

/** The cluster's own list has about 25 finished tasks of each node. */
async function readBroadcast({ client, call, knownTasks }: Harvest, nodes: ReadonlySet<string>): Promise<PveTask[]> {
  const tasks = await attempt(client.getClusterTasks(call));
  if (tasks instanceof AppError) return [];
  return tasks.filter((task) => nodes.has(task.node) && !isStored(task, knownTasks));
}

export function toTask(row: PveTask): Task {
  const upid = parseUpid(row.upid);
  const { user, token } = splitAuthId(row.tokenid === undefined ? row.user : `${row.user}!${row.tokenid}`);
  const isEnded = !row.isRunning;
  return {
    source: 'task',
    ref: row.upid,
    verb: verbOfTask(row.type),
    native: row.type,
    target: row.id,
    targetName: null,
    place: row.node,
    actor: upid?.user ?? user,
    credential: upid?.token ?? token,
    at: new Date(row.starttime * 1000),
    endedAt: isEnded && row.endtime !== undefined ? new Date(row.endtime * 1000) : null,
    outcome: outcomeOf(row),
    text: isEnded ? (row.status ?? null) : null,
    pid: null,
  };
}

/** Source: pve-common src/PVE/UPID.pm status_is_error: warnings are success. */
function outcomeOf({ isRunning, status }: PveTask): Outcome {
  if (isRunning) return 'running';
  if (status === 'OK') return 'ok';
  if (status === undefined || status === '' || status === 'unexpected status') return 'unknown';
  return /^WARNINGS: \d+$/.test(status) ? 'warning' : 'failed';
}
