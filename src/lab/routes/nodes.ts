import { splitAuthId } from '../../types/auth-id.ts';
import { ApiError, parameterError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import type { LabNode } from '../model.ts';
import { RELEASES } from '../release.ts';
import type { Call, Route } from '../router.ts';
import { may, nodeOf, onNode, Page, requirePrivilege } from '../router.ts';
import type { LabTask } from '../task.ts';
import { figuresAtMs, nodeFigures } from '../telemetry.ts';
import { certificateRows } from '../views/certificates.ts';
import { nodeSize, nodeState, type Row } from '../views/resources.ts';
import { logLines, matchesFilter, nodeTaskRow, taskStatus, tasksOn } from '../views/tasks.ts';
import { versionOf } from './cluster.ts';

const SECTIONS =
  'apt capabilities certificates config disks dns firewall hardware hosts journal lxc network qemu replication report rrd rrddata scan services status storage subscription syslog tasks time version vzdump';

const TASK_PARAMETERS = {
  source: 'archive|active|all?',
  start: 'integer?',
  limit: 'integer?',
  vmid: 'vmid?',
  since: 'integer?',
  until: 'integer?',
  typefilter: 'string?',
  userfilter: 'string?',
  statusfilter: 'string?',
  errors: 'boolean?',
};

export const nodeRoutes: readonly Route[] = [
  { method: 'GET', path: '/nodes', handle: listNodes },
  { method: 'GET', path: '/nodes/{node}', isLocal: true, handle: () => SECTIONS.split(' ').map((name) => ({ name })) },
  { method: 'GET', path: '/nodes/{node}/version', handle: ({ cluster }) => versionOf(cluster) },
  {
    method: 'GET',
    path: '/nodes/{node}/status',
    allow: onNode('Sys.Audit'),
    handle: (call) => nodeStatus(call.cluster, nodeOf(call)),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/certificates/info',
    handle: (call) => certificateRows(nodeOf(call)),
  },
  { method: 'GET', path: '/nodes/{node}/tasks', parameters: TASK_PARAMETERS, handle: listTasks },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks/{upid}',
    isLocal: true,
    handle: () => [{ name: 'log' }, { name: 'status' }],
  },
  { method: 'GET', path: '/nodes/{node}/tasks/{upid}/status', handle: (call) => taskStatus(requireTask(call)) },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks/{upid}/log',
    parameters: { start: 'integer?', limit: 'integer?' },
    handle: taskLog,
  },
  { method: 'DELETE', path: '/nodes/{node}/tasks/{upid}', handle: stopTask },
];

function listNodes(call: Call): Row[] {
  const { cluster } = call;
  return [...cluster.nodes.values()].map((node) => {
    const sinceMs = cluster.unseenSinceMs(node);
    const atMs = figuresAtMs(cluster, node);
    const row = {
      id: `node/${node.name}`,
      node: node.name,
      type: 'node',
      status: nodeState(sinceMs, atMs),
      ssl_fingerprint: node.certificates?.server.fingerprint ?? null,
      ...(atMs !== null && { level: '' }),
    };
    if (atMs === null || !may(call, `/nodes/${node.name}`, 'Sys.Audit')) return row;
    return { ...row, ...nodeSize(node), ...(sinceMs === null && nodeFigures(node, atMs)) };
  });
}

function nodeStatus(cluster: Cluster, node: LabNode): Row {
  const facts = RELEASES[cluster.release];
  const { cpu, mem, disk, uptime } = nodeFigures(node, cluster.nowMs());
  const kernel = { sysname: 'Linux', release: facts.kernel, version: '#1 SMP PREEMPT_DYNAMIC', machine: 'x86_64' };
  const free = node.memoryBytes - mem;
  return {
    pveversion: `pve-manager/${facts.version}/${facts.repoid}`,
    kversion: `Linux ${facts.kernel} #1 SMP PREEMPT_DYNAMIC`,
    ...(cluster.release !== '7.4' && { 'current-kernel': kernel, 'boot-info': { mode: 'efi', secureboot: 0 } }),
    uptime,
    cpu,
    wait: 0,
    idle: 0,
    loadavg: [1, 5, 15].map((minutes) => (cpu * node.cpus * (1 + minutes / 100)).toFixed(2)),
    cpuinfo: {
      model: 'AMD EPYC 7543P 32-Core Processor',
      cpus: node.cpus,
      cores: node.cpus / 2,
      sockets: 1,
      mhz: '2794.748',
      hvm: '1',
      user_hz: 100,
      flags: 'fpu vme de pse tsc msr pae mce cx8 apic svm',
    },
    memory: { total: node.memoryBytes, used: mem, free, ...(cluster.release === '9.2' && { available: free }) },
    swap: { total: 0, used: 0, free: 0 },
    rootfs: { total: node.diskBytes, used: disk, free: node.diskBytes - disk, avail: node.diskBytes - disk },
    ksm: { shared: 0 },
  };
}

/** A user sees their own tasks and those of their tokens; a token only its own. */
function isOwner(by: string, task: LabTask): boolean {
  return task.authid === by || splitAuthId(task.authid).user === by;
}

function listTasks(call: Call): Page {
  const { cluster, by, parameters } = call;
  const node = nodeOf(call).name;
  const count = (name: string, fallback: number): number => Number(parameters[name] ?? fallback);
  const optional = (name: string): number | undefined =>
    parameters[name] === undefined ? undefined : Number(parameters[name]);
  const filter = {
    source: parameters['source'] ?? 'archive',
    start: count('start', 0),
    limit: count('limit', 50),
    vmid: parameters['vmid'],
    since: optional('since'),
    until: optional('until'),
    typefilter: parameters['typefilter'],
    userfilter: parameters['userfilter'],
    statusfilter: parameters['statusfilter'],
    errorsOnly: parameters['errors'] === '1',
  };
  const seesAll = may(call, `/nodes/${node}`, 'Sys.Audit');
  const tasks = tasksOn(cluster, node, filter.source).filter(
    (task) => (seesAll || isOwner(by, task)) && matchesFilter(task, filter),
  );
  return new Page(tasks.slice(filter.start, filter.start + filter.limit).map(nodeTaskRow), tasks.length);
}

const UPID = /^UPID:[^:\s]+:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:[^:\s]+:[^:\s]*:[^:\s]+:$/;

function findTask(call: Call): LabTask | undefined {
  const upid = call.parameters['upid'] ?? '';
  if (!UPID.test(upid)) throw parameterError({ upid: 'unable to parse worker upid' });
  const task = call.cluster.tasks.get(upid);
  const node = nodeOf(call).name;
  const owner = upid.split(':')[7] ?? '';
  if (owner !== call.by && splitAuthId(owner).user !== call.by) requirePrivilege(call, `/nodes/${node}`, 'Sys.Audit');
  return task?.node === node ? task : undefined;
}

function requireTask(call: Call): LabTask {
  const task = findTask(call);
  if (!task) throw parameterError({ upid: 'no such task' });
  return task;
}

/** The log of an unknown task is an object on 8.4 and a list since 9 (recorded). */
function taskLog(call: Call): Page {
  const task = findTask(call);
  if (!task) {
    const line = { n: 1, t: 'unable to open file - No such file or directory' };
    return new Page(call.cluster.release === '9.2' ? [line] : line, 1);
  }
  const lines = logLines(task);
  const start = Number(call.parameters['start'] ?? 0);
  const limit = Number(call.parameters['limit'] ?? 50);
  return new Page(lines.slice(start, limit === 0 ? undefined : start + limit), lines.length);
}

function stopTask(call: Call): null {
  const task = requireTaskToStop(call);
  if (task) call.cluster.tasks.interrupt(task);
  return null;
}

function requireTaskToStop(call: Call): LabTask | undefined {
  const upid = call.parameters['upid'] ?? '';
  const task = call.cluster.tasks.get(upid);
  if (!task) throw new ApiError(400, 'Parameter verification failed.', { errors: { upid: 'no such task' } });
  if (!isOwner(call.by, task)) requirePrivilege(call, `/nodes/${task.node}`, 'Sys.Modify');
  return task;
}
