import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maskMessage, parseConfigUpdate } from '../../src/providers/proxmox/config-update.ts';
import { guestConfiguration } from '../../src/providers/proxmox/guest-document.ts';
import type { ConfigUpdate } from '../../src/providers/proxmox/records/record.ts';
import { maskSecret } from '../../src/text/mask-secrets.ts';

const KEY = { id: '', secret: 'key of the tests' };

function update(vmid: number, parts: Partial<ConfigUpdate>): ConfigUpdate {
  const set = parts.set ?? {};
  const setKeys = [...new Set(Object.keys(set).map((path) => path.split('.')[0] ?? ''))];
  return { vmid, set, setKeys, deletedKeys: [], revertedKeys: [], isAmbiguous: false, ...parts };
}

describe('a line about a changed configuration', () => {
  it.each<[message: string, expected: ConfigUpdate]>([
    ['update VM 103: -memory 768', update(103, { set: { memory: 768 } })],
    ['update VM 110: -onboot 1 -tags web;prod;new', update(110, { set: { onboot: 1, tags: ['new', 'prod', 'web'] } })],
    ['update VM 102: -delete description', update(102, { deletedKeys: ['description'] })],
    [
      'update VM 102: -delete net1,net2 -digest abc -memory 4096',
      update(102, { deletedKeys: ['net1', 'net2'], set: { memory: 4096 } }),
    ],
    ['update VM 102: -revert cores;memory', update(102, { revertedKeys: ['cores', 'memory'] })],
    ['update VM 1: -background_delay 5 -cores 2 -force 1 -skiplock 1', update(1, { set: { cores: 2 } })],
    [
      'update VM 1: -net0 virtio=aa:bb:cc:dd:ee:ff,bridge=vmbr1',
      update(1, { set: { 'net0.model': 'virtio', 'net0.macaddr': 'AA:BB:CC:DD:EE:FF', 'net0.bridge': 'vmbr1' } }),
    ],
    ['update VM 1: -cipassword <hidden> -ciuser bob', update(1, { set: { cipassword: '«hidden»', ciuser: 'bob' } })],
    [
      'update VM 1: -nameserver 1.1.1.1 8.8.8.8 -onboot 0',
      update(1, { set: { nameserver: '1.1.1.1 8.8.8.8', onboot: 0 } }),
    ],
    ['update VM 1: -tags ', update(1, { setKeys: ['tags'] })],
    [
      'update VM 1: -zz-later 7 -zz-next x',
      update(1, { set: { 'zz-later': 7, 'zz-next': 'x' }, setKeys: ['zz-later', 'zz-next'] }),
    ],
    [
      'update VM 1: -cores 2 -description some text - with dashes -x',
      update(1, {
        set: { cores: 2, description: 'some text - with dashes -x' },
        setKeys: ['cores', 'description'],
        isAmbiguous: true,
      }),
    ],
    ['update VM 1: -cores 2 -description plain text', update(1, { set: { cores: 2, description: 'plain text' } })],
    [
      'update VM 103: -description hello -memory 1024',
      update(103, { set: { description: 'hello', memory: 1024 }, isAmbiguous: true }),
    ],
    ['update VM 1: -cores 2 -description bad -agent 1', update(1, { set: { cores: 2, description: 'bad -agent 1' } })],
    [
      'update VM 1: -args -vga none -memory 512',
      update(1, { set: { args: '-vga none', memory: 512 }, isAmbiguous: true }),
    ],
    [
      'update VM 1: -description was -boot c -memory 512 -vga std',
      update(1, { set: { description: 'was -boot c', memory: 512, 'vga.type': 'std' }, isAmbiguous: true }),
    ],
    ['update VM 1: -name a -cores 2', update(1, { set: { name: 'a -cores 2' }, isAmbiguous: true })],
  ])('%s', (message, expected) => {
    expect(parseConfigUpdate(message, KEY)).toEqual(expected);
  });

  it.each(['update CT 1: -memory 5', 'update VM x: -memory 5', 'update VM 1:', 'snapshot VM 101: nq1', ''])(
    '%j is none',
    (message) => {
      expect(parseConfigUpdate(message, KEY)).toBeNull();
    },
  );

  it('says what the document says after it', () => {
    const config = {
      agent: 'enabled=1',
      balloon: '256',
      cores: '2',
      net0: 'virtio=AA:BB:CC:00:11:22,bridge=vmbr0,tag=5',
      onboot: '1',
      scsi0: 'local:1/a.raw,size=4G',
      sshkeys: 'ssh%20a',
      tags: 'b;a',
    };
    const message = `update VM 7: ${Object.entries(config)
      .map(([key, value]) => `-${key} ${value}`)
      .join(' ')}`;
    const parsed = parseConfigUpdate(message, KEY);
    expect(parsed?.set).toEqual(Object.fromEntries(guestConfiguration('qemu', config, KEY).fields));
    expect(parsed?.isAmbiguous).toBe(false);
  });

  it('never fails, and never loses a key that comes first', () => {
    const words = fc.constantFrom(
      '-memory',
      '-cores',
      '-description',
      '-args',
      '-delete',
      '512',
      'text',
      '-',
      '--x',
      '-vga',
      'net0,net1',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 10 }), (parts) => {
        const parsed = parseConfigUpdate(`update VM 5: -acpi 1 ${parts.join(' ')}`, KEY);
        expect(parsed?.setKeys[0]).toBe('acpi');
      }),
    );
  });
});

describe('a stored line', () => {
  it('has no secret in it', () => {
    const message = 'update VM 1: -cipassword <hidden> -description password=hunter2 -sshkeys ssh-ed25519%20AAAA';
    expect(maskMessage(message, KEY)).toBe(
      `update VM 1: -cipassword «hidden» -description password=${maskSecret('hunter2', KEY)} -sshkeys ${maskSecret('ssh-ed25519%20AAAA', KEY)}`,
    );
    expect(maskMessage('copied with token=abc', KEY)).toBe(`copied with token=${maskSecret('abc', KEY)}`);
  });

  it.each([
    "successful auth for user 'admin@pve'",
    'update VM 110: -onboot 1 -tags web;prod;new',
    'update VM 1: -force',
    'end task UPID:pve1:00000B65:00082540:6B010792:qmconfig:103:admin@pve!full: OK',
  ])('stays as it was without one: %s', (message) => {
    expect(maskMessage(message, KEY)).toBe(message);
  });
});
