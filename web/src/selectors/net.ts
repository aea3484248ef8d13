/** What selectors use of node:net, for the browser. */

/** 4, 6, or 0 for what is no address. */
export function isIP(text: string): 0 | 4 | 6 {
  if (octetsOf(text) !== null) return 4;
  return groupsOf(text) === null ? 0 : 6;
}

/** One network. */
export class BlockList {
  readonly #networks: { bits: readonly number[]; length: number }[] = [];

  addSubnet(address: string, length: number, family: 'ipv4' | 'ipv6'): void {
    const bits = bitsOf(address, family);
    if (bits !== null) this.#networks.push({ bits, length });
  }

  check(address: string, family: 'ipv4' | 'ipv6'): boolean {
    const bits = bitsOf(address, family);
    if (bits === null) return false;
    return this.#networks.some(
      (one) => one.bits.length === bits.length && one.bits.every((bit, at) => at >= one.length || bit === bits[at]),
    );
  }
}

function bitsOf(address: string, family: 'ipv4' | 'ipv6'): number[] | null {
  const [parts, width] = family === 'ipv4' ? [octetsOf(address), 8] : [groupsOf(address), 16];
  return parts?.flatMap((part) => Array.from({ length: width }, (_, at) => (part >> (width - 1 - at)) & 1)) ?? null;
}

function octetsOf(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return null;
  const octets = parts.map(Number);
  return octets.every((octet) => octet < 256) ? octets : null;
}

/** Eight groups of 16 bits; a zone after % does not count. */
function groupsOf(text: string): number[] | null {
  const [address = ''] = text.split('%');
  const halves = address.split('::');
  if (halves.length > 2 || !address.includes(':')) return null;
  const [head, tail] = [partsOf(halves[0] ?? ''), partsOf(halves[1] ?? '')];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return [...head, ...Array.from({ length: halves.length === 1 ? 0 : missing }, () => 0), ...tail];
}

function partsOf(half: string): number[] | null {
  if (half === '') return [];
  const groups: number[] = [];
  const parts = half.split(':');
  for (const [at, part] of parts.entries()) {
    const octets = at === parts.length - 1 ? octetsOf(part) : null;
    if (octets !== null) {
      const [a = 0, b = 0, c = 0, d = 0] = octets;
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}
