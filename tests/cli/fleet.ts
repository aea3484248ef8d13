import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import type { Connection } from '../../src/repositories/db/connection.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { Door } from '../helpers/door.ts';
import { openWorld, type Ran, type World } from '../helpers/world.ts';

/** Three clusters that nothing tells apart but who they are, each behind an address of its own and trusted in another way. */
export const NAMES = ['east', 'north', 'west'] as const;
export type Name = (typeof NAMES)[number];

const SAME = { clusterName: 'prod', nodes: 2, vms: 0, containers: 0, frozenDelayMs: 5 } as const;
export const GUESTS = 4;
export const MINUTE_MS = 60_000;
const CALLED = ['100 web-01', '101 db-01', '102 mail-01', '200 proxy-01'];

/** The clusters, and the program that watches them. */
export class Fleet {
  readonly world: World;
  readonly labs: Readonly<Record<Name, Lab>>;
  readonly doors: Readonly<Record<Name, Door>>;
  /** Another server altogether, that no provider knows. */
  readonly stranger: Lab;
  readonly env: Readonly<Record<string, string | undefined>>;
  #memory = 1024;

  constructor({ world, labs, doors, stranger, env }: Pick<Fleet, 'world' | 'labs' | 'doors' | 'stranger' | 'env'>) {
    this.world = world;
    this.labs = labs;
    this.doors = doors;
    this.stranger = stranger;
    this.env = env;
  }

  write(file: string, text: string): string {
    const place = path.join(this.world.dir, file);
    writeFileSync(place, text);
    return place;
  }

  async add(name: Name, options: readonly string[]): Promise<void> {
    const line = ['providers', 'add', name, '--endpoint', this.doors[name].url, ...options];
    expect(await this.world.rollcall(line, { env: this.env })).toMatchObject({ status: EXIT.done });
  }

  async discover(options = '', env: Record<string, string | undefined> = {}): Promise<Ran> {
    this.world.clock.advance(5 * MINUTE_MS);
    return this.world.rollcall(`discover-all -o json ${options}`, { env: { ...this.env, ...env } });
  }

  async rows(line: string): Promise<readonly Record<string, unknown>[]> {
    return (await this.world.rollcall(`${line} -o json`, { env: this.env })).rows;
  }

  /** One change in every cluster, which no other has. */
  changeAll(): Record<Name, number> {
    const given = { east: 0, north: 0, west: 0 };
    for (const name of NAMES) {
      this.#memory += 16;
      given[name] = this.#memory;
      this.labs[name].as(`${name}@pve`).setConfig(102, { memory: this.#memory });
    }
    return given;
  }

  /** What the history says happened to a provider's guests since a time. */
  async changesOf(name: Name, since: Date): Promise<unknown[]> {
    const found = await this.rows(`show-changes --provider ${name} --since ${since.toISOString()}`);
    return found
      .filter(({ vmid }) => vmid !== null)
      .map(({ provider, vmid, path: key, after, actor }) => ({ provider, vmid, key, after, actor }));
  }

  async setLease(
    name: Name,
    data: { leaseHolder: string | null; leaseSince: Date | null; leaseUntil: Date | null },
  ): Promise<void> {
    const connection = await openDatabase(this.world.databaseUrl);
    await connection.db.provider.updateMany({ where: { name }, data });
    await connection.close();
  }

  /** Everything stored of a provider is of its cluster. */
  async expectNothingMixed(): Promise<void> {
    const connection = await openDatabase(this.world.databaseUrl);
    try {
      for (const name of NAMES) await this.#expectOwn(name, connection.db);
    } finally {
      await connection.close();
    }
  }

  async #expectOwn(name: Name, db: Connection['db']): Promise<void> {
    const where = { provider: { name } };
    const guests = await db.guest.findMany({ where, orderBy: { vmid: 'asc' } });
    const machines = this.labs[name].guests().filter(({ kind }) => kind === 'qemu');
    const uuids = machines.map(({ config }) => String(config['smbios1']).replace('uuid=', ''));
    expect(guests.map(({ vmid, name: guest }) => `${vmid} ${guest}`)).toEqual(CALLED);
    expect(guests.flatMap(({ uuid }) => uuid ?? [])).toEqual(uuids);
    const tasks = await db.auditRecord.findMany({ where: { ...where, source: 'task' } });
    expect(tasks.length).toBeGreaterThan(0);
    expect(tasks.filter(({ actor }) => NAMES.some((other) => other !== name && actor === `${other}@pve`))).toEqual([]);
  }
}

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Synced once. Everything is closed after the test file. */
export async function openFleet(): Promise<Fleet> {
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
  const fleet = new Fleet({ world, labs, doors, stranger, env });
  const everyCa = fleet.write('every-ca.pem', NAMES.map((name) => labs[name].caPem).join(''));
  await fleet.add('east', ['--ca-file', everyCa, '--user', 'admin@pve', '--password', 'env:EAST']);
  const token = ['--token-id', 'rollcall@pve!ro', '--secret'];
  await fleet.add('north', ['--fingerprint', north.fingerprint, ...token, 'env:NORTH']);
  await fleet.add('west', ['--ca-file', fleet.write('west-ca.pem', west.caPem), ...token, 'env:WEST']);
  expect(await fleet.discover()).toMatchObject({ status: EXIT.done });
  return fleet;
}

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
