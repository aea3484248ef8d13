import type { LabGuest } from '../model.ts';
import type { Row } from './resources.ts';

export function isAgentEnabled(guest: LabGuest): boolean {
  return /(^|enabled=)1/.test(String(guest.config['agent'] ?? '0'));
}

/** As an agent on Debian 12 told them (recorded on 9.2.11). */
export const AGENT_OS: Row = {
  id: 'debian',
  name: 'Debian GNU/Linux',
  'pretty-name': 'Debian GNU/Linux 12 (bookworm)',
  version: '12 (bookworm)',
  'version-id': '12',
  machine: 'x86_64',
  'kernel-release': '6.1.0-56-cloud-amd64',
  'kernel-version': '#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)',
};

const NO_MAC = '00:00:00:00:00:00';

/** What the agent of a VM says. Its prefixes are numbers, those of a container are texts. */
export function agentInterfaces(guest: LabGuest): Row[] {
  return [
    {
      name: 'lo',
      'hardware-address': NO_MAC,
      'ip-addresses': [
        { 'ip-address': '127.0.0.1', 'ip-address-type': 'ipv4', prefix: 8 },
        { 'ip-address': '::1', 'ip-address-type': 'ipv6', prefix: 128 },
      ],
    },
    ...cardsOf(guest).map(([index, value]) => {
      const mac = (/=((?:[0-9A-F]{2}:){5}[0-9A-F]{2})/i.exec(value)?.[1] ?? NO_MAC).toLowerCase();
      return {
        name: `ens${18 + index}`,
        'hardware-address': mac,
        'ip-addresses': [
          { 'ip-address': leaseOf(guest, index), 'ip-address-type': 'ipv4', prefix: 16 },
          { 'ip-address': `fe80::${guest.vmid.toString(16)}`, 'ip-address-type': 'ipv6', prefix: 64 },
        ],
      };
    }),
  ];
}

/** What its DHCP server gives it: the same at each start. */
function leaseOf({ vmid }: LabGuest, card: number): string {
  return `10.${20 + card}.${Math.floor(vmid / 256) % 256}.${vmid % 256}`;
}

function cardsOf({ config }: LabGuest): [index: number, value: string][] {
  return Object.entries(config).flatMap(([key, value]): [number, string][] =>
    /^net\d+$/.test(key) ? [[Number(key.slice(3)), String(value)]] : [],
  );
}

/** undefined for a container that is off: the answer's `data` is null. */
export function interfaces(guest: LabGuest): Row[] | null {
  if (guest.power === 'stopped') return null;
  const loopback = {
    name: 'lo',
    hwaddr: NO_MAC,
    'hardware-address': NO_MAC,
    'ip-addresses': [],
  };
  return [loopback, ...cardsOf(guest).map(([index, value]) => card(guest, index, value))];
}

function card(guest: LabGuest, index: number, value: string): Row {
  const hwaddr = (/hwaddr=([^,]+)/.exec(value)?.[1] ?? '').toLowerCase();
  const fixed = /ip=(\d[^,]+)/.exec(value)?.[1];
  const inet = fixed ?? `192.0.2.${(guest.vmid % 250) + 1}/24`;
  const [address, prefix] = inet.split('/');
  return {
    name: /name=([^,]+)/.exec(value)?.[1] ?? `eth${index}`,
    hwaddr,
    'hardware-address': hwaddr,
    inet,
    'ip-addresses': [{ 'ip-address-type': 'inet', 'ip-address': address, prefix }],
  };
}
