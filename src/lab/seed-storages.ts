import type { LabStorage } from './model.ts';

const GIB = 1_073_741_824;
const FILES = ['iso', 'vztmpl', 'backup', 'snippets'];
const DISKS = ['images', 'rootdir'];

function nfs(server: string, directory: string): Pick<LabStorage, 'type' | 'isShared' | 'options'> {
  const options = { path: `/mnt/pve/${directory}`, server, export: `/export/${directory}` };
  return { type: 'nfs', isShared: true, options };
}

/** Local and shared ones, one that only the first node may use, and one that is disabled. */
export function newStorages(firstNode: string): LabStorage[] {
  return definitions(firstNode).map((storage) => ({ ...storage, offlineOn: new Set<string>() }));
}

function definitions(firstNode: string): Omit<LabStorage, 'offlineOn'>[] {
  const everywhere = { isEnabled: true, nodes: null };
  const local = { ...everywhere, isShared: false };
  return [
    {
      ...local,
      id: 'local',
      type: 'dir',
      content: FILES,
      totalBytes: 100 * GIB,
      options: { path: '/var/lib/vz', 'prune-backups': 'keep-all=1' },
    },
    {
      ...local,
      id: 'local-lvm',
      type: 'lvmthin',
      content: DISKS,
      totalBytes: 1800 * GIB,
      options: { vgname: 'pve', thinpool: 'data' },
    },
    {
      ...everywhere,
      ...nfs('192.0.2.20', 'shared'),
      id: 'shared',
      content: [...DISKS, 'iso'],
      totalBytes: 20_000 * GIB,
    },
    { ...everywhere, ...nfs('192.0.2.21', 'backup'), id: 'backup', content: ['backup'], totalBytes: 40_000 * GIB },
    {
      ...local,
      nodes: [firstNode],
      id: 'scratch',
      type: 'dir',
      content: DISKS,
      totalBytes: 200 * GIB,
      options: { path: '/srv/scratch' },
    },
    {
      ...everywhere,
      isEnabled: false,
      ...nfs('192.0.2.250', 'archive'),
      id: 'archive',
      content: ['images'],
      totalBytes: 0,
    },
  ];
}
