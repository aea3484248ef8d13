import { describe, expect, it } from '@jest/globals';
import { user } from '../../src/api/decode/cluster.ts';
import { interfaces, osInfo } from '../../src/api/decode/guest-inner.ts';
import { innerAddresses } from '../../src/providers/proxmox/inner-facts.ts';
import { dataOf, describeRecordings } from '../recordings/recordings.ts';

function told(data: unknown): string[] {
  return innerAddresses(interfaces.parse(data)).map(({ interfaceName, address }) => `${interfaceName} ${address}`);
}

function card(name: string, ...addresses: string[]) {
  return {
    name,
    'hardware-address': 'bc:24:11:00:00:01',
    'ip-addresses': addresses.map((one) => ({ 'ip-address': one })),
  };
}

describe('the addresses of a guest', () => {
  it('are those at which others reach it', () => {
    const result = [
      card('lo', '127.0.0.1', '::1'),
      card('ens18', '10.0.0.5', 'fe80::1', '2001:DB8::5'),
      card('docker0', '172.17.0.1'),
      card('br-4c1d0f3a9b21', '172.18.0.1'),
      card('veth12ab', '169.254.1.2'),
      card('wg0', '10.99.0.2'),
      card('Ethernet 2', 'fe80::7%12', '192.0.2.8'),
      card('eth2', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1', '255.255.255.255', 'ff02::1', '169.254.7.7', '0.0.0.0'),
      card('eth1', 'dhcp', '999.1.1.1', '', '10.0.0.9; rm -rf /'),
    ];
    expect(told({ result })).toEqual(['ens18 10.0.0.5', 'ens18 2001:db8::5', 'wg0 10.99.0.2', 'Ethernet 2 192.0.2.8']);
  });

  it('are read from what a container told before 8.4', () => {
    expect(told([{ name: 'eth0', hwaddr: 'bc:24:11:00:02:00', inet: '10.0.0.53/24', inet6: 'fe80::1/64' }])).toEqual([
      'eth0 10.0.0.53',
    ]);
  });

  it.each([
    null,
    [],
    {},
    { result: {} },
    { result: 'eth0' },
    { result: [null, 1, { name: '' }] },
    'x',
    { error: 'no' },
  ])('are not known after %j: every system has an interface', (data) => {
    expect(interfaces.safeParse(data).success).toBe(false);
  });

  it('are few, however many a guest tells', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `10.${index >> 8}.${index & 255}.1`);
    const result = Array.from({ length: 1000 }, (_, index) => card(`eth${index}`, ...many));
    expect(interfaces.parse({ result })).toHaveLength(256);
    expect(told({ result })).toHaveLength(64);
    expect(interfaces.parse({ result: [card('x'.repeat(5000), '10.0.0.1'), card('eth0', '1'.repeat(5000))] })).toEqual([
      { name: 'eth0', mac: 'bc:24:11:00:00:01', addresses: [] },
    ]);
  });
});

describeRecordings('recorded answers', () => {
  it('of a user tell the ends of it and of its tokens', () => {
    expect(user.parse(dataOf('pve9-realms/access_users_alice-at-pve.auditor'))).toEqual({
      expire: 0,
      tokens: { ci: { expire: 0 } },
    });
  });

  it('of agents and containers are read', () => {
    expect(told(dataOf('pve9/agent_network-get-interfaces'))).toEqual(['eth0 192.168.7.30']);
    expect(told(dataOf('standalone/qemu_106_agent_network-get-interfaces'))).toEqual(['eth0 192.168.7.30']);
    expect(told(dataOf('standalone/lxc_200_interfaces'))).toEqual(['eth0 192.168.7.20']);
    expect(interfaces.safeParse(dataOf('standalone/life_lxc_interfaces_stopped')).success).toBe(false);
    expect(osInfo.parse(dataOf('pve9/agent_get-osinfo'))).toEqual({
      name: 'Debian GNU/Linux',
      prettyName: 'Debian GNU/Linux 12 (bookworm)',
      versionId: '12',
    });
  });
});
