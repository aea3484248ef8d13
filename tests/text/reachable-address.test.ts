import { expect, it } from '@jest/globals';
import { isReachableAddress } from '../../src/text/reachable-address.ts';

it.each([
  ...['127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::127.0.0.1'],
  ...['0.0.0.0', '0.1.2.3', '::', '0:0:0:0:0:0:0:0', '::ffff:0.0.0.0', '255.255.255.255', '::ffff:255.255.255.255'],
  ...['224.0.0.1', '239.1.1.1', '240.0.0.1', 'ff02::1', 'FF0E::1', '::FFFF:224.0.0.1'],
  ...['169.254.169.254', '::ffff:169.254.1.1', 'fe80::1', 'FE80:0::1', 'febf::1', 'fe80::1%eth0', '2001:db8::1%1'],
  ...['', 'dhcp', '999.1.1.1', '10.0.0.9; rm -rf /', '127.1', '0x7f.0.0.1', '2130706433'],
])('nobody reaches a guest at %j', (text) => expect(isReachableAddress(text)).toBe(false));

it.each([
  '10.0.0.5',
  '1.0.0.1',
  '126.1.1.1',
  '223.255.255.255',
  '2001:DB8::5',
  'fd00::5',
  '::ffff:10.0.0.5',
  'fec0::1',
])('a guest is reached at %s', (text) => expect(isReachableAddress(text)).toBe(true));
