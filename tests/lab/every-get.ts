import { Agent } from 'node:https';
import type { Lab } from '../../src/lab/lab.ts';
import type { Release } from '../../src/lab/release.ts';
import { isAtLeast } from '../../src/lab/release.ts';
import { ROUTES } from '../../src/lab/routes/all.ts';
import { call, getRows, type Reply } from './client.ts';

export interface Asked extends Reply {
  /** Path of the route, with its parameters' names. */
  route: string;
  path: string;
}

const STORAGES = ['local', 'local-lvm', 'shared', 'backup'];

/** Asks every endpoint that the lab serves for everything that it can be asked about. */
export async function askEverything(lab: Lab, release: Release): Promise<Asked[]> {
  const nodes = await getRows(lab, '/nodes');
  const online = nodes.filter((node) => node['status'] === 'online').map((node) => String(node['node']));
  const replies: Asked[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (const route of ROUTES) {
    if (route.method !== 'GET' || !isAtLeast(release, route.since ?? '7.4')) continue;
    for (const path of await pathsOf(lab, route.path, online)) {
      replies.push({ ...(await call(lab, 'GET', path, { agent })), route: route.path, path });
    }
  }
  agent.destroy();
  return replies;
}

async function pathsOf(lab: Lab, route: string, online: readonly string[]): Promise<string[]> {
  const plain = route.replace('{poolid}', 'prod').replace('{userid}', 'admin@pve').replace('{sid}', 'vm:101');
  if (plain.includes('{vmid}')) {
    const kind = plain.includes('/qemu/') ? 'qemu' : 'lxc';
    const guests = lab.guests().filter((guest) => guest.kind === kind && online.includes(guest.node));
    return guests.flatMap((guest) => {
      const path = plain.replace('{node}', guest.node).replace('{vmid}', String(guest.vmid));
      if (path.endsWith('/feature')) return [`${path}?feature=snapshot`];
      return path.includes('{snapname}') ? guest.snapshots.map((name) => path.replace('{snapname}', name)) : [path];
    });
  }
  if (!plain.includes('{node}')) return [plain.replace('{storage}', 'local')];
  const onFirst = plain.replace('{node}', online[0] ?? '');
  if (onFirst.includes('{volume}')) {
    const list = onFirst.replace('{storage}', 'local').replace('/{volume}', '');
    const images = (await getRows(lab, list)).filter(
      (row) => row['content'] !== 'images' && row['content'] !== 'rootdir',
    );
    return images.map((row) => `${list}/${encodeURIComponent(String(row['volid']))}`);
  }
  if (onFirst.includes('{storage}')) return STORAGES.map((storage) => onFirst.replace('{storage}', storage));
  if (onFirst.includes('{upid}')) {
    const tasks = await getRows(lab, `/nodes/${online[0]}/tasks?source=all`);
    return tasks.map((task) => onFirst.replace('{upid}', encodeURIComponent(String(task['upid']))));
  }
  if (onFirst.endsWith('/tasks')) return [onFirst, `${onFirst}?source=all&limit=500`];
  return onFirst.endsWith('/qemu') ? [onFirst, `${onFirst}?full=1`] : [onFirst];
}
