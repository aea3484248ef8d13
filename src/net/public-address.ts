import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** IPv4 that is no unicast address of the public network. Source: the IANA registry of special-purpose addresses. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8', // this network, and the unspecified address
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by providers (CGNAT)
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, where clouds have their metadata
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
];

/** Global unicast: everything else, such as mapped and translated IPv4 (::ffff:0:0/96, 64:ff9b::/96), is special. */
const GLOBAL_IPV6 = '2000::/3';
const SPECIAL_IPV6 = [
  '2001::/23', // protocol assignments, Teredo and ORCHID among them
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which leads to an IPv4 address
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
];

const special = new BlockList();
for (const subnet of SPECIAL_IPV4) add(special, subnet, 'ipv4');
for (const subnet of SPECIAL_IPV6) add(special, subnet, 'ipv6');
const globalIpv6 = new BlockList();
add(globalIpv6, GLOBAL_IPV6, 'ipv6');

function add(list: BlockList, subnet: string, family: 'ipv4' | 'ipv6'): void {
  const [address = '', prefix] = subnet.split('/');
  list.addSubnet(address, Number(prefix), family);
}

/** Whether an IP address, without a zone, is one of the public network. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return false;
  return globalIpv6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
