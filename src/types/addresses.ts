import type { Document, Value } from './document.ts';

/** For a VM cloud-init's `ipconfigN.ip`, for a container `netN.ip`: `192.0.2.5/24`, `dhcp`, `manual`. */
const CONFIGURED = /^(?:ipconfig|net)\d+\.ip6?$/;
/** What the system inside tells of itself. */
const TOLD = 'guest.addresses';
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const HEX_AND_COLONS = /^[0-9a-f:.]+$/i;
/** Private IPv4 ranges: RFC 1918, RFC 6598 and link-local. */
const PRIVATE_IPV4 =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.)/;
/** Unique local (RFC 4193) and link-local. */
const PRIVATE_IPV6 = /^(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/i;

/** The addresses of a guest, without the length of a prefix: those of its configuration first, then those that it tells of itself. */
export function addressesOf(document: Document): readonly string[] {
  const told = document[TOLD];
  const configured = Object.keys(document).filter((path) => CONFIGURED.test(path));
  return [...configured.map((path) => textOf(document[path])), ...(typeof told === 'object' ? told : [])].flatMap(
    (text) => {
      const [address = ''] = text.split('/');
      return isIpv4(address) || isIpv6(address) ? [address] : [];
    },
  );
}

export function isIpv4(address: string): boolean {
  return IPV4.test(address);
}

function isIpv6(address: string): boolean {
  return address.includes(':') && HEX_AND_COLONS.test(address);
}

export function isPrivateAddress(address: string): boolean {
  return PRIVATE_IPV4.test(address) || PRIVATE_IPV6.test(address);
}

function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}
