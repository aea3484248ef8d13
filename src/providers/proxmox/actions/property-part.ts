import type { GuestKind } from '../../../types/guest.ts';
import { formOf } from '../config-keys.ts';

/** `tag` of `net0`. */
export interface Part {
  kind: GuestKind;
  key: string;
  part: string;
}

export type Changed = { text: string | null } | { problem: string };

const NET_MODEL =
  /^(?:e1000(?:-82540em|-82544gc|-82545em)?|e1000e|i82551|i82557b|i82559er|ne2k_isa|ne2k_pci|pcnet|rtl8139|virtio|vmxnet3)$/;
/** The whole of an IP address, a name or a number. */
const NO_VALUE = /[,\0\n\r]/;

/** The property string with another value of one part; the others stay as they are. */
export function withPart(part: Part, before: string | null, value: string): Changed {
  const { key } = part;
  const refusal = refusalOf(part, before);
  if (refusal !== null) return { problem: refusal };
  if (NO_VALUE.test(value)) return { problem: `${key}.${part.part}: a part of ${key} has no comma and no line break` };
  const tokens = tokensOf(before);
  const at = indexOf(part, tokens);
  const old = tokens[at];
  if (old === undefined) return { text: [...tokens, `${nameOf(part)}=${value}`].join(',') };
  return { text: tokens.toSpliced(at, 1, renewed(part, old, value)).join(',') };
}

/** The same without the part. */
export function withoutPart(part: Part, before: string | null): Changed {
  const refusal = refusalOf(part, before);
  if (refusal !== null) return { problem: refusal };
  const tokens = tokensOf(before);
  const at = indexOf(part, tokens);
  if (at < 0) return { text: before };
  const rest = tokens.toSpliced(at, 1);
  return { text: rest.length === 0 ? null : rest.join(',') };
}

function refusalOf({ kind, key, part }: Part, before: string | null): string | null {
  const form = formOf(kind, key);
  if (form.form !== 'property' && form.form !== 'net') return `${key} has no parts: give ${key} as a whole`;
  const isDrive = form.form === 'property' && form.isDrive;
  if (isDrive && part === 'size') return `${key}.size: the size of a disk is changed by resize-disk`;
  if (isDrive && (part === 'file' || part === 'volume')) return `${key}.${part}: a disk is moved by move-disk`;
  const isDevice = form.form === 'net' || isDrive;
  return isDevice && before === null ? `it has no ${key}: give ${key} as a whole` : null;
}

function tokensOf(text: string | null): string[] {
  return (text ?? '').split(',').filter((token) => token.trim() !== '');
}

function indexOf(part: Part, tokens: readonly string[]): number {
  const form = formOf(part.kind, part.key);
  const isCard = isVmCard(part) && (part.part === 'macaddr' || part.part === 'model');
  const defaultKey = form.form === 'property' ? form.defaultKey : null;
  return tokens.findIndex((token) => {
    const equals = token.indexOf('=');
    const name = equals < 0 ? null : token.slice(0, equals).trim();
    if (isCard) return NET_MODEL.test(name ?? token.trim());
    return name === null ? defaultKey === part.part : name === nameOf(part);
  });
}

/** `virtio=AA:BB:…` is model and address in one; a container names the address `hwaddr`. */
function nameOf({ kind, key, part }: Part): string {
  return kind === 'lxc' && part === 'macaddr' && formOf(kind, key).form === 'net' ? 'hwaddr' : part;
}

function renewed(part: Part, old: string, value: string): string {
  const equals = old.indexOf('=');
  if (isVmCard(part) && part.part === 'macaddr') return `${equals < 0 ? old : old.slice(0, equals)}=${value}`;
  if (isVmCard(part) && part.part === 'model') return equals < 0 ? value : `${value}${old.slice(equals)}`;
  return equals < 0 ? value : `${nameOf(part)}=${value}`;
}

function isVmCard({ kind, key }: Part): boolean {
  return kind === 'qemu' && formOf(kind, key).form === 'net';
}
