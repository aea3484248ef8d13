import { expect } from '@jest/globals';
import type { GuestPlace } from '../../src/api/paths.ts';
import type { ProxmoxClient } from '../../src/api/proxmox-client.ts';

type Row = Record<string, unknown>;

/** A method of the client, and how its result must relate to the `data` of a recording. */
export interface Reader {
  name: string;
  call: (client: ProxmoxClient, match: readonly string[]) => Promise<unknown>;
  check: (decoded: unknown, data: unknown) => void;
}

const FLAGS = new Set(
  'template shared quorate online local vmstate delete enabled active disable protected managed'.split(' '),
);
const LISTS = new Set(['tags', 'content', 'nodes']);

function plain(key: string, value: unknown, isContentText: boolean): unknown {
  if (value === null || value === undefined) return undefined;
  if (FLAGS.has(key)) return value === 1;
  if (LISTS.has(key) && typeof value === 'string' && !isContentText) return value.split(/[;,]/).sort();
  return value;
}

/** Every field of the decoded row must be the recorded one, and of the recorded fields `must` none may be lost. */
function expectRow(decoded: unknown, raw: unknown, must: string, renames: Readonly<Record<string, string>> = {}): void {
  const row = decoded as Row;
  const recorded = raw as Row;
  for (const field of Object.keys(row)) {
    const key = renames[field] ?? field;
    if (key === '') continue;
    expect([field, row[field]]).toEqual([field, plain(key, recorded[key], 'volid' in recorded)]);
  }
  for (const key of must.split(' ').filter((name) => recorded[name] !== undefined && recorded[name] !== null)) {
    expect([key, row[key]]).toEqual([key, plain(key, recorded[key], 'volid' in recorded)]);
  }
}

function rows(must: string, renames?: Readonly<Record<string, string>>): Reader['check'] {
  return (decoded, data) => {
    expect(decoded).toHaveLength((data as Row[]).length);
    for (const [index, raw] of (data as Row[]).entries()) expectRow((decoded as Row[])[index], raw, must, renames);
  };
}

function placeOf(node: string, kind: string | undefined, vmid: string | undefined): GuestPlace {
  return { kind: kind === 'lxc' ? 'lxc' : 'qemu', node, vmid: Number(vmid) };
}

const LIST = 'vmid name status qmpstatus template tags lock cpus cpu mem maxmem disk maxdisk uptime netin netout';
const USAGE = 'cpu maxcpu mem maxmem disk maxdisk uptime';

const checkTask = (decoded: Row, raw: Row): void => {
  const [user, token] = String(raw['user']).split('!');
  const isRunning = raw['status'] === 'RUNNING' || raw['endtime'] === undefined;
  expect(decoded).toMatchObject({
    user,
    isRunning,
    upid: raw['upid'],
    node: raw['node'],
    type: raw['type'],
    id: raw['id'],
  });
  expect(decoded['tokenid']).toBe(raw['tokenid'] ?? token);
  expect(decoded).toMatchObject({ starttime: raw['starttime'] });
  expect(decoded['endtime']).toBe(raw['endtime']);
  expect(decoded['status']).toBe(isRunning ? undefined : raw['status']);
};

const checkTasks: Reader['check'] = (decoded, data) => {
  expect(decoded).toHaveLength((data as Row[]).length);
  for (const [index, raw] of (data as Row[]).entries()) checkTask((decoded as Row[])[index] ?? {}, raw);
};

function checkResources(decoded: unknown, data: unknown): void {
  const { guests, nodes, storages, pools, unreadable } = decoded as Record<string, Row[]> & { unreadable: number };
  expect(unreadable).toBe(0);
  const ofTypes = (...types: string[]): Row[] =>
    types.flatMap((type) => (data as Row[]).filter((raw) => raw['type'] === type));
  rows(`vmid node pool hastate ${USAGE} ${LIST}`, { kind: 'type' })(guests, ofTypes('qemu', 'lxc'));
  rows(`node status level hastate ${USAGE}`, { sslFingerprint: 'ssl_fingerprint' })(nodes, ofTypes('node'));
  rows('storage node status plugintype content shared disk maxdisk')(storages, ofTypes('storage'));
  expect(pools).toEqual(ofTypes('pool').map(({ pool }) => ({ pool })));
}

function checkConfig(decoded: unknown, data: unknown): void {
  const expected = Object.entries(data as Row).map(([key, value]) => [
    key,
    typeof value === 'object' ? JSON.stringify(value) : value,
  ]);
  expect(decoded).toEqual(Object.fromEntries(expected));
}

function checkStatus(decoded: unknown, data: unknown): void {
  expectRow(decoded, data, `${LIST} qmpstatus`, { ha: '' });
  const ha = (data as { ha?: Row }).ha;
  const state = typeof ha?.['state'] === 'string' ? ha['state'] : undefined;
  expect((decoded as Row)['ha']).toEqual(
    ha && { managed: ha['managed'] === 1, state, group: ha['group'] ?? undefined },
  );
}

function checkNodeStatus(decoded: unknown, data: unknown): void {
  const { pveversion, kversion, uptime, cpu, cpuinfo, memory, rootfs } = data as Row & Record<string, Row>;
  expect(decoded).toEqual({
    pveversion,
    kversion,
    uptime,
    cpu,
    cpus: cpuinfo?.['cpus'],
    cpuModel: cpuinfo?.['model'],
    memoryTotal: memory?.['total'],
    memoryUsed: memory?.['used'],
    rootfsTotal: rootfs?.['total'],
    rootfsUsed: rootfs?.['used'],
  });
}

function checkClusterStatus(decoded: unknown, data: unknown): void {
  const { cluster, nodes } = decoded as { cluster: unknown; nodes: unknown };
  const raw = data as Row[];
  const found = raw.find(({ type }) => type === 'cluster');
  expect(cluster === undefined).toBe(found === undefined);
  if (found) {
    const { name, nodes: count, quorate, version } = found;
    expect(cluster).toEqual({ name, nodes: count, quorate: quorate === 1, version });
  }
  rows('name nodeid online local ip level')(
    nodes,
    raw.filter(({ type }) => type === 'node'),
  );
}

function checkPermissions(decoded: unknown, data: unknown): void {
  const paths = Object.entries(data as Record<string, Row>).map(([path, privileges]) => [
    path,
    Object.fromEntries(Object.entries(privileges).map(([name, propagates]) => [name, propagates === 1])),
  ]);
  expect(decoded).toEqual(Object.fromEntries(paths));
}

/** By path, with its parts as arguments. The last argument is the query, which is sent where the client can. */
export const ENDPOINTS: readonly (readonly [pattern: RegExp, reader: Reader])[] = [
  [
    /^\/version$/,
    {
      name: 'getVersion',
      call: (client) => client.getVersion(),
      check: (decoded, data) => expectRow(decoded, data, 'version release repoid'),
    },
  ],
  [
    /^\/access\/permissions$/,
    { name: 'getPermissions', call: (client) => client.getPermissions(), check: checkPermissions },
  ],
  [
    /^\/cluster\/status$/,
    { name: 'getClusterStatus', call: (client) => client.getClusterStatus(), check: checkClusterStatus },
  ],
  [
    /^\/cluster\/resources$/,
    { name: 'getClusterResources', call: (client) => client.getClusterResources(), check: checkResources },
  ],
  [/^\/cluster\/tasks$/, { name: 'getClusterTasks', call: (client) => client.getClusterTasks(), check: checkTasks }],
  [
    /^\/cluster\/log$/,
    {
      name: 'getClusterLog',
      call: (client) => client.getClusterLog({ max: 5 }),
      check: rows('node time user tag pid pri msg', { uid: '' }),
    },
  ],
  [
    /^\/cluster\/nextid$/,
    {
      name: 'isVmidFree',
      call: (client) => client.isVmidFree(107),
      check: (decoded) => expect(decoded).toBe(true),
    },
  ],
  [
    /^\/cluster\/ha\/resources$/,
    {
      name: 'getHaResources',
      call: (client) => client.getHaResources(),
      check: rows('sid type state group comment'),
    },
  ],
  [
    /^\/cluster\/ha\/status\/current$/,
    {
      name: 'getHaStatus',
      call: (client) => client.getHaStatus(),
      check: rows('id type sid node status state quorate', { requestState: 'request_state', crmState: 'crm_state' }),
    },
  ],
  [
    /^\/nodes$/,
    {
      name: 'getNodes',
      call: (client) => client.getNodes(),
      check: rows(`node status level ${USAGE}`, { sslFingerprint: '' }),
    },
  ],
  [
    /^\/nodes\/([^/]+)\/status$/,
    { name: 'getNodeStatus', call: (client, [node = '']) => client.getNodeStatus(node), check: checkNodeStatus },
  ],
  [
    /^\/nodes\/([^/]+)\/certificates\/info$/,
    {
      name: 'getNodeCertificates',
      call: (client, [node = '']) => client.getNodeCertificates(node),
      check: rows('filename fingerprint subject issuer notbefore notafter pem'),
    },
  ],
  [
    /^\/nodes\/([^/]+)\/qemu$/,
    { name: 'getVMs', call: (client, [node = '']) => client.getVMs(node), check: rows(LIST) },
  ],
  [
    /^\/nodes\/([^/]+)\/lxc$/,
    { name: 'getContainers', call: (client, [node = '']) => client.getContainers(node), check: rows(LIST) },
  ],
  [
    /^\/nodes\/([^/]+)\/(qemu|lxc)\/(\d+)\/status\/current$/,
    {
      name: 'getGuestStatus',
      call: (client, [node = '', kind, id]) => client.getGuestStatus(placeOf(node, kind, id)),
      check: checkStatus,
    },
  ],
  [
    /^\/nodes\/([^/]+)\/(qemu|lxc)\/(\d+)\/config$/,
    {
      name: 'getGuestConfig',
      call: (client, [node = '', kind, id]) => client.getGuestConfig(placeOf(node, kind, id)),
      check: checkConfig,
    },
  ],
  [
    /^\/nodes\/([^/]+)\/(qemu|lxc)\/(\d+)\/pending$/,
    {
      name: 'getPending',
      call: (client, [node = '', kind, id]) => client.getPending(kind === 'lxc' ? 'lxc' : 'qemu', node, Number(id)),
      check: rows('key value pending delete'),
    },
  ],
  [
    /^\/nodes\/([^/]+)\/(qemu|lxc)\/(\d+)\/snapshot$/,
    {
      name: 'getSnapshots',
      call: (client, [node = '', kind, id]) => client.getSnapshots(kind === 'lxc' ? 'lxc' : 'qemu', node, Number(id)),
      check: rows('name description parent snaptime vmstate', { isCurrent: '' }),
    },
  ],
  [
    /^\/storage$/,
    {
      name: 'getStorageDefinitions',
      call: async (client) => (await client.getStorageDefinitions()).rows,
      check: rows('storage type content shared disable nodes path server export'),
    },
  ],
  [
    /^\/nodes\/([^/]+)\/storage$/,
    {
      name: 'getNodeStorage',
      call: (client, [node = '']) => client.getNodeStorage(node),
      check: rows('storage type content shared enabled active total used avail'),
    },
  ],
  [
    /^\/nodes\/([^/]+)\/storage\/([^/]+)\/content$/,
    {
      name: 'getStorageContent',
      call: (client, [node = '', storage = '']) => client.getStorageContent(node, storage),
      check: rows('volid content format size used vmid ctime notes protected'),
    },
  ],
  [
    /^\/nodes\/([^/]+)\/tasks$/,
    {
      name: 'getTasks',
      call: async (client, [node = '']) => (await client.getTasks(node)).tasks,
      check: checkTasks,
    },
  ],
  [
    /^\/nodes\/([^/]+)\/tasks\/([^/]+)\/status$/,
    {
      name: 'getTaskStatus',
      call: (client, [node = '', upid = '']) => client.getTaskStatus(node, upid),
      check: (decoded, data) => {
        const [user] = String((data as Row)['user']).split('!');
        expectRow(decoded, { ...(data as Row), user }, 'upid status exitstatus type id user node starttime tokenid');
      },
    },
  ],
  [
    /^\/nodes\/([^/]+)\/tasks\/([^/]+)\/log$/,
    {
      name: 'getTaskLog',
      call: async (client, [node = '', upid = '']) => (await client.getTaskLog(node, upid)).lines,
      check: (decoded, data) => expect(decoded).toEqual(Array.isArray(data) ? data : [data]),
    },
  ],
  [/^\/pools$/, { name: 'getPools', call: (client) => client.getPools(), check: rows('poolid comment') }],
];
