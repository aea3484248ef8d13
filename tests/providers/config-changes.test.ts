import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { configChanges } from '../../src/providers/proxmox/actions/config-changes.ts';
import { waitsForRestart } from '../../src/providers/proxmox/actions/hotplug.ts';
import { withTags } from '../../src/providers/proxmox/actions/tag.ts';
import type { GuestKind } from '../../src/types/guest.ts';

const VM = {
  memory: '4096',
  onboot: 1,
  agent: '1,fstrim_cloned_disks=1',
  net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=10',
  scsi0: 'local-lvm:vm-100-disk-0,iothread=1,size=32G',
  startup: 'order=2',
  cipassword: '**********',
  tags: 'prod;web',
};
const CT = {
  memory: 512,
  net0: 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:02,type=veth',
  rootfs: 'local:200/a.raw,size=8G',
};

function changed(kind: GuestKind, set: Record<string, string>, remove: string[] = []) {
  const { changes, problems } = configChanges(kind, { set, remove }, kind === 'qemu' ? VM : CT);
  return problems.length > 0 ? problems : changes.map(({ key, after }) => `${key}: ${after}`);
}

describe('changes of a configuration', () => {
  it.each<[string, GuestKind, Record<string, string>, string[], string[]]>([
    ['another value', 'qemu', { memory: '8192' }, [], ['memory: 8192']],
    ['the value that it has', 'qemu', { memory: '4096' }, [], []],
    ['the same in other words', 'qemu', { onboot: 'yes', memory: 'current=4096' }, [], []],
    ['a removed key', 'qemu', {}, ['startup'], ['startup: null']],
    ['a removed key that is not there', 'qemu', {}, ['description'], []],
    ['a part', 'qemu', { 'net0.tag': '20' }, [], ['net0: virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=20']],
    [
      'parts together',
      'qemu',
      { 'net0.tag': '20', 'net0.bridge': 'vmbr1' },
      [],
      ['net0: virtio=BC:24:11:00:00:01,bridge=vmbr1,tag=20'],
    ],
    [
      'a new part',
      'qemu',
      { 'net0.firewall': '1' },
      [],
      ['net0: virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=10,firewall=1'],
    ],
    ['a removed part', 'qemu', {}, ['net0.tag'], ['net0: virtio=BC:24:11:00:00:01,bridge=vmbr0']],
    [
      'the address of a card',
      'qemu',
      { 'net0.macaddr': 'BC:24:11:00:00:09' },
      [],
      ['net0: virtio=BC:24:11:00:00:09,bridge=vmbr0,tag=10'],
    ],
    [
      'the model of a card',
      'qemu',
      { 'net0.model': 'e1000' },
      [],
      ['net0: e1000=BC:24:11:00:00:01,bridge=vmbr0,tag=10'],
    ],
    [
      'the address of a container',
      'lxc',
      { 'net0.macaddr': 'BC:24:11:00:00:09' },
      [],
      ['net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:09,type=veth'],
    ],
    ['the part without a name', 'qemu', { 'agent.enabled': '0' }, [], ['agent: 0,fstrim_cloned_disks=1']],
    ['a part of a key that is not there', 'qemu', { 'vga.type': 'virtio' }, [], ['vga: type=virtio']],
    [
      'a part of what was given as well',
      'qemu',
      { net0: 'virtio,bridge=vmbr2', 'net0.tag': '5' },
      [],
      ['net0: virtio,bridge=vmbr2,tag=5'],
    ],
    ['a secret that the server hides', 'qemu', { cipassword: 'new' }, [], ['cipassword: new']],
    ['a part of a card that is not there', 'qemu', { 'net1.tag': '5' }, [], ['it has no net1: give net1 as a whole']],
    ['a part of what has none', 'qemu', { 'memory.x': '5' }, [], ['memory has no parts: give memory as a whole']],
    ['a size', 'qemu', { 'scsi0.size': '64G' }, [], ['scsi0.size: the size of a disk is changed by resize-disk']],
    ['a storage', 'qemu', { 'scsi0.file': 'nas:1' }, [], ['scsi0.file: a disk is moved by move-disk']],
    [
      'more parts in the value of one',
      'qemu',
      { 'net0.tag': '5,bridge=vmbr9' },
      [],
      ['net0.tag: a part of net0 has no comma and no line break'],
    ],
    ['a parameter of the call', 'qemu', { skiplock: '1' }, [], ['skiplock is no key of a configuration']],
  ])('%s', (_, kind, set, remove, expected) => {
    expect(changed(kind, set, remove)).toEqual(expected);
  });

  it('marks what holds a secret by its key or by its text', () => {
    const set = { cipassword: 'a', sshkeys: 'b', description: 'password=hunter2', name: 'web' };
    const { changes } = configChanges('qemu', { set, remove: [] }, VM);
    expect(changes.map(({ key, isSecret }) => [key, isSecret])).toEqual([
      ['cipassword', true],
      ['description', true],
      ['name', false],
      ['sshkeys', true],
    ]);
  });

  it('leaves every other part of a property string as it is', () => {
    const word = fc.constantFrom('type', 'memory', 'clipboard', 'other', 'more');
    const parts = fc.uniqueArray(fc.tuple(word, fc.nat({ max: 99 })), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(parts, word, fc.nat({ max: 99 }), (known, part, value) => {
        const before = known.map(([name, own]) => `${name}=${own}`).join(',');
        const { changes } = configChanges(
          'qemu',
          { set: { [`vga.${part}`]: String(value) }, remove: [] },
          { vga: before },
        );
        const after = (changes[0]?.after ?? before).split(',');
        const others = (tokens: readonly string[]) => tokens.filter((token) => !token.startsWith(`${part}=`));
        expect(others(after)).toEqual(others(before.split(',')));
        expect(after.filter((token) => token.startsWith(`${part}=`))).toEqual([`${part}=${value}`]);
      }),
    );
  });
});

describe('what waits for a restart of a guest that runs', () => {
  it.each<[boolean, GuestKind, string, string | null, string | null, string?]>([
    [true, 'qemu', 'memory', '1024', '2048'],
    [false, 'qemu', 'memory', '1024', '2048', 'memory,network'],
    [true, 'qemu', 'cores', '1', '2'],
    [false, 'qemu', 'description', 'a', 'b'],
    [false, 'qemu', 'cpulimit', '1', '2'],
    [false, 'qemu', 'cipassword', null, 'x'],
    [true, 'qemu', 'balloon', '0', '512'],
    [false, 'qemu', 'balloon', '1024', '512'],
    [false, 'qemu', 'net0', 'virtio=A,bridge=vmbr0', 'virtio=A,bridge=vmbr1,tag=3', '0'],
    [true, 'qemu', 'net0', 'virtio=A,bridge=vmbr0', 'e1000=A,bridge=vmbr0', '0'],
    [false, 'qemu', 'net0', 'virtio=A,bridge=vmbr0', 'e1000=A,bridge=vmbr0'],
    [true, 'qemu', 'net1', null, 'virtio=B,bridge=vmbr0', 'disk'],
    [false, 'qemu', 'scsi1', null, 'local-lvm:8'],
    [true, 'qemu', 'sata1', null, 'local-lvm:8'],
    [true, 'qemu', 'scsi0', 'l:a,size=8G', 'l:a,iothread=1,size=8G'],
    [false, 'qemu', 'scsi0', 'l:a,size=8G', 'l:a,mbps=5,size=8G'],
    [false, 'qemu', 'ide2', 'none,media=cdrom', 'l:iso/x.iso,media=cdrom'],
    [true, 'qemu', 'efidisk0', 'l:a,size=4M', null],
    [false, 'qemu', 'agent', '1', '1,fstrim_cloned_disks=1'],
    [true, 'qemu', 'agent', '1', '0'],
    [false, 'lxc', 'memory', '512', '1024'],
    [false, 'lxc', 'cores', '1', '2'],
    [false, 'lxc', 'net0', 'name=eth0', 'name=eth0,tag=3'],
    [true, 'lxc', 'nameserver', null, '192.0.2.1'],
    [false, 'lxc', 'mp0', null, 'l:8,mp=/srv'],
    [true, 'lxc', 'mp0', 'l:a,mp=/srv', 'l:a,mp=/data'],
    [true, 'lxc', 'features', null, 'nesting=1'],
  ])('%s: %s %s %s → %s', (...[expected, kind, key, before, after, hotplug]) => {
    const config = hotplug === undefined ? {} : { hotplug };
    expect(waitsForRestart(kind, { key, before, after, isSecret: false }, config)).toBe(expected);
  });
});

describe('tags', () => {
  it.each([
    [['db', 'prod'], ['web'], ['prod'], ['db', 'web']],
    [['prod', 'db'], ['auth'], [], ['prod', 'db', 'auth']],
    [['prod'], ['Prod'], [], ['prod']],
    [['prod'], [], ['PROD'], []],
    [['a', 'b'], ['b', 'c', 'c'], ['x'], ['a', 'b', 'c']],
  ])('%j +%j -%j is %j', (tags, add, remove, expected) => {
    expect(withTags(tags, { add, remove })).toEqual(expected);
  });
});
