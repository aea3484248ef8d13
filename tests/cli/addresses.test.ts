import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FaultEffect } from '../../src/lab/faults.ts';
import { openWorld, type World } from '../helpers/world.ts';

const MINUTE = 60_000;
const INSIDE = /\/(?:agent\/[\w-]+|interfaces)$/;

let world: World;

/** VMs 100 to 102, of which all but one run, and a container. */
beforeEach(async () => {
  world = await openWorld({ release: '9.2' });
  for (const vmid of [100, 101, 102])
    if (world.lab.guest(vmid).power === 'stopped') world.lab.as('admin@pve').start(vmid);
});

async function discover(line = 'discover-all -o json') {
  world.lab.clearRequests();
  const ran = await world.rollcall(line);
  return {
    stderr: ran.stderr,
    json: ran.json,
    asked: world.lab.requests
      .map(({ path }) => path)
      .filter((path) => INSIDE.test(path))
      .sort(),
  };
}

async function later(minutes: number, line?: string) {
  world.clock.advance(minutes * MINUTE);
  return discover(line);
}

async function addresses(ref: number): Promise<string[]> {
  const { json } = await world.rollcall(`show ${ref} -o json`);
  return (json as { addresses: { address: string }[] }).addresses.map(({ address }) => address);
}

/** What one guest answers, or does not. */
function struck(vmid: number, effect: FaultEffect) {
  return world.lab.faults.add({ match: new RegExp(`/qemu/${vmid}/agent/network-get-interfaces`), effect });
}

function answering(...texts: string[]): FaultEffect {
  const ips = texts.map((text) => ({ 'ip-address': text, 'ip-address-type': 'ipv4', prefix: 24 }));
  const result = [{ name: 'ens18', 'hardware-address': 'bc:24:11:00:00:01', 'ip-addresses': ips }];
  return { kind: 'body', body: JSON.stringify({ data: { result } }) };
}

describe('the systems inside guests', () => {
  it('are asked where they run and have an agent, and again after ten minutes', async () => {
    const admin = world.lab.as('admin@pve');
    for (const vmid of [101, 102]) admin.stop(vmid);
    admin.setConfig(101, { agent: '0' });
    admin.start(101);
    const { asked, json } = await discover();
    expect(asked).toEqual([
      '/nodes/pve1/lxc/200/interfaces',
      '/nodes/pve1/qemu/100/agent/get-osinfo',
      '/nodes/pve1/qemu/100/agent/network-get-interfaces',
    ]);
    expect(json).toMatchObject([{ outcome: 'complete', warnings: [] }]);
    expect((await later(5)).asked).toEqual([]);
    expect((await later(6)).asked).toEqual([
      '/nodes/pve1/lxc/200/interfaces',
      '/nodes/pve1/qemu/100/agent/network-get-interfaces',
    ]);
    expect((await later(11, 'discover-all --guest-budget 0 -o json')).asked).toEqual([]);
    expect((await later(24 * 60)).asked).toContain('/nodes/pve1/qemu/100/agent/get-osinfo');
  });

  it('are shown with what they told', async () => {
    const { json } = await discover();
    expect(json).toMatchObject([
      {
        newHosts: expect.arrayContaining([
          expect.objectContaining({ vmid: 100, privateIp: '10.20.0.100', publicIp: null }),
        ]),
      },
    ]);
    world.clock.advance(3 * MINUTE);
    expect((await world.rollcall('list-vms --columns vmid,ip,osname,ipread')).stdout).toBe(
      [
        'VMID  IP           OS NAME                         IP READ',
        ' 100  10.20.0.100  Debian GNU/Linux 12 (bookworm)  3 min ago',
        ' 101  10.20.0.101  Debian GNU/Linux 12 (bookworm)  3 min ago',
        ' 102  10.20.0.102  Debian GNU/Linux 12 (bookworm)  3 min ago',
        '',
      ].join('\n'),
    );
    const { rows } = await world.rollcall('list-vms 100 -o json');
    expect(rows).toMatchObject([
      {
        addresses: [{ address: '10.20.0.100', prefix: 16, isPrivate: true, source: 'guest', interface: 'ens18' }],
        addressesAt: '2026-11-21T10:00:00.000Z',
        os: { name: 'Debian GNU/Linux 12 (bookworm)', version: '12' },
        lastBackup: null,
      },
    ]);
    expect((await world.rollcall('list-guests ip=10.20.0.0/16,os=debian*12* -o name')).stdout).toBe(
      'lab/100\nlab/101\nlab/102\n',
    );
    expect((await world.rollcall('list-guests ip=public -o name')).stdout).toBe('lab/200\n');
  });

  it('may have an address that moves: one change, with the times of both', async () => {
    await discover();
    const before = world.clock.now().toISOString();
    struck(100, answering('10.20.9.9'));
    await later(11);
    expect(await addresses(100)).toEqual(['10.20.9.9']);
    expect((await world.rollcall(`list-vms ip=10.20.0.100 --at ${before} -o name`)).stdout).toBe('lab/100\n');
    expect((await world.rollcall('list-vms ip=10.20.0.100 -o name')).stdout).toBe('');
    // Beside the history.
    expect((await world.rollcall('show-changes --guest 100 -o json')).rows).toHaveLength(1);
  });

  it.each<[string, FaultEffect]>([
    ['garbage', { kind: 'body', body: '{"data":{"result":"\u0000\u0000ens18"}}' }],
    ['no JSON', { kind: 'html' }],
    ['rows of anything', { kind: 'body', body: '{"data":{"result":[null,7,{"name":[]},{"name":" "}]}}' }],
    ['an error', { kind: 'status', status: 500, reason: 'QEMU guest agent is not running' }],
    ['half an answer', { kind: 'cut' }],
    ['nothing', { kind: 'reset' }],
    [
      'no length of a prefix',
      {
        kind: 'body',
        body: '{"data":{"result":[{"name":"ens18","ip-addresses":[{"ip-address":"10.20.0.101","prefix":3e9}]}]}}',
      },
    ],
    ['1 MB', { kind: 'body', body: JSON.stringify({ data: { result: 'x'.repeat(2 ** 20) } }) }],
  ])('may answer with %s: the run is complete, and the others are asked', async (_what, effect) => {
    await discover();
    struck(101, effect);
    const { json, asked, stderr } = await later(11);
    expect(json).toMatchObject([{ outcome: 'complete', warnings: [] }]);
    expect(stderr).toBe('');
    // Asked once: no call is repeated.
    expect(asked).toHaveLength(effect.kind === 'reset' ? asked.length : 4);
    expect((await world.rollcall('list-vms --columns vmid,ip,ipread --no-headers')).stdout).toBe(
      `100  10.20.0.100  just now\n101  10.20.0.101  ${_what.startsWith('no length') ? 'just now' : '11 min ago'}\n102  10.20.0.102  just now\n`,
    );
  });

  it('may hang: the run ends within its budget, and who hung is asked last the next time', async () => {
    world.lab.faults.add({ match: /\/agent\/network-get-interfaces/, effect: { kind: 'delay', ms: 3000 } });
    const { json, asked } = await discover('discover-all --guest-budget 1s -o json');
    expect(json).toMatchObject([{ outcome: 'complete', summary: { total: 4 }, warnings: [] }]);
    expect(asked.length).toBeGreaterThan(1);
    expect((await world.rollcall('list-guests --columns vmid,ip --no-headers')).stdout).toContain('200  192.0.2.201\n');
    world.lab.faults.clear();
    await later(11);
    expect(await addresses(100)).toEqual(['10.20.0.100']);
  });

  it('say why they told nothing', async () => {
    struck(100, { kind: 'status', status: 500, reason: 'QEMU guest agent is not running' });
    await discover();
    expect((await world.rollcall('show-vm 100')).stdout).toMatch(
      /^not told +GET \/nodes\/pve1\/qemu\/100\/agent\/network-get-interfaces: QEMU guest agent is not running \(500\)$/m,
    );
    expect((await world.rollcall('show-vm 101')).stdout).not.toMatch(/^not told/m);
  });

  it('are not asked without the right to: on 8.4 an auditor may ask containers only, and one VM tells why', async () => {
    for (const [release, count] of [
      ['8.4', 2],
      ['9.2', 7],
    ] as const) {
      world = await openWorld({ release });
      for (const { vmid, power } of world.lab.guests()) if (power === 'stopped') world.lab.as('admin@pve').start(vmid);
      world.env['PROXMOX_VE_API_TOKEN'] = world.lab.auditorToken;
      const { asked, json } = await discover();
      expect(asked).toHaveLength(count);
      expect(json).toMatchObject([{ outcome: 'complete' }]);
      const { rows } = await world.rollcall('list-vms -o json');
      const told = rows.flatMap(({ addressesIssue }) => addressesIssue ?? []);
      expect(told).toEqual(
        release === '8.4' ? [expect.stringContaining('Permission check failed (/vms/100, VM.Monitor')] : [],
      );
    }
  });
});

describe('backups', () => {
  it('of one guest and of several in one task count for each of them', async () => {
    await discover();
    world.clock.advance(MINUTE);
    world.lab.as('admin@pve').backup(100);
    world.clock.advance(10 * MINUTE);
    world.lab.as('admin@pve').backupTogether([100, 200]);
    await later(30);
    const { rows } = await world.rollcall('list-guests backup=yes -o json');
    expect(rows.map(({ nativeId, lastBackup }) => [nativeId, lastBackup])).toEqual([
      ['100', { at: '2026-11-21T10:11:00.000Z', bytes: 2 ** 20, volume: expect.stringContaining('qemu-100') }],
      ['200', { at: '2026-11-21T10:11:00.000Z', bytes: 2 ** 20, volume: expect.stringContaining('lxc-200') }],
    ]);
    expect((await world.rollcall('list-guests backup.age>20m -o name')).stdout).toBe('lab/100\nlab/200\n');
    expect((await world.rollcall('list-guests backup=no -o name')).stdout).toBe('lab/101\nlab/102\n');
    expect((await world.rollcall('list-guests backup.age<10m --at 2026-11-21T10:05:00Z -o name')).stdout).toBe(
      'lab/100\n',
    );
    expect((await world.rollcall('show-vm 100')).stdout).toMatch(/^last backup +2026-11-21 .+ \(30 min ago\), 1 MiB$/m);
    // The log of a task is read once.
    world.lab.clearRequests();
    await world.rollcall('discover-all');
    expect(world.lab.requests.filter(({ path }) => /\/tasks\/[^/]+\/log/.test(path))).toEqual([]);
  });

  it('of a guest that was destroyed before the first run are none of the one that has its vmid now', async () => {
    const admin = world.lab.as('admin@pve');
    admin.stop(102);
    admin.backup(102);
    world.clock.advance(MINUTE);
    admin.destroy(102);
    world.clock.advance(MINUTE);
    admin.clone(100, { newid: 102 });
    world.clock.advance(MINUTE);
    await discover();
    expect((await world.rollcall('list-guests backup=yes -o name')).stdout).toBe('');
  });

  it('that were made after a vmid was reused, between two runs, are those of the new guest', async () => {
    await discover();
    const admin = world.lab.as('admin@pve');
    world.clock.advance(MINUTE);
    admin.stop(102);
    admin.destroy(102);
    world.clock.advance(MINUTE);
    admin.clone(100, { newid: 102 });
    world.clock.advance(MINUTE);
    admin.backup(102);
    await later(5);
    const { rows } = await world.rollcall('list-guests vmid=102 --all -o json');
    expect(rows.map(({ presence, lastBackup }) => [presence, lastBackup !== null])).toEqual([
      ['gone', false],
      ['present', true],
    ]);
  });

  it('are read later where a log cannot be read at the moment, and the logs of other nodes meanwhile', async () => {
    await discover();
    const admin = world.lab.as('admin@pve');
    world.clock.advance(MINUTE);
    admin.backupTogether([100, 200]);
    world.clock.advance(MINUTE);
    admin.backup(101);
    const healed = world.lab.faults.add({
      match: /pve2.*tasks.*vzdump.*log/,
      effect: { kind: 'status', status: 500, reason: 'got timeout' },
    });
    await later(5);
    expect((await world.rollcall('list-guests backup=yes -o name')).stdout).toBe('lab/100\nlab/200\n');
    healed();
    await later(5);
    expect((await world.rollcall('list-guests backup=yes -o name')).stdout).toBe('lab/100\nlab/101\nlab/200\n');
  });

  it('of a guest that is gone are none of the next one of its vmid', async () => {
    await discover();
    const admin = world.lab.as('admin@pve');
    admin.backup(102);
    await later(5);
    admin.stop(102);
    admin.destroy(102);
    await later(5);
    admin.clone(100, { newid: 102 });
    await later(5);
    const { rows } = await world.rollcall('list-guests vmid=102 --all -o json');
    expect(rows.map(({ presence, lastBackup }) => [presence, lastBackup !== null])).toEqual([
      ['gone', true],
      ['present', false],
    ]);
  });
});

it('prune drops addresses that have ended, and backups but for the last one', async () => {
  await discover();
  struck(100, answering('10.20.9.9'));
  for (let count = 0; count < 3; count++) {
    world.clock.advance(11 * MINUTE);
    world.lab.as('admin@pve').backup(100);
    await discover();
  }
  world.clock.advance(30 * 24 * 60 * MINUTE);
  await discover();
  expect((await world.rollcall('prune --keep 10d --dry-run -o json')).json).toMatchObject({ addresses: 1, backups: 2 });
  expect((await world.rollcall('prune --keep 10d')).stdout).toMatch(/ADDRESSES +BACKUPS[^\n]*\n.* 1 +2 /);
  expect((await world.rollcall('prune --keep 10d --dry-run -o json')).json).toMatchObject({ addresses: 0, backups: 0 });
  expect(await addresses(100)).toEqual(['10.20.9.9']);
  expect((await world.rollcall('list-guests backup=yes -o name')).stdout).toBe('lab/100\n');
  expect((await world.rollcall('verify')).status).toBe(0);
});

describe('backup jobs', () => {
  it('include guests by where they are, and are asked for every ten minutes', async () => {
    const jobs = [
      { id: 'listed', vmid: '100,102', enabled: 1 },
      { id: 'off', all: 1, enabled: 0 },
      { id: 'rest', all: 1, exclude: '100,101,102' },
      { id: 'second-node', all: 1, node: 'pve2' },
    ];
    world.lab.faults.add({
      match: /\/cluster\/backup/,
      effect: { kind: 'body', body: JSON.stringify({ data: jobs }) },
    });
    const asked = async () => {
      await discover();
      return world.lab.requests.filter(({ path }) => path === '/cluster/backup').length;
    };
    expect(await asked()).toBe(1);
    const { rows } = await world.rollcall('list-guests -o json');
    const expected = rows.map(({ vmid, node }) => {
      const own = { 100: ['listed'], 101: [], 102: ['listed'], 200: ['rest'] }[vmid as number] ?? [];
      return [vmid, node === 'pve2' ? [...own, 'second-node'] : own];
    });
    expect(rows.map(({ vmid, backupJobs }) => [vmid, backupJobs])).toEqual(expected);
    expect((await world.rollcall('list-guests backup.job=listed -o name')).stdout).toBe('lab/100\nlab/102\n');
    expect((await world.rollcall('show-vm 100')).stdout).toMatch(/^backup by +listed/m);
    world.clock.advance(5 * MINUTE);
    expect(await asked()).toBe(0);
    world.clock.advance(6 * MINUTE);
    expect(await asked()).toBe(1);
  });

  it('stay as they were where they cannot be read', async () => {
    await discover();
    world.lab.faults.add({ match: /\/cluster\/backup/, effect: { kind: 'status', status: 403 } });
    expect((await later(11)).json).toMatchObject([{ outcome: 'complete', warnings: [] }]);
    expect((await world.rollcall('list-guests backup.job=backup-nightly -o name')).stdout).toContain('lab/100\n');
  });
});
