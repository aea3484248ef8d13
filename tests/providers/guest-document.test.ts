import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { guestConfiguration } from '../../src/providers/proxmox/guest-document.ts';
import type { Document, Value } from '../../src/types/document.ts';

const KEY = { id: '', secret: 'key of the tests' };

function documentOf(kind: 'qemu' | 'lxc', config: Record<string, string | number | boolean>): Document {
  return Object.fromEntries(guestConfiguration(kind, config, KEY).fields);
}

describe('the configuration of a guest', () => {
  it.each<[name: string, kind: 'qemu' | 'lxc', config: Record<string, string | number | boolean>, document: Document]>([
    [
      'numbers that come as text',
      'qemu',
      { memory: '4096', cores: 2, cpulimit: '0.50' },
      { memory: 4096, cores: 2, cpulimit: 0.5 },
    ],
    ['memory as a property string', 'qemu', { memory: 'current=512' }, { memory: 512 }],
    [
      'digits that are text',
      'qemu',
      { name: '123', ciuser: '42', description: '7', affinity: '0' },
      { name: '123', ciuser: '42', description: '7', affinity: '0' },
    ],
    [
      'numbers that are no plain numbers',
      'qemu',
      { a: '007', b: '1e3', c: '99999999999999999999', d: '-0' },
      { a: '007', b: '1e3', c: '99999999999999999999', d: 0 },
    ],
    [
      'a network card of a machine',
      'qemu',
      { net0: 'virtio=bc:24:11:00:01:00,bridge=vmbr0,tag=10,firewall=yes' },
      {
        'net0.model': 'virtio',
        'net0.macaddr': 'BC:24:11:00:01:00',
        'net0.bridge': 'vmbr0',
        'net0.tag': 10,
        'net0.firewall': 1,
      },
    ],
    [
      'a network card without address',
      'qemu',
      { net1: 'e1000,bridge=vmbr1' },
      { 'net1.model': 'e1000', 'net1.bridge': 'vmbr1' },
    ],
    [
      'the longhand of a network card',
      'qemu',
      { net1: 'model=rtl8139,macaddr=aa:bb:cc:dd:ee:ff' },
      { 'net1.model': 'rtl8139', 'net1.macaddr': 'AA:BB:CC:DD:EE:FF' },
    ],
    ['two models in one card are kept as text', 'qemu', { net0: 'virtio=AA,e1000=BB' }, { net0: 'virtio=AA,e1000=BB' }],
    [
      'a network card of a container',
      'lxc',
      { net0: 'name=eth0,bridge=vmbr0,hwaddr=bc:24:11:a9:76:41,ip=dhcp' },
      { 'net0.name': 'eth0', 'net0.bridge': 'vmbr0', 'net0.macaddr': 'BC:24:11:A9:76:41', 'net0.ip': 'dhcp' },
    ],
    [
      'disks',
      'qemu',
      {
        scsi0: 'local:100/vm-100-disk-0.qcow2,size=32G,iothread=1',
        ide2: 'none,media=cdrom',
        efidisk0: 'l:1,efitype=4m,size=528K',
      },
      {
        'scsi0.file': 'local:100/vm-100-disk-0.qcow2',
        'scsi0.size': 34359738368,
        'scsi0.iothread': 1,
        'ide2.file': 'none',
        'ide2.media': 'cdrom',
        'efidisk0.file': 'l:1',
        'efidisk0.efitype': '4m',
        'efidisk0.size': 540672,
      },
    ],
    [
      'sizes of every unit',
      'qemu',
      { sata0: 'a:1,size=512', sata1: 'a:2,size=1.5G', sata2: 'a:3,size=2T', sata3: 'a:4,size=big' },
      {
        'sata0.file': 'a:1',
        'sata0.size': 512,
        'sata1.file': 'a:2',
        'sata1.size': 1610612736,
        'sata2.file': 'a:3',
        'sata2.size': 2199023255552,
        'sata3.file': 'a:4',
        'sata3.size': 'big',
      },
    ],
    [
      'volumes of a container',
      'lxc',
      { rootfs: 'local:200/a.raw,size=1G', mp0: 'dir2:201/b.raw,mp=/data,size=1152M', unused0: 'dir2:c' },
      {
        'rootfs.file': 'local:200/a.raw',
        'rootfs.size': 1073741824,
        'mp0.file': 'dir2:201/b.raw',
        'mp0.mp': '/data',
        'mp0.size': 1207959552,
        'unused0.file': 'dir2:c',
      },
    ],
    [
      'nameless parts',
      'qemu',
      {
        agent: '1',
        cpu: 'host,flags=+aes',
        boot: 'cdn',
        vga: 'serial0',
        hostpci0: '0000:01:00.0,pcie=1',
        rng0: '/dev/urandom',
        watchdog: 'i6300esb,action=reset',
        startup: '3,up=30',
      },
      {
        'agent.enabled': 1,
        'cpu.cputype': 'host',
        'cpu.flags': '+aes',
        'boot.legacy': 'cdn',
        'vga.type': 'serial0',
        'hostpci0.host': '0000:01:00.0',
        'hostpci0.pcie': 1,
        'rng0.source': '/dev/urandom',
        'watchdog.model': 'i6300esb',
        'watchdog.action': 'reset',
        'startup.order': 3,
        'startup.up': 30,
      },
    ],
    [
      'parts that all have names',
      'qemu',
      {
        smbios1: 'uuid=3399D5A2-f802-45ae-9dda-dbcd6d304a56',
        ipconfig0: 'ip=dhcp,gw=10.0.0.1',
        numa0: 'cpus=0-1,memory=512',
      },
      {
        'smbios1.uuid': '3399D5A2-f802-45ae-9dda-dbcd6d304a56',
        'ipconfig0.ip': 'dhcp',
        'ipconfig0.gw': '10.0.0.1',
        'numa0.cpus': '0-1',
        'numa0.memory': 512,
      },
    ],
    [
      'features and devices of a container',
      'lxc',
      { features: 'nesting=1,mount=nfs;cifs', dev0: '/dev/net/tun,mode=0660' },
      { 'features.nesting': 1, 'features.mount': 'nfs;cifs', 'dev0.path': '/dev/net/tun', 'dev0.mode': '0660' },
    ],
    ['an order that matters', 'qemu', { boot: 'order=scsi0;net0' }, { 'boot.order': 'scsi0;net0' }],
    ['an order without devices', 'qemu', { boot: ' ' }, { boot: '' }],
    ['tags', 'qemu', { tags: 'web;prod, Web web\0x' }, { tags: ['Web', 'prod', 'web', 'x'] }],
    ['no tags', 'qemu', { tags: '' }, {}],
    ['lists without order', 'qemu', { hotplug: 'usb,disk,network' }, { hotplug: ['disk', 'network', 'usb'] }],
    ['a list that is switched off', 'qemu', { hotplug: '0' }, { hotplug: 0 }],
    [
      'words for yes and no',
      'qemu',
      { onboot: 'yes', kvm: 'off', protection: true, tablet: false },
      { onboot: 1, kvm: 0, protection: 1, tablet: 0 },
    ],
    ['a template', 'qemu', { template: 1 }, { template: true }],
    ['no template', 'qemu', { template: 0 }, {}],
    ['a description that ends in a newline', 'lxc', { description: 'CT one\nzwei\n' }, { description: 'CT one\nzwei' }],
    ['the name of a container', 'lxc', { hostname: 'ct-web' }, { name: 'ct-web' }],
    ['an empty name', 'qemu', { name: '' }, {}],
    [
      'what is not tracked',
      'qemu',
      {
        digest: 'a',
        lock: 'backup',
        meta: 'ctime=1',
        vmgenid: 'b',
        snapstate: 'delete',
        snaptime: 1,
        runningmachine: 'pc',
        'running-qemu': '7',
        pending: 1,
      },
      {},
    ],
    [
      'keys of later versions',
      'qemu',
      { 'new-thing': 'a=b,c', 'new-number': '7' },
      { 'new-thing': 'a=b,c', 'new-number': 7 },
    ],
    [
      'names that other sections use',
      'qemu',
      { status: 'x', node: 'y', pool: 'z', 'ha.state': 'w' },
      { 'config.status': 'x', 'config.node': 'y', 'config.pool': 'z', 'config.ha.state': 'w' },
    ],
    [
      'a property string that is none',
      'qemu',
      { smbios1: 'nonsense', agent: '1,2', scsi0: '=x' },
      { smbios1: 'nonsense', agent: '1,2', scsi0: '=x' },
    ],
  ])('reads %s', (_name, kind, config, document) => {
    expect(documentOf(kind, config)).toEqual(document);
  });

  it('tells what identifies a machine', () => {
    const config = {
      smbios1: 'uuid=3399D5A2-F802-45ae-9dda-dbcd6d304a56',
      meta: 'creation-qemu=7.2.22,ctime=1795225766',
      vmgenid: 'A572C68C-0e74-4fe5-832c-13d1220236ba',
      net1: 'virtio=ff:24:11:00:01:00',
      net0: 'virtio=BC:24:11:00:01:00,bridge=vmbr0',
      ostype: 'l26',
    };
    const { identity } = guestConfiguration('qemu', config, KEY);
    expect(identity).toEqual({
      uuid: '3399d5a2-f802-45ae-9dda-dbcd6d304a56',
      ctime: 1795225766,
      vmgenid: 'a572c68c-0e74-4fe5-832c-13d1220236ba',
      macs: ['BC:24:11:00:01:00', 'FF:24:11:00:01:00'],
    });
  });

  it('tells what identifies a container', () => {
    const { identity } = guestConfiguration(
      'lxc',
      { hostname: 'a', rootfs: 'local:200/a.raw,size=1G', net0: 'hwaddr=bc:24:11:a9:76:41' },
      KEY,
    );
    expect(identity).toEqual({ hostname: 'a', rootfs: 'local:200/a.raw', macs: ['BC:24:11:A9:76:41'] });
  });

  it.each([[{ meta: 'ctime=soon' }], [{ meta: 7 }], [{}]])('leaves out what is not told: %j', (config) => {
    expect(guestConfiguration('qemu', config, KEY)).toEqual({ fields: new Map(), identity: {}, former: {} });
  });

  it('masks secrets, the same one alike, and tells those that the server hides from others', () => {
    expect(documentOf('qemu', { cipassword: 12345 })['cipassword']).toMatch(/^«hidden:[0-9a-f]{8}»$/);
    const seen = documentOf('qemu', { cipassword: '**********', sshkeys: 'ssh-ed25519%20AAAA', 'api-token': 'abc' });
    expect(seen).toEqual({
      cipassword: '«hidden»',
      sshkeys: expect.stringMatching(/^«hidden:[0-9a-f]{8}»$/),
      'api-token': expect.stringMatching(/^«hidden:[0-9a-f]{8}»$/),
    });
    expect(documentOf('qemu', { sshkeys: 'ssh-ed25519%20AAAA' })['sshkeys']).toBe(seen['sshkeys']);
    const { fields } = guestConfiguration('qemu', { sshkeys: 'ssh-ed25519%20AAAA' }, { id: '', secret: 'another key' });
    expect(fields.get('sshkeys')).not.toBe(seen['sshkeys']);
  });
});

const KEYS = fc.oneof(
  fc.constantFrom(
    'net0',
    'scsi0',
    'rootfs',
    'mp1',
    'agent',
    'cpu',
    'boot',
    'smbios1',
    'memory',
    'tags',
    'hotplug',
    'name',
  ),
  fc.constantFrom(
    'hostname',
    'description',
    'args',
    'sshkeys',
    'template',
    '__proto__',
    'constructor',
    'toString',
    'node',
  ),
  fc.string(),
);
const TEXTS = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('a', '=', ',', ';', ' ', '1', '0', ':', 'virtio', 'size', 'G', '\n', '\0') }),
);
const CONFIGS = fc.dictionary(KEYS, fc.oneof(TEXTS, fc.double(), fc.boolean()), { maxKeys: 8 });

describe('any configuration', () => {
  it('gives a document of plain values, whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.constantFrom('qemu' as const, 'lxc' as const), CONFIGS, (kind, config) => {
        const document = documentOf(kind, config);
        const reversed = Object.fromEntries(Object.entries(config).reverse());
        expect(documentOf(kind, reversed)).toEqual(document);
        expect(JSON.parse(JSON.stringify(document))).toEqual(document);
        for (const value of Object.values(document)) expect(isValue(value)).toBe(true);
        for (const section of ['node', 'status', 'pool']) expect(document).not.toHaveProperty([section]);
      }),
    );
  });

  it('keeps something of every tracked key that says something', () => {
    const untracked = /^(?:digest|lock|meta|vmgenid|snapstate|lastsnapshot|snaptime|running.*|pending|snapshots)$/s;
    fc.assert(
      fc.property(KEYS, TEXTS, (key, text) => {
        fc.pre(!untracked.test(key) && /[A-Za-z0-9]/.test(text) && key !== 'template');
        expect(Object.keys(documentOf('qemu', { [key]: text })).length).toBeGreaterThan(0);
      }),
    );
  });
});

function isValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string');
  return (
    typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
  );
}

const recordings = process.env['PVE_RECORDINGS_DIR'] ?? '';
const FILE = /(?:qemu|lxc|vm)\w*config\w*\.json$/;

interface Recording {
  request: { method: string; path: string };
  response: { status: number; body: string };
}

function recordedConfigs(): [name: string, kind: 'qemu' | 'lxc', config: Record<string, string | number>][] {
  if (recordings === '') return [];
  return readdirSync(recordings, { recursive: true, encoding: 'utf8' })
    .filter((file) => FILE.test(file))
    .sort()
    .flatMap((file) => {
      const { request, response } = JSON.parse(readFileSync(join(recordings, file), 'utf8')) as Recording;
      const kind = /\/(qemu|lxc)\/\d+\/config/.exec(request.path)?.[1];
      if (request.method !== 'GET' || response.status !== 200 || kind === undefined) return [];
      const { data } = JSON.parse(response.body) as { data: Record<string, string | number> };
      return [[file, kind as 'qemu' | 'lxc', data] as [string, 'qemu' | 'lxc', Record<string, string | number>]];
    });
}

const NOT_TRACKED = new Set(['digest', 'lock', 'meta', 'vmgenid', 'snaptime']);

/** Every value that a recorded key has must be found among the document's values of that key, in the form it is kept in. */
function missingParts(kind: 'qemu' | 'lxc', config: Record<string, string | number>, document: Document): string[] {
  return Object.entries(config).flatMap(([key, raw]) => {
    if (NOT_TRACKED.has(key)) return [];
    const path = kind === 'lxc' && key === 'hostname' ? 'name' : key;
    const own = Object.entries(document).filter(([one]) => one === path || one.startsWith(`${path}.`));
    return partsOf(key, String(raw))
      .filter((part) => !own.some(([, value]) => isSame(value, part)))
      .map((part) => `${key}: ${part}`);
  });
}

function partsOf(key: string, text: string): string[] {
  if (key === 'description' || key === 'args' || key === 'sshkeys' || key === 'cipassword') return [text];
  if (key === 'tags') return text.split(';');
  return text.split(',').flatMap((part) => {
    const [name = '', ...rest] = part.split('=');
    if (rest.length === 0) return [name.trim()];
    return name === 'virtio' ? [name, ...rest] : [rest.join('=')];
  });
}

function isSame(value: Value, part: string): boolean {
  if (Array.isArray(value)) return value.includes(part);
  const size = /^(\d+)([MG])$/.exec(part);
  if (size) return value === Number(size[1]) * (size[2] === 'G' ? 2 ** 30 : 2 ** 20);
  return (
    String(value) === part.replace(/\n+$/, '') ||
    String(value).startsWith('«hidden') ||
    (value === true && part === '1')
  );
}

const configs = recordedConfigs();
(configs.length > 0 ? describe : describe.skip)('recorded configurations (PVE_RECORDINGS_DIR)', () => {
  it('are there', () => expect(configs.length).toBeGreaterThan(20));

  it.each(configs)('arrives whole: %s', (_file, kind, config) => {
    expect(missingParts(kind, config, documentOf(kind, config))).toEqual([]);
  });
});
