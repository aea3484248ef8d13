import { createHash } from 'node:crypto';
import type { ReplayAnswer, ReplayAnswers } from '../helpers/replay-server.ts';

const AUDITOR = { 'VM.Audit': 1, 'Sys.Audit': 1, 'Datastore.Audit': 1, 'Pool.Audit': 1, 'Sys.Syslog': 1 };

export function ok(data: unknown): ReplayAnswer {
  return { status: 200, reason: 'OK', body: { data } };
}

/** A configuration with the digest of its file, which has nothing pending. */
export function withDigest(config: Readonly<Record<string, string | number>>): object {
  const file = Object.keys(config)
    .sort()
    .map((key) => `${key}: ${config[key]}\n`)
    .join('');
  return { ...config, digest: createHash('sha1').update(file).digest('hex') };
}

export function refused(status: number, reason = ''): ReplayAnswer {
  return { status, reason, body: status >= 590 || status === 401 ? '' : { data: null, message: `${reason}\n` } };
}

export function gone(node: string, vmid: number): ReplayAnswer {
  return refused(500, `Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`);
}

/** A row of /cluster/resources. */
export function row(vmid: number, node: string, more: object = {}): object {
  return { type: 'qemu', id: `qemu/${vmid}`, vmid, node, name: `vm-${vmid}`, status: 'running', template: 0, ...more };
}

export const NODE_ROWS = [
  { type: 'node', id: 'node/pve1', node: 'pve1', status: 'online', maxcpu: 4, maxmem: 8e9 },
  { type: 'node', id: 'node/pve2', node: 'pve2', status: 'online', maxcpu: 4, maxmem: 8e9 },
];

export function resources(...rows: object[]): ReplayAnswer {
  return ok([...NODE_ROWS, ...rows]);
}

/** Two nodes, machines 100 on pve1 and 101 on pve2, container 200 on pve1. */
export function tinyCluster(changes: ReplayAnswers = {}): ReplayAnswers {
  return {
    'GET /version': ok({ version: '8.4.1', release: '8.4' }),
    'GET /access/permissions': ok({ '/': AUDITOR }),
    'GET /cluster/status': ok([
      { type: 'cluster', id: 'cluster', name: 'tiny', nodes: 2, quorate: 1, version: 2 },
      { type: 'node', id: 'node/pve1', name: 'pve1', online: 1, local: 1, nodeid: 1 },
      { type: 'node', id: 'node/pve2', name: 'pve2', online: 1, local: 0, nodeid: 2 },
    ]),
    'GET /cluster/resources': resources(
      row(100, 'pve1'),
      row(101, 'pve2'),
      row(200, 'pve1', { type: 'lxc', id: 'lxc/200', name: 'ct' }),
    ),
    'GET /cluster/log?max=500': ok([]),
    'GET /cluster/tasks': ok([]),
    'GET /nodes/pve2/status': ok({ pveversion: 'pve-manager/8.4.2/abc', cpuinfo: { cpus: 4 }, memory: { total: 8e9 } }),
    'GET /nodes/pve1/qemu?full=1': ok([{ vmid: 100, status: 'running', name: 'vm-100' }]),
    'GET /nodes/pve1/lxc': ok([{ vmid: 200, status: 'stopped', name: 'ct' }]),
    'GET /nodes/pve2/qemu?full=1': ok([{ vmid: 101, status: 'running', name: 'vm-101' }]),
    'GET /nodes/pve2/lxc': ok([]),
    'GET /nodes/pve1/tasks?source=all&limit=500': ok([]),
    'GET /nodes/pve2/tasks?source=all&limit=500': ok([]),
    'GET /nodes/pve1/qemu/100/config': ok(withDigest({ name: 'vm-100', cores: 2 })),
    'GET /nodes/pve2/qemu/101/config': ok(withDigest({ name: 'vm-101', cores: 1 })),
    'GET /nodes/pve1/lxc/200/config': ok(withDigest({ hostname: 'ct', memory: 512 })),
    ...changes,
  };
}
