import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { openDatabase } from '../../src/repositories/database.ts';
import { Door } from '../helpers/door.ts';
import { openWorld, type Ran, type World } from '../helpers/world.ts';

/** Three clusters that nothing tells apart but who they are, each behind an address of its own and trusted in another way. */
const NAMES = ['east', 'north', 'west'] as const;
type Name = (typeof NAMES)[number];

const SAME = { clusterName: 'prod', nodes: 2, vms: 0, containers: 0, frozenDelayMs: 5 } as const;
const GUESTS = 4;
const MINUTE_MS = 60_000;

interface Fleet {
  world: World;
  labs: Record<Name, Lab>;
  doors: Record<Name, Door>;
  /** Another server altogether, that no provider knows. */
  stranger: Lab;
  env: Record<string, string | undefined>;
}

let fleet: Fleet;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const world = await openWorld({ ...SAME, seed: 1 });
  const clock = () => world.clock.now().getTime();
  const [north, west, stranger] = [
    await startLab({ ...SAME, seed: 2, clock }),
    await startLab({ ...SAME, seed: 3, clock }),
    await startLab({ ...SAME, seed: 4, clock }),
  ];
  closers.push(async () => void (await Promise.all([north, west, stranger].map((lab) => lab.close()))));
  const labs = { east: world.lab, north, west };
  const doors = { east: await doorTo(world.lab), north: await doorTo(north), west: await doorTo(west) };
  for (const name of NAMES) populate(labs[name], name);
  const env = {
    PROXMOX_VE_ENDPOINT: undefined,
    PROXMOX_VE_API_TOKEN: undefined,
    PROXMOX_VE_CA_FILE: undefined,
    PROXMOX_VE_NAME: undefined,
    EAST: world.lab.password.password,
    NORTH: secretOf(north.auditorToken),
    WEST: secretOf(west.auditorToken),
  };
  fleet = { world, labs, doors, stranger, env };
  const everyCa = write('every-ca.pem', NAMES.map((name) => labs[name].caPem).join(''));
  await add('east', ['--ca-file', everyCa, '--user', 'admin@pve', '--password', 'env:EAST']);
  const token = ['--token-id', 'rollcall@pve!ro', '--secret'];
  await add('north', ['--fingerprint', north.fingerprint, ...token, 'env:NORTH']);
  await add('west', ['--ca-file', write('west-ca.pem', west.caPem), ...token, 'env:WEST']);
  expect(await discover()).toMatchObject({ status: EXIT.done });
}, 60_000);

afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});

async function doorTo(lab: Lab): Promise<Door> {
  const door = await Door.open(lab.url);
  closers.push(() => door.shut());
  return door;
}

function populate(lab: Lab, name: Name): void {
  const root = lab.as(`${name}@pve`);
  root.create('qemu', { vmid: 100, name: 'web-01' });
  root.create('qemu', { vmid: 101, name: 'db-01', node: 'pve2' });
  root.create('qemu', { vmid: 102, name: 'mail-01' });
  root.create('lxc', { vmid: 200, name: 'proxy-01', node: 'pve2' });
  root.start(100);
}

function secretOf(token: string): string {
  return token.split('=')[1] ?? '';
}

function write(file: string, text: string): string {
  const place = path.join(fleet.world.dir, file);
  writeFileSync(place, text);
  return place;
}

async function add(name: Name, options: readonly string[]): Promise<void> {
  const line = ['providers', 'add', name, '--endpoint', fleet.doors[name].url, ...options];
  expect(await fleet.world.rollcall(line, { env: fleet.env })).toMatchObject({ status: EXIT.done });
}

async function discover(options = '', env: Record<string, string | undefined> = {}): Promise<Ran> {
  fleet.world.clock.advance(5 * MINUTE_MS);
  return fleet.world.rollcall(`discover-all -o json ${options}`, { env: { ...fleet.env, ...env } });
}

async function rows(line: string): Promise<readonly Record<string, unknown>[]> {
  return (await fleet.world.rollcall(`${line} -o json`, { env: fleet.env })).rows;
}

let memory = 1024;

/** One change in every cluster, which no other has. */
function changeAll(): Record<Name, number> {
  const given = { east: 0, north: 0, west: 0 };
  for (const name of NAMES) {
    memory += 16;
    given[name] = memory;
    fleet.labs[name].as(`${name}@pve`).setConfig(102, { memory });
  }
  return given;
}

/** What the history says happened to a provider since the round began. */
async function changesOf(name: Name, since: Date): Promise<unknown[]> {
  const found = await rows(`show-changes --provider ${name} --since ${since.toISOString()}`);
  return found
    .filter(({ vmid }) => vmid !== null)
    .map(({ provider, vmid, path: key, after, actor }) => ({ provider, vmid, key, after, actor }));
}

/** Everything stored of a provider is of its cluster. */
async function expectNothingMixed(): Promise<void> {
  const connection = await openDatabase(fleet.world.databaseUrl);
  try {
    for (const name of NAMES) {
      const where = { provider: { name } };
      const guests = await connection.db.guest.findMany({ where, orderBy: { vmid: 'asc' } });
      const uuids = fleet.labs[name]
        .guests()
        .filter(({ kind }) => kind === 'qemu')
        .map(({ config }) => String(config['smbios1']).replace('uuid=', ''));
      expect(guests.map(({ vmid, name: guest }) => `${vmid} ${guest}`)).toEqual([
        '100 web-01',
        '101 db-01',
        '102 mail-01',
        '200 proxy-01',
      ]);
      expect(guests.flatMap(({ uuid }) => uuid ?? [])).toEqual(uuids);
      const tasks = await connection.db.task.findMany({ where });
      expect(tasks.length).toBeGreaterThan(0);
      expect(tasks.filter(({ user }) => NAMES.some((other) => other !== name && user === `${other}@pve`))).toEqual([]);
    }
  } finally {
    await connection.close();
  }
}

type Heal = () => void | Promise<void>;

interface Trouble {
  what: string;
  victim: Name;
  /** Returns what undoes it. */
  start: (victim: { lab: Lab; door: Door }, fleet: Fleet) => Heal | Promise<Heal>;
  options?: string;
  env?: Record<string, string | undefined>;
  status: number;
  /** Of the victim's result. */
  result: object;
  /** Whether the victim's change is seen all the same. */
  isSeen?: true;
}

function failed(code: string, message: string) {
  return { success: false, outcome: 'failed', error: { code, message: expect.stringContaining(message) } };
}

/** Nothing of it could be listed, and everything stays as it was. */
function unseen(coverage: string) {
  return {
    outcome: 'partial',
    summary: { total: GUESTS, removed: 0, changed: 0, existing: GUESTS },
    removedHosts: [],
    scopes: expect.arrayContaining([expect.objectContaining({ scope: 'guests', coverage })]),
  };
}

/** What is on the second node cannot be seen. */
function halfSeen(message: string) {
  const scope = { scope: 'guests/pve2', coverage: 'unreachable', message: expect.stringContaining(message) };
  return {
    success: false,
    outcome: 'partial',
    summary: { total: GUESTS, removed: 0, changed: 1, existing: GUESTS - 1 },
    removedHosts: [],
    scopes: expect.arrayContaining([expect.objectContaining(scope)]),
  };
}

const TROUBLES: readonly Trouble[] = [
  {
    what: 'its address refuses connections',
    victim: 'east',
    start: async ({ door }) => {
      await door.shut();
      return () => door.reopen();
    },
    status: EXIT.unreachable,
    result: failed('unreachable', 'ECONNREFUSED'),
  },
  {
    what: 'connections to it hang',
    victim: 'north',
    start: ({ door, lab }) => {
      door.leadTo(null);
      return () => door.leadTo(lab.url);
    },
    options: '--timeout 2s',
    status: EXIT.unreachable,
    result: failed('timeout', '2 s'),
  },
  {
    what: 'it shows a certificate of an unknown authority',
    victim: 'west',
    start: ({ door, lab }, { stranger }) => {
      stranger.clearRequests();
      door.leadTo(stranger.url);
      return () => {
        expect(stranger.requests).toEqual([]);
        door.leadTo(lab.url);
      };
    },
    status: EXIT.unreachable,
    result: failed('certificate', 'unknown authority'),
  },
  {
    what: 'it shows the certificate of another cluster than the pinned one',
    victim: 'north',
    start: ({ door, lab }, { labs }) => {
      door.leadTo(labs.west.url);
      labs.west.clearRequests();
      return () => {
        expect(labs.west.requests.filter(({ status }) => status === 401)).toEqual([]);
        door.leadTo(lab.url);
      };
    },
    status: EXIT.unreachable,
    result: failed('certificate', 'fingerprint'),
  },
  {
    what: 'it answers as another of the three, with a certificate that is trusted and a password that fits',
    victim: 'east',
    start: ({ door, lab }, { labs }) => {
      door.leadTo(labs.north.url);
      return () => door.leadTo(lab.url);
    },
    status: EXIT.failed,
    result: failed('wrong-cluster', 'another root CA'),
  },
  {
    what: 'it answers as another of the three, which does not tell its CA',
    victim: 'east',
    start: ({ door, lab }, { labs }) => {
      const remove = labs.west.faults.add({ match: /certificates/, effect: { kind: 'status', status: 500 } });
      door.leadTo(labs.west.url);
      return () => {
        remove();
        door.leadTo(lab.url);
      };
    },
    status: EXIT.failed,
    result: failed('server', '/certificates/info'),
  },
  {
    what: 'its credential is refused',
    victim: 'west',
    start: () => () => undefined,
    env: { WEST: '00000000-0000-0000-0000-000000000000' },
    status: EXIT.denied,
    result: failed('unauthenticated', '401'),
  },
  {
    what: 'its credential is not there',
    victim: 'north',
    start: () => () => undefined,
    env: { NORTH: undefined },
    status: EXIT.usage,
    result: failed('configuration', 'NORTH'),
  },
  {
    what: 'everything is forbidden',
    victim: 'east',
    start: ({ lab }) => lab.faults.add({ match: /^GET/, effect: { kind: 'status', status: 403, reason: 'Forbidden' } }),
    status: EXIT.partial,
    result: unseen('filtered'),
  },
  {
    what: 'it answers with internal errors',
    victim: 'north',
    start: ({ lab }) => lab.faults.add({ match: /./, effect: { kind: 'status', status: 500, reason: 'oops' } }),
    status: EXIT.partial,
    result: unseen('error'),
  },
  {
    what: 'its JSON is malformed',
    victim: 'west',
    start: ({ lab }) => lab.faults.add({ match: /./, effect: { kind: 'body', body: '{"data":[{"vmid":100,' } }),
    status: EXIT.failed,
    result: failed('malformed', 'ends early'),
  },
  {
    what: 'a proxy in front of it answers with HTML',
    victim: 'north',
    start: ({ lab }) => lab.faults.add({ match: /./, effect: { kind: 'html' } }),
    status: EXIT.failed,
    result: failed('malformed', 'no JSON'),
  },
  {
    what: 'its answers are cut in the middle',
    victim: 'west',
    start: ({ lab }) => lab.faults.add({ match: /./, effect: { kind: 'cut' } }),
    status: EXIT.failed,
    result: failed('malformed', 'cut off'),
  },
  {
    what: 'one of its nodes is off',
    victim: 'east',
    start: ({ lab }) => {
      lab.node('pve2').powerOff();
      return () => lab.node('pve2').powerOn();
    },
    status: EXIT.partial,
    result: halfSeen('node pve2 is offline'),
    isSeen: true,
  },
  {
    what: 'one of its nodes is frozen',
    victim: 'west',
    start: ({ lab }) => {
      lab.node('pve2').freeze();
      return () => lab.node('pve2').thaw();
    },
    status: EXIT.partial,
    result: halfSeen('Connection timed out (596)'),
    isSeen: true,
  },
  {
    what: 'it has no quorum',
    victim: 'north',
    start: ({ lab }) => {
      lab.quorum(false);
      return () => lab.quorum(true);
    },
    status: EXIT.partial,
    result: halfSeen('the cluster has no quorum'),
    isSeen: true,
  },
  {
    what: 'its listings are empty',
    victim: 'east',
    start: ({ lab }) => lab.faults.add({ match: /resources|\/(qemu|lxc)(\?|$)/, effect: { kind: 'empty-list' } }),
    status: EXIT.partial,
    result: { outcome: 'partial', summary: { removed: 0, existing: GUESTS }, removedHosts: [] },
  },
  {
    what: 'someone else holds its lease',
    victim: 'west',
    start: async (_, { world }) => {
      const until = new Date(world.clock.now().getTime() + 60 * MINUTE_MS);
      await setLease('west', { leaseHolder: '1@elsewhere', leaseSince: world.clock.now(), leaseUntil: until });
      return () => setLease('west', { leaseHolder: null, leaseSince: null, leaseUntil: null });
    },
    status: EXIT.failed,
    result: failed('locked', '1@elsewhere'),
  },
];

async function setLease(
  name: Name,
  data: { leaseHolder: string | null; leaseSince: Date | null; leaseUntil: Date | null },
): Promise<void> {
  const connection = await openDatabase(fleet.world.databaseUrl);
  await connection.db.provider.updateMany({ where: { name }, data });
  await connection.close();
}

describe('three clusters of equal names, vmids and guests', () => {
  it.each(TROUBLES.map((trouble) => [trouble.what, trouble] as const))(
    '%s: the others are complete, and it is itself again afterwards',
    async (_, { victim, start, options, env, status, result, isSeen }) => {
      const { labs, doors, world } = fleet;
      const since = new Date(world.clock.now().getTime() + 1);
      const memories = changeAll();
      const complete = (name: Name) => ({
        providerName: name,
        success: true,
        outcome: 'complete',
        summary: { total: GUESTS, new: 0, removed: 0, changed: 1, existing: GUESTS - 1 },
        held: [],
      });
      const changed = (name: Name) => [
        { provider: name, vmid: 102, key: 'memory', after: memories[name], actor: `${name}@pve` },
      ];

      const heal = await start({ lab: labs[victim], door: doors[victim] }, fleet);
      const ran = await discover(options, env);
      await heal();

      expect(ran.rows).toMatchObject(
        NAMES.map((name) => (name === victim ? { providerName: name, ...result } : complete(name))),
      );
      expect(ran.status).toBe(status);
      for (const name of NAMES)
        expect(await changesOf(name, since)).toEqual(name === victim && !isSeen ? [] : changed(name));

      const healed = await discover();
      expect(healed.rows).toMatchObject(NAMES.map((name) => ({ providerName: name, outcome: 'complete' })));
      expect(healed.status).toBe(EXIT.done);
      for (const name of NAMES) expect(await changesOf(name, since)).toEqual(changed(name));
      expect(await rows('show-changes --kind removed')).toEqual([]);
      await expectNothingMixed();
    },
    30_000,
  );
});

it('a renewed CA is told of, where it is trusted and the machines are the same', async () => {
  const { labs } = fleet;
  labs.west.replaceCa();
  write('west-ca.pem', labs.west.caPem);
  const renewed = await discover();
  expect(renewed.status).toBe(EXIT.done);
  expect(renewed.rows).toMatchObject([
    { warnings: [] },
    { warnings: [] },
    { outcome: 'complete', warnings: [{ code: 'ca-renewed' }], summary: { existing: GUESTS } },
  ]);
  labs.west.rotateCertificate('pve1');
  expect((await discover()).rows).toMatchObject(NAMES.map(() => ({ outcome: 'complete', warnings: [] })));
});

it('no more clusters are read at a time than allowed', async () => {
  const { labs, doors } = fleet;
  const others = () => [...labs.north.requests, ...labs.west.requests].length;
  for (const name of NAMES) labs[name].clearRequests();
  doors.east.leadTo(null);
  const running = discover('--parallel 1 --timeout 2s');
  await sleep(1000);
  expect(others()).toBe(0);
  const ran = await running;
  doors.east.leadTo(labs.east.url);
  expect(ran.rows.map(({ outcome }) => outcome)).toEqual(['failed', 'complete', 'complete']);
  expect(others()).toBeGreaterThan(0);
});

it('a cluster that is stored already is not taken for a new one under another name', async () => {
  const { labs, world, env } = fleet;
  const { url, fingerprint } = labs.west;
  const how = ['--fingerprint', fingerprint, '--token-id', 'rollcall@pve!ro', '--secret', 'env:WEST', '--no-check'];
  const added = await world.rollcall(['providers', 'add', 'again', '--endpoint', url, ...how], { env });
  expect(added.status).toBe(EXIT.done);
  const ran = await discover('--provider again');
  expect(ran.rows).toMatchObject([
    { providerName: 'again', ...failed('wrong-cluster', 'answers as cluster prod, which is provider west already') },
  ]);
  expect(ran.status).toBe(EXIT.failed);
  expect(await rows('list-vms --provider again')).toEqual([]);
  await expectNothingMixed();
});
