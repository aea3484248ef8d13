import type { Document, Value } from './document.ts';

/**
 * `configuration`: what the platform is set to give it; `platform`: what the platform tells of the system inside; `guest`: what
 * that system said when it was asked.
 */
export type AddressSource = 'configuration' | 'platform' | 'guest';

export interface GuestAddress {
  address: string;
  /** Length of the network's prefix; null: not told. */
  prefix: number | null;
  isPrivate: boolean;
  source: AddressSource;
  /** `eth0` inside; of a configuration the card, `net0`. null: not told. */
  interface: string | null;
  /** Upper case. null: not told. */
  mac: string | null;
}

/** For a VM cloud-init's `ipconfigN.ip`, for a container `netN.ip`: `192.0.2.5/24`, `dhcp`, `manual`. */
const CONFIGURED = /^(?:ipconfig|net)(\d+)\.ip6?$/;
/** What the platform tells of the system inside. */
const TOLD = 'guest.addresses';
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const HEX_AND_COLONS = /^[0-9a-f:.]+$/i;
/** Private IPv4 ranges: RFC 1918, RFC 6598 and link-local. */
const PRIVATE_IPV4 =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.)/;
/** Unique local (RFC 4193) and link-local. */
const PRIVATE_IPV6 = /^(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/i;

/** What the document says: configured addresses first. */
export function documentAddresses(document: Document): GuestAddress[] {
  const addresses: GuestAddress[] = [];
  for (const path in document) {
    // Most of the paths of 10,000 guests are told apart by their first letter.
    const [, card] = path.startsWith('net') || path.startsWith('ipc') ? (CONFIGURED.exec(path) ?? []) : [];
    if (card === undefined) continue;
    const address = toAddress(textOf(document[path]), 'configuration');
    if (address) addresses.push({ ...address, interface: `net${card}`, mac: macOf(document, `net${card}`) });
  }
  const told = document[TOLD];
  if (typeof told !== 'object') return addresses;
  return [...addresses, ...told.flatMap((text) => toAddress(text, 'platform') ?? [])];
}

/** null for what is no address: `dhcp`. */
function toAddress(text: string, source: AddressSource): GuestAddress | null {
  const [address = '', length = ''] = text.split('/');
  if (!isAddress(address)) return null;
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) : null;
  return { address, prefix, isPrivate: isPrivateAddress(address), source, interface: null, mac: null };
}

function macOf(document: Document, card: string): string | null {
  const mac = textOf(document[`${card}.macaddr`] ?? document[`${card}.hwaddr`]);
  return mac === '' ? null : mac.toUpperCase();
}

function isAddress(text: string): boolean {
  return isIpv4(text) || (text.includes(':') && HEX_AND_COLONS.test(text));
}

export function isIpv4(address: string): boolean {
  return IPV4.test(address);
}

export function isPrivateAddress(address: string): boolean {
  return PRIVATE_IPV4.test(address) || PRIVATE_IPV6.test(address);
}

function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}
