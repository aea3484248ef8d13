import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { hasMariadb, startMariadb } from '../../scripts/mariadb-server.mjs';
import { postgres } from '../helpers/postgres.ts';
import { openWorld, type World } from '../helpers/world.ts';

const SERVERS = Number(process.env['ROLLCALL_RECONCILE_SERVERS'] ?? 10_000);
const ACCOUNTS = 2000;
const COLUMNS = 'id, native_id, uuid, name, owner, state, cores';
const TABLE = `CREATE TABLE servers (id VARCHAR(20) PRIMARY KEY, native_id VARCHAR(20), uuid VARCHAR(40), name VARCHAR(60),
  owner VARCHAR(20), state VARCHAR(20), cores INTEGER)`;

interface Guest {
  vmid: number;
  name: string;
  uuid: string | null;
  cpus: number;
  status: string;
}
type Row = readonly (string | number | null)[];

/** Rows of the panel for every guest, and what must be found: every 25th server has something wrong, of seven kinds in turn. */
function plant(guests: readonly Guest[]): { rows: Row[]; expected: string[] } {
  const rows: Row[] = [];
  const expected: string[] = [];
  guests.forEach(({ vmid, name, uuid, cpus, status }, index) => {
    const id = `s${vmid}`;
    const owner = ownerOf(vmid);
    // Half of the records say the id, half the UUID alone.
    const told = uuid === null || index % 2 === 0 ? [String(vmid), null] : [null, uuid];
    const plain: Row = [id, ...told, name, owner, status === 'running' ? 'Active' : null, cpus];
    if (index % 25 !== 0) {
      rows.push(plain);
      return;
    }
    switch ((index / 25) % 7) {
      case 0:
        expected.push(`external-server ${vmid} -`);
        return;
      case 1:
        rows.push(plain, [`gone-${vmid}`, `7777${vmid}`, null, null, owner, 'Active', null]);
        expected.push(`orphaned-record - gone-${vmid}`);
        return;
      case 2:
        rows.push([id, String(vmid), '12345678-1234-1234-1234-123456789abc', name, owner, 'Active', cpus]);
        expected.push(...(uuid === null ? [] : [`uuid-mismatch ${vmid} ${id}`]));
        return;
      case 3:
        rows.push([id, ...told, name, 'somebody', 'Active', cpus]);
        expected.push(`owner-mismatch ${vmid} ${id}`);
        return;
      case 4:
        rows.push([id, ...told, name, owner, 'Active', cpus + 1]);
        expected.push(`size-mismatch ${vmid} ${id}`);
        return;
      case 5:
        rows.push([id, ...told, name, owner, 'Suspended', cpus]);
        expected.push(...(status === 'running' ? [`state-mismatch ${vmid} ${id}`] : []));
        return;
      default:
        rows.push(plain, [`again-${vmid}`, String(vmid), null, null, owner, 'Active', cpus]);
        expected.push(`billed-twice ${vmid} -`);
    }
  });
  return { rows, expected: expected.toSorted() };
}

function ownerOf(vmid: number): string {
  return `c${vmid % ACCOUNTS}`;
}

describe(`${SERVERS} servers of ${ACCOUNTS} accounts`, () => {
  let world: World;
  let planted: ReturnType<typeof plant>;
  let count = 0;
  const vmidOf = new Map<string, number>();
  const server = postgres();

  beforeAll(async () => {
    world = await openWorld({ nodes: 10, vms: SERVERS, containers: 0 });
    expect((await world.rollcall('discover-all --quiet -o json')).status).toBe(0);
    const { rows } = await world.rollcall('list-vms -o json');
    const guests = rows
      .filter(({ isTemplate }) => isTemplate !== true)
      .map((row) => {
        const { id, vmid, name, cpus, status, document } = row as unknown as Omit<Guest, 'uuid'> & {
          id: string;
          document?: Record<string, unknown>;
        };
        vmidOf.set(id, vmid);
        return { vmid, name, cpus, status, uuid: (document?.['smbios1.uuid'] as string | undefined) ?? null };
      });
    count = guests.length;
    planted = plant(guests.toSorted((a, b) => a.vmid - b.vmid));
    const owners = guests.map(({ vmid }) => `lab/${vmid},${ownerOf(vmid)}`);
    writeFileSync(path.join(world.dir, 'owners.csv'), `ref,owner\n${owners.join('\n')}\n`, { mode: 0o600 });
  }, 300_000);

  async function reconciled(panel: string): Promise<string[]> {
    await world.rollcall(['accounts', 'rules', 'set', `file:${path.join(world.dir, 'owners.csv')}=${panel}`]);
    const ran = await world.rollcall(`reconcile --panel ${panel} -o json`, { env: world.env });
    const { findings, counts } = ran.json as {
      counts: { records: number; guests: number };
      findings: { kind: string; guestId: string | null; recordId: string | null }[];
    };
    expect(counts).toMatchObject({ records: planted.rows.length, guests: count });
    return findings
      .map(
        ({ kind, guestId, recordId }) => `${kind} ${guestId === null ? '-' : vmidOf.get(guestId)} ${recordId ?? '-'}`,
      )
      .toSorted();
  }

  it('are compared with a panel in PostgreSQL: each difference that is planted is found once, and no other', async () => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(TABLE);
    await client.query(
      `INSERT INTO servers SELECT r->>0, r->>1, r->>2, r->>3, r->>4, r->>5, (r->>6)::int FROM json_array_elements($1::json) r`,
      [JSON.stringify(planted.rows)],
    );
    await client.end();
    world.env['BILLING'] = server.url.replace(/\?.*$/, '');
    const query = `SELECT ${COLUMNS} FROM servers`;
    await world.rollcall(['panel', 'add', 'postgres', '--type', 'sql', '--url', 'env:BILLING', '--query', query]);
    expect(await reconciled('postgres')).toEqual(planted.expected);
    expect(planted.expected.length).toBeGreaterThan(SERVERS / 40);
    // Again: nothing opens, nothing closes.
    expect(await reconciled('postgres')).toEqual(planted.expected);
  }, 120_000);

  const onMariadb = hasMariadb() || process.env['ROLLCALL_MARIADB'] === 'required' ? it : it.skip;
  onMariadb(
    'are compared with a panel in MariaDB in the same way',
    async () => {
      const mariadb = await startMariadb({});
      stops.push(() => mariadb.stop());
      const { port, user, password } = mariadb;
      const admin = await mysql.createConnection({ host: '127.0.0.1', port, user, password });
      for (const sql of ['CREATE DATABASE shop', 'USE shop', TABLE]) await admin.query(sql);
      for (let start = 0; start < planted.rows.length; start += 1000) {
        await admin.query('INSERT INTO servers VALUES ?', [planted.rows.slice(start, start + 1000)]);
      }
      await admin.end();
      world.env['SHOP'] = `mysql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/shop`;
      await world.rollcall('panel add mariadb --type sql --url env:SHOP --view servers');
      expect(await reconciled('mariadb')).toEqual(planted.expected);
    },
    120_000,
  );

  const stops: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
});
