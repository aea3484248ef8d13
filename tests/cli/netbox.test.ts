import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { type FakeNetbox, startNetbox } from '../helpers/fake-netbox.ts';
import { openWorld, type Ran, type World } from '../helpers/world.ts';

const MACHINES = 'virtualization/virtual-machines';

let world: World;
let netbox: FakeNetbox;

beforeEach(async () => {
  world = await openWorld({ nodes: 2, vms: 3, containers: 0 });
  netbox = await startNetbox();
  const admin = world.lab.as('admin@pve');
  for (const [index, vmid] of [100, 101, 102].entries()) {
    admin.stop(vmid);
    admin.setConfig(vmid, {
      name: `web-${index}`,
      ipconfig0: `ip=10.0.0.${vmid}/24,ip6=fd00::${vmid}/64`,
      tags: 'prod',
    });
  }
  await world.rollcall('discover-all');
});

async function push(more = ''): Promise<Ran> {
  return world.rollcall(`export netbox --push ${netbox.url} ${more}`, { env: { NETBOX_TOKEN: netbox.token } });
}

/** Everything, without the ids that depend on the order of writes. */
function content(): object {
  const nameOf = (kind: Parameters<FakeNetbox['list']>[0], id: unknown): unknown => {
    const row = netbox.list(kind).find((one) => one.id === id);
    return row?.['name'] ?? row?.['address'] ?? null;
  };
  const machines = netbox.list(MACHINES).map(({ id: _, primary_ip4: ip4, primary_ip6: ip6, cluster, ...rest }) => ({
    ...rest,
    cluster: nameOf('virtualization/clusters', cluster),
    ip4: nameOf('ipam/ip-addresses', ip4),
    ip6: nameOf('ipam/ip-addresses', ip6),
  }));
  const addresses = netbox.list('ipam/ip-addresses').map(({ id: _, assigned_object_id: on, ...rest }) => {
    const port = netbox.list('virtualization/interfaces').find((one) => one.id === on);
    return { ...rest, on: [port?.['name'], nameOf(MACHINES, port?.['virtual_machine'])] };
  });
  const slugs = netbox.list('extras/tags').map(({ slug }) => slug);
  return {
    machines: sorted(machines),
    addresses: sorted(addresses),
    slugs: sorted(slugs),
    clusters: netbox.list('virtualization/clusters').length,
  };
}

function sorted<T>(rows: readonly T[]): T[] {
  return rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

async function discover(): Promise<void> {
  world.clock.advance(60_000);
  await world.rollcall('discover-all');
}

describe('export netbox', () => {
  it('writes the objects of the API', async () => {
    const { status, stderr, stdout } = await world.rollcall('export netbox 100');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [guest] = (await world.rollcall('list-vms 100 -o json')).rows;
    expect(stdout).toBe(EXPECTED.replaceAll('GUEST', String(guest?.['id'])));
  });

  it('makes what is not there, and the second time writes nothing', async () => {
    const planned = await push('--dry-run');
    expect(planned).toMatchObject({ status: 0, stderr: '' });
    expect(planned.stdout.split('\n').slice(0, 6)).toEqual([
      'ACTION  KIND             NAME           FIELDS',
      'create  tag              rollcall       name,slug',
      'create  tag              rollcall/prod  name,slug',
      'create  cluster type     Proxmox VE     name,slug,tags',
      'create  cluster          lab            name,type,status,tags',
      expect.stringMatching(
        /^create {2}virtual machine {2}web-0 {10}name,serial,status,vcpus,memory,disk,description,tags,cluster/,
      ),
    ]);
    expect(netbox.writes).toEqual([]);

    expect(await push()).toMatchObject({ status: 0, stderr: `19 written to ${netbox.url}\n` });
    expect(netbox.writes).toHaveLength(19);
    expect(content()).toMatchObject({
      machines: [0, 1, 2].map((index) => ({
        name: `web-${index}`,
        status: 'offline',
        cluster: 'lab',
        ip4: `10.0.0.10${index}/24`,
        ip6: `fd00::10${index}/64`,
        tags: ['rollcall', 'rollcall-prod'],
      })),
      clusters: 1,
    });
    expect(await push()).toMatchObject({ status: 0, stdout: '', stderr: 'NetBox has it all already\n' });
    expect(netbox.writes).toHaveLength(19);
  });

  it('changes the fields that changed, and leaves what others set', async () => {
    await push();
    const [web] = netbox.list(MACHINES);
    netbox.add('extras/tags', { name: 'theirs', slug: 'theirs' });
    Object.assign(web ?? {}, { comments: 'kept', tags: ['theirs', 'rollcall', 'rollcall-prod'] });
    const admin = world.lab.as('admin@pve');
    admin.setConfig(100, { name: 'web-1', tags: 'test' });
    admin.setConfig(101, { name: 'web-0', ipconfig0: 'ip=10.0.0.100/24' });
    admin.setConfig(102, { ipconfig0: 'ip=10.0.0.101/24' });
    admin.setConfig(100, { ipconfig0: 'ip=10.0.0.102/24' });
    await discover();
    expect(await push()).toMatchObject({ status: 0 });
    expect(content()).toMatchObject({
      machines: expect.arrayContaining([
        expect.objectContaining({ name: 'web-1', ip4: '10.0.0.102/24', ip6: null }),
        expect.objectContaining({ name: 'web-0', ip4: '10.0.0.100/24', ip6: null }),
        expect.objectContaining({ name: 'web-2', ip4: '10.0.0.101/24', ip6: null }),
      ]),
    });
    const names = netbox.list(MACHINES).map(({ name, comments, tags }) => ({ name, comments, tags }));
    expect(names).toEqual([
      { name: 'web-1', comments: 'kept', tags: ['rollcall', 'rollcall-test', 'theirs'] },
      { name: 'web-0', tags: ['rollcall', 'rollcall-prod'] },
      { name: 'web-2', tags: ['rollcall', 'rollcall-prod'] },
    ]);
    const old = netbox.list('ipam/ip-addresses').filter(({ status }) => status === 'deprecated');
    expect(old.map(({ address, assigned_object_id: on }) => [address, on])).toEqual(
      ['fd00::100/64', 'fd00::101/64', 'fd00::102/64'].map((address) => [address, null]),
    );
    expect(await push()).toMatchObject({ stderr: 'NetBox has it all already\n' });
  });

  it('names what others own and is in the way, and does not touch it', async () => {
    netbox.add('virtualization/cluster-types', { name: 'Proxmox VE', slug: 'proxmox-ve' });
    const foreignIp = netbox.add('ipam/ip-addresses', { address: '10.0.0.101/32', status: 'reserved' });
    await push('101');
    const cluster = netbox.list('virtualization/clusters')[0]?.id;
    const foreign = netbox.add(MACHINES, { name: 'WEB-0', cluster });
    const before = JSON.stringify([foreign, foreignIp]);
    const { status, stderr } = await push();
    expect(status).toBe(0);
    expect(stderr).toContain('not touched, since it has not the tag rollcall: virtual machine WEB-0 in lab\n');
    expect(stderr).toContain('not touched, since it has not the tag rollcall: IP address 10.0.0.101/32\n');
    expect(JSON.stringify([foreign, foreignIp])).toBe(before);
    expect(netbox.list(MACHINES).map(({ name }) => name)).toEqual(['web-1', 'WEB-0', 'web-2']);

    foreign['tags'] = ['rollcall'];
    await push();
    expect(netbox.list(MACHINES).map(({ name }) => name)).toEqual(['web-1', 'web-0', 'web-2']);
  });

  it('does not touch a cluster of others, nor put guests into it', async () => {
    netbox.add('virtualization/cluster-types', { name: 'x', slug: 'x' });
    netbox.add('virtualization/clusters', { name: 'lab', type: { slug: 'x' } });
    const { stderr } = await push();
    expect(stderr).toContain('not touched, since it has not the tag rollcall: cluster lab, with its guests\n');
    expect(netbox.list(MACHINES)).toEqual([]);
  });

  it('decommissions guests that are gone for certain, and those only', async () => {
    await push();
    world.lab.as('admin@pve').destroy(102);
    await discover();
    const others = await push('100');
    expect(others).toMatchObject({ status: 0, stderr: 'NetBox has it all already\n' });
    await push();
    expect(netbox.list(MACHINES).map(({ status }) => status)).toEqual(['offline', 'offline', 'decommissioning']);
    const { length } = netbox.writes;
    await push();
    // Asking for a presence finds those that are gone, too.
    for (const selector of ['presence=gone', 'presence=*']) await push(selector);
    expect(netbox.writes).toHaveLength(length);
  });

  it('completes with the next push what failed at any write', async () => {
    await push();
    const [wanted, total] = [content(), netbox.writes.length];
    const every = process.env['ROLLCALL_NETBOX_FULL'] === undefined ? 4 : 1;
    for (const after of [false, true]) {
      for (let write = 1; write <= total; write += every) {
        netbox.rows.clear();
        netbox.writes.length = 0;
        netbox.failAt = { write, after };
        const failed = await push();
        expect(failed.status).toBe(EXIT.failed);
        expect(failed.stderr).toMatch(/was not written: 500/);
        expect(await push()).toMatchObject({ status: 0 });
        expect(content()).toEqual(wanted);
      }
    }
  });

  it('refuses an inventory that is stale', async () => {
    world.clock.advance(2 * 86_400_000);
    for (const more of ['', '--allow-stale']) {
      const { status, stderr } = await push(more);
      expect(status).toBe(EXIT.partial);
      expect(stderr).toContain('The inventory is stale or partial, and was not');
    }
    expect(netbox.asked).toEqual([]);
  });

  it('repeats reads that are too many, and no writes', async () => {
    netbox.busyReads = 2;
    expect(await push()).toMatchObject({ status: 0 });
    netbox.rows.clear();
    netbox.isReadOnly = true;
    netbox.asked.length = 0;
    const { status, stderr } = await push();
    expect(status).toBe(EXIT.denied);
    expect(stderr).toContain('tag rollcall was not written: 403');
    expect(netbox.asked.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  it.each([
    ['env:NO_SUCH_TOKEN', 'hint: export NO_SUCH_TOKEN, or give another reference to the secret: --token file:/path'],
    ['command:no-such-program', 'hint: if you know it, add the line to '],
  ])('says how to give the token, where %s gives none', async (token, hint) => {
    const { status, stderr } = await world.rollcall(`export netbox --push ${netbox.url} --token ${token}`);
    expect([status, stderr]).toEqual([EXIT.usage, expect.stringContaining(hint)]);
  });

  it('follows no redirect, and shows no token', async () => {
    netbox.redirect = 'http://127.0.0.1:1/steal';
    const redirected = await push();
    expect(redirected.status).toBe(EXIT.usage);
    expect(redirected.stderr).toContain('redirect (302), which is not followed');
    netbox.redirect = null;
    const env = { NETBOX_TOKEN: 'wrong-token' };
    const refused = await world.rollcall(`export netbox --push ${netbox.url}`, { env });
    expect(refused.status).toBe(EXIT.denied);
    expect(refused.stderr).not.toContain('wrong-token');
    expect(refused.stderr).toContain('Invalid token');
  });

  it.each([
    ['http://netbox.example.com', 'a token is sent over HTTPS only'],
    ['https://user:secret@netbox.example.com', 'has more than a host and a path'],
    ['netbox', 'is no address'],
  ])('sends no token to %s', async (url, message) => {
    const { status, stderr } = await world.rollcall(`export netbox --push ${url}`, { env: { NETBOX_TOKEN: 'x' } });
    expect(status).toBe(EXIT.usage);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('secret@');
  });

  it('sends no token to a server whose certificate is not trusted', async () => {
    const { key, pem } = await makeCertificate();
    const server = createServer({ key, cert: pem }, () => {
      throw new Error('was asked');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = { NETBOX_TOKEN: 'x', NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const { status, stderr } = await world.rollcall(`export netbox --push ${url}`, { env });
    server.close();
    expect(stderr).toContain('its certificate is not trusted');
    expect(status).toBe(EXIT.unreachable);
  });

  it('takes a token as a reference only', async () => {
    const { stderr } = await world.rollcall(`export netbox --push ${netbox.url} --token ${netbox.token}`);
    expect(stderr).toContain('a secret is not given as a reference');
    expect(stderr).not.toContain(netbox.token);
    expect(await world.rollcall('export netbox --dry-run')).toMatchObject({ status: EXIT.usage });
  });
});

const EXPECTED = `{
  "tags": [
    {
      "name": "rollcall",
      "slug": "rollcall"
    },
    {
      "name": "rollcall/prod",
      "slug": "rollcall-prod"
    }
  ],
  "cluster_types": [
    {
      "name": "Proxmox VE",
      "slug": "proxmox-ve",
      "tags": [
        {
          "slug": "rollcall"
        }
      ]
    }
  ],
  "clusters": [
    {
      "name": "lab",
      "type": {
        "slug": "proxmox-ve"
      },
      "status": "active",
      "tags": [
        {
          "slug": "rollcall"
        }
      ]
    }
  ],
  "virtual_machines": [
    {
      "name": "web-0",
      "cluster": {
        "name": "lab"
      },
      "serial": "GUEST",
      "status": "offline",
      "vcpus": 1,
      "memory": 8192,
      "disk": 16384,
      "description": "Rollcall lab/100",
      "tags": [
        {
          "slug": "rollcall"
        },
        {
          "slug": "rollcall-prod"
        }
      ]
    }
  ],
  "interfaces": [
    {
      "virtual_machine": {
        "serial": "GUEST"
      },
      "name": "net0",
      "enabled": true,
      "tags": [
        {
          "slug": "rollcall"
        }
      ]
    }
  ],
  "ip_addresses": [
    {
      "address": "10.0.0.100/24",
      "status": "active",
      "assigned_object_type": "virtualization.vminterface",
      "assigned_object": {
        "virtual_machine": {
          "serial": "GUEST"
        },
        "name": "net0"
      },
      "tags": [
        {
          "slug": "rollcall"
        }
      ]
    },
    {
      "address": "fd00::100/64",
      "status": "active",
      "assigned_object_type": "virtualization.vminterface",
      "assigned_object": {
        "virtual_machine": {
          "serial": "GUEST"
        },
        "name": "net0"
      },
      "tags": [
        {
          "slug": "rollcall"
        }
      ]
    }
  ]
}
`;
