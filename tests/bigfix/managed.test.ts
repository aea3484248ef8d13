import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openManagers } from '../../src/app/open-managers.ts';
import { openInventory } from '../../src/app/open-services.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { openWorld, type World } from '../helpers/world.ts';
import { BigfixServer } from '../providers/conformance/bigfix-server.ts';

const START_MS = Date.UTC(2026, 10, 21, 10);

describe('guests of Proxmox VE that are computers of BigFix', () => {
  const server = new BigfixServer(() => new Date(START_MS));
  let world: World;
  let guests: readonly Record<string, unknown>[] = [];

  beforeAll(async () => {
    await server.start();
    world = await openWorld({ nodes: 2, vms: 4, containers: 1 });
    await world.rollcall('discover-all --quiet');
    guests = (await world.rollcall('list-vms -o json')).rows;
  });
  afterAll(() => server.close());

  const env = () => ({ ...world.env, BF_PASSWORD: server.password });
  const guest = (at: number) => {
    const found = guests[at];
    if (found === undefined) throw new Error(`there is no guest ${at}`);
    const identity = found['identity'] as { uuid?: string; macs?: readonly string[] };
    return {
      vmid: String(found['vmid']),
      name: String(found['name']),
      identity,
      provider: String(found['providerName']),
    };
  };

  it('are shown without a word of it while there is no BigFix', async () => {
    const shown = await world.rollcall(`show-vm ${guest(0).vmid} -o json`);
    expect(shown.json).not.toHaveProperty('managedBy');
    expect((await world.rollcall('list-vms --managed -o json')).rows.some((row) => 'managedBy' in row)).toBe(false);
  });

  it('are linked by UUID in either byte order, and by MAC address', async () => {
    const [uuid = '', mac = ''] = [guest(0).identity.uuid, guest(1).identity.macs?.[0]];
    const [a = '', b = '', c = '', ...rest] = uuid.split('-');
    const swap = (hex: string) => (hex.match(/../g) ?? []).reverse().join('');
    const byUuid = server.create('inner-0', { uuid: [swap(a), swap(b), swap(c), ...rest].join('-').toUpperCase() });
    const byMac = server.create('inner-1', { macs: [mac.replaceAll(':', '-').toLowerCase()], uuid: '' });
    server.create('inner-2', { uuid: guest(2).identity.uuid ?? '' });
    server.create('alone');
    const how = `--type bigfix --endpoint ${server.url} --fingerprint ${server.fingerprint} --user rollcall`;
    const added = await world.rollcall(`providers add bigfix ${how} --password env:BF_PASSWORD`, { env: env() });
    expect(added.stderr).toContain('stored bigfix');
    await world.rollcall('discover-all --provider bigfix --quiet', { env: env() });

    const shown = await world.rollcall(`show-vm ${guest(0).vmid}`);
    expect(shown.stdout).toMatch(new RegExp(`managed by +bigfix/${byUuid.id} \\(exact, by uuid\\)`));
    expect((await world.rollcall(`show-vm ${guest(1).vmid} -o json`)).json).toMatchObject({
      managedBy: {
        providerName: 'bigfix',
        nativeId: String(byMac.id),
        name: 'inner-1',
        by: 'mac',
        confidence: 'exact',
      },
    });
    const computer = await world.rollcall(`show-host bigfix/${byMac.id}`);
    expect(computer.stdout).toMatch(new RegExp(`manages +${guest(1).provider}/${guest(1).vmid} \\(exact, by mac\\)`));
    expect((await world.rollcall('show-host alone -o json')).json).not.toHaveProperty('manages');
  });

  it('are listed with it where that is asked for', async () => {
    const { stdout } = await world.rollcall('list-hosts --managed');
    expect(stdout).toContain('MANAGED BY');
    const { rows } = await world.rollcall('list-hosts --managed -o json');
    expect(
      rows
        .filter((row) => row['managedBy'] !== undefined)
        .map(({ vmid }) => String(vmid))
        .toSorted(),
    ).toEqual([guest(0).vmid, guest(1).vmid, guest(2).vmid].toSorted());
    expect((await world.rollcall('list-hosts -o json')).rows.some((row) => 'managedBy' in row)).toBe(false);
    const some = (await world.rollcall(`list-vms ${guest(0).name} --managed -o csv --columns vmid,managedBy`)).stdout;
    expect(some).toMatch(/^vmid,managedBy\n\d+,bigfix\/\d+\n$/);
  });

  it('are told of as they are now, not as of a past time', async () => {
    world.clock.advance(60_000);
    const past = await world.rollcall(`show-vm ${guest(0).vmid} --at 30s -o json`);
    expect(past.json).toMatchObject({ vmid: Number(guest(0).vmid) });
    expect(past.json).not.toHaveProperty('managedBy');
  });

  it('are found by what identifies guests, without their figures and backups', async () => {
    const sent: string[] = [];
    const connection = await openDatabase(world.databaseUrl, { onStatement: (sql) => sent.push(sql) });
    try {
      const rows = await openInventory(connection).listGuests();
      const managers = openManagers(connection, openInventory(connection));
      sent.splice(0);
      const linked = await managers.withManagers(rows);
      expect(linked.filter(({ managedBy }) => managedBy !== undefined)).toHaveLength(3);
      expect(sent.map((sql) => /FROM "(\w+)"/.exec(sql)?.[1])).toEqual(['providers', 'guest_addresses', 'guests']);
      expect(sent.join()).not.toMatch(/guest_telemetry|guest_facts|guest_backups|memoryBytes/);
    } finally {
      await connection.close();
    }
  });

  it('are not linked by a guess: two computers with one UUID', async () => {
    const { uuid } = [...server.computers.values()].find(({ name }) => name === 'inner-0') ?? {};
    const twin = server.create('twin', { ...(uuid !== undefined && { uuid }) });
    await world.rollcall('discover-all --provider bigfix --quiet', { env: env() });
    expect((await world.rollcall(`show-vm ${guest(0).vmid} -o json`)).json).not.toHaveProperty('managedBy');
    server.computers.delete(twin.id);
  });

  it('are gone where they are destroyed, though BigFix has the computer still: it was not moved there', async () => {
    const { vmid } = guest(2);
    const admin = world.lab.as('admin@pve');
    admin.stop(Number(vmid));
    admin.destroy(Number(vmid));
    world.clock.advance(60_000);
    await world.rollcall(`discover-all --provider ${guest(0).provider} --quiet`);
    const { rows } = await world.rollcall('show-changes --kind removed --provider lab -o json');
    expect(rows).toMatchObject([{ vmid: Number(vmid), event: null, actor: 'admin@pve' }]);
  });
});

it('links computers of BigFix of which the server does not tell when they reported', async () => {
  const server = new BigfixServer(() => new Date(START_MS));
  await server.start();
  try {
    server.spoil = (path, text) =>
      path === '/api/computers' ? { text: text.replace(/<LastReportTime>[^<]*<\/LastReportTime>/g, '') } : null;
    const world = await openWorld({ nodes: 1, vms: 1, containers: 0 });
    const env = { ...world.env, BF_PASSWORD: server.password };
    await world.rollcall('discover-all --quiet');
    const [vm = {}] = (await world.rollcall('list-vms -o json')).rows;
    const { uuid } = vm['identity'] as { uuid: string };
    const { id } = server.create('inner', { uuid });
    const how = `--type bigfix --endpoint ${server.url} --fingerprint ${server.fingerprint} --user rollcall`;
    await world.rollcall(`providers add bigfix ${how} --password env:BF_PASSWORD`, { env });
    await world.rollcall('discover-all --provider bigfix --quiet', { env });
    const { json } = await world.rollcall(`show-vm ${String(vm['vmid'])} -o json`);
    expect(json).toMatchObject({ managedBy: { nativeId: String(id), by: 'uuid' } });
  } finally {
    await server.close();
  }
});
