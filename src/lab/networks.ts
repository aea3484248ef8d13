import type { ConfigValue, GuestKind } from './model.ts';
import type { Prng } from './prng.ts';

const MAC = /^[0-9A-F]{2}(:[0-9A-F]{2}){5}$/i;
const MODELS =
  /^(?:model|virtio|e1000|e1000e|e1000-82540em|rtl8139|vmxnet3|ne2k_pci|ne2k_isa|i82551|i82557b|i82559er|pcnet)(?:=(.+))?$/;

/** A network card with a MAC address: the one it has, or a new one. */
export function withMac(kind: GuestKind, value: ConfigValue, prng: Prng): string {
  return kind === 'qemu' ? vmCard(String(value), prng) : containerCard(String(value), prng);
}

function vmCard(value: string, prng: Prng): string {
  const [first = '', ...rest] = value.split(',');
  const match = MODELS.exec(first);
  if (!match || (match[1] !== undefined && MAC.test(match[1]))) return value;
  if (first.startsWith('model=')) {
    const hasMac = rest.some((option) => option.startsWith('macaddr='));
    const mac = rest.find((option) => option.startsWith('macaddr='))?.slice(8) ?? prng.mac();
    const others = hasMac ? rest.filter((option) => !option.startsWith('macaddr=')) : rest;
    return [`${first.slice(6)}=${mac}`, ...others].join(',');
  }
  return [`${first}=${prng.mac()}`, ...rest].join(',');
}

function containerCard(value: string, prng: Prng): string {
  const options = new Map(value.split(',').map((option) => splitOption(option)));
  if (!options.has('hwaddr')) options.set('hwaddr', prng.mac());
  if (!options.has('type')) options.set('type', 'veth');
  const name = options.get('name') ?? 'eth0';
  options.delete('name');
  const rest = [...options].sort(([a], [b]) => (a === 'bridge' ? -1 : b === 'bridge' ? 1 : a < b ? -1 : 1));
  return [`name=${name}`, ...rest.map(([key, option]) => `${key}=${option}`)].join(',');
}

/** The same card with another address: what a clone gets. */
export function withNewMac(kind: GuestKind, value: ConfigValue, prng: Prng): string {
  const text = String(value);
  if (kind === 'lxc') return text.replace(/hwaddr=[^,]+/, `hwaddr=${prng.mac()}`);
  return text.replace(/^([^=,]+)=[^,]+/, (_, model: string) => `${model}=${prng.mac()}`);
}

function splitOption(option: string): [string, string] {
  const at = option.indexOf('=');
  return at < 0 ? [option, ''] : [option.slice(0, at), option.slice(at + 1)];
}
