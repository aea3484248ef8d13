import { expect } from '@jest/globals';
import { storedChanges, storedRevisions } from '../helpers/stored-history.ts';
import { expectedDocument } from './expected-document.ts';
import { dataOf, type Row, textOf } from './recordings.ts';
import type { Station } from './station.ts';

/** The names of recordings: what the server has. */
export interface Recorded {
  resources: string;
  version: string;
  /** Configurations by vmid. */
  configurations: Readonly<Record<number, string>>;
}

/** Everything that was recorded is in the lists and in each guest's sheet, and nothing else. */
export async function expectInventory(station: Station, recorded: Recorded): Promise<void> {
  const rows = dataOf(recorded.resources);
  const ofType = (type: string) => rows.filter((row) => row['type'] === type);
  await expectGuests(station, 'vm', ofType('qemu'), recorded);
  await expectGuests(station, 'container', ofType('lxc'), recorded);
  const storages = (await station.rollcall('list-storage -o json')).rows;
  expect(storages.map(storageView)).toEqual(ofType('storage').map(expectedStorage).sort(byName));
  const nodes = (await station.rollcall('list-nodes -o json')).rows;
  const { version } = dataOf<{ version: string }>(recorded.version);
  expect(nodes.map(pick(['name', 'status', 'version', 'cpus', 'memoryBytes']))).toEqual(
    ofType('node').map(({ node, status, maxcpu, maxmem }) => ({
      name: node,
      status,
      version,
      cpus: maxcpu,
      memoryBytes: maxmem,
    })),
  );
}

/** A second run over the same answers stores no change. */
export async function expectNothingNew(station: Station, discover: () => Promise<{ status: number }>): Promise<void> {
  const before = await storedHistory(station);
  expect((await discover()).status).toBe(0);
  expect(await storedHistory(station)).toEqual(before);
}

export function storedHistory(station: Station) {
  return station.stored(async (_db, connection) => ({
    changes: await storedChanges(connection),
    revisions: await storedRevisions(connection),
  }));
}

async function expectGuests(station: Station, noun: string, rows: readonly Row[], recorded: Recorded): Promise<void> {
  const listed = (await station.rollcall(`list-${noun}s -o json`)).rows;
  const keys = ['vmid', 'name', 'node', 'status', 'tags', 'isTemplate', 'pool', 'lock', 'presence'];
  expect(listed.map(pick(keys))).toEqual(rows.map(expectedRow));
  for (const row of rows) {
    const vmid = Number(row['vmid']);
    const document = expectedDocument(dataOf<Row>(recorded.configurations[vmid] ?? ''), row);
    const shown = (await station.rollcall(`show-${noun} ${vmid} -o json`)).json as Row;
    expect({ vmid, document: shown['document'] }).toEqual({ vmid, document });
    expect(listed.find((one) => one['vmid'] === vmid)?.['document']).toEqual(document);
  }
}

function expectedRow({ vmid, name, node, status, tags, template, pool, lock }: Row): Row {
  return {
    vmid,
    // Proxmox VE's word for a guest without a name.
    name: name === `VM ${textOf(vmid)}` || name === `CT ${textOf(vmid)}` ? null : name,
    node,
    status,
    presence: 'present',
    tags: textOf(tags)
      .split(';')
      .filter((tag) => tag !== '')
      .sort(),
    isTemplate: template === 1,
    pool: pool ?? null,
    lock: lock ?? null,
  };
}

function storageView({ name, type, isShared, content, onNodes }: Row): Row {
  return { name, type, isShared, content, onNodes };
}

function expectedStorage({ storage, plugintype, shared, content, node, status, maxdisk, disk }: Row): Row {
  return {
    name: storage,
    type: plugintype,
    isShared: shared === 1,
    content: textOf(content).split(',').sort(),
    onNodes: [{ node, status, totalBytes: maxdisk ?? null, usedBytes: disk ?? null }],
  };
}

function byName(a: Row, b: Row): number {
  return textOf(a['name']) < textOf(b['name']) ? -1 : 1;
}

function pick(keys: readonly string[]): (row: Row) => Row {
  return (row) => Object.fromEntries(keys.map((key) => [key, row[key]]));
}
