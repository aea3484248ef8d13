import { isSecretKey, maskEnvironment, maskSecret, maskText } from '../../text/mask-secrets.ts';
import type { Value } from '../../types/document.ts';
import type { GuestKind } from '../../types/guest.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import { LIST_SEPARATORS } from '../../types/nul-sign.ts';
import { formOf, isBooleanKey, isTracked } from './config-keys.ts';
import { parseSizeBytes, splitPropertyString } from './property-string.ts';

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;
const NET_MODEL =
  /^(?:e1000(?:-82540em|-82544gc|-82545em)?|e1000e|i82551|i82557b|i82559er|ne2k_isa|ne2k_pci|pcnet|rtl8139|virtio|vmxnet3)$/;

/** Paths that belong to other sections of the document; no configuration key has these names today. */
const RESERVED = /^(?:node|status|qmpstatus|pool|(?:ha|snapshot)(?:\..*)?)$/;

export type Entry = readonly [path: string, value: Value];

/**
 * What one configuration key says, as entries of the document. Every value gives at least one entry, but for keys that are
 * not tracked and for empty sets. The same for a configuration and for a line of the cluster log, so that both compare equal.
 */
export function toEntries(
  kind: GuestKind,
  key: string,
  value: string | number | boolean,
  maskKey: MaskKey | null,
): readonly Entry[] {
  if (!isTracked(key)) return [];
  const raw = typeof value === 'boolean' ? Number(value) : value;
  const path = pathOf(kind, key);
  if (isSecretKey(key)) return [[path, maskSecret(String(raw), maskKey)]];
  if (key === 'template') return isTrue(raw) ? [[path, true]] : [];
  const form = formOf(kind, key);
  switch (form.form) {
    case 'tags':
    case 'list':
      return listEntries(path, String(raw), form.form === 'tags');
    case 'text':
      return [[path, maskText(withoutLastBreaks(String(raw)), maskKey)]];
    case 'environment':
      return [[path, maskEnvironment(String(raw), maskKey)]];
    case 'memory':
      return [[path, toScalar(key, memoryOf(String(raw)), maskKey)]];
    case 'net':
      return propertyEntries(path, raw, netParts(kind, String(raw)), { maskKey, isDrive: false });
    case 'property':
      return propertyEntries(path, raw, splitPropertyString(String(raw), form.defaultKey), {
        maskKey,
        isDrive: form.isDrive,
      });
    case 'scalar':
      return [[path, toScalar(key, raw, maskKey)]];
  }
}

/** The tags of a list or configuration: sorted, each once. */
export function splitTags(text: string): string[] {
  return [...new Set(text.split(LIST_SEPARATORS))].filter((tag) => tag !== '').sort();
}

function pathOf(kind: GuestKind, key: string): string {
  if (kind === 'lxc' && key === 'hostname') return 'name';
  return RESERVED.test(key) ? `config.${key}` : key;
}

function isTrue(value: string | number): boolean {
  return value === 1 || /^(?:1|on|yes|true)$/i.test(String(value));
}

function listEntries(path: string, text: string, isTags: boolean): readonly Entry[] {
  const items = splitTags(text);
  if (isTags) return items.length === 0 ? [] : [[path, items]];
  // `hotplug: 0` and `1` stand for none and all.
  return items.length === 1 && /^[01]$/.test(items[0] ?? '') ? [[path, Number(items[0])]] : [[path, items]];
}

/** `memory: current=512` since qemu-server 8.0.11, `512` before. */
function memoryOf(text: string): string {
  const parts = splitPropertyString(text, 'current');
  return parts?.size === 1 ? (parts.get('current') ?? text) : text;
}

/** `virtio=AA:BB:…` is model and address in one; a container names the address `hwaddr`. */
function netParts(kind: GuestKind, text: string): ReadonlyMap<string, string> | null {
  const parts = splitPropertyString(text, kind === 'qemu' ? 'model' : null);
  if (!parts) return null;
  const result = new Map<string, string>();
  for (const [name, value] of parts) {
    if (kind === 'qemu' && NET_MODEL.test(name)) {
      if (result.has('model')) return null;
      result.set('model', name);
      result.set('macaddr', value);
    } else {
      result.set(name === 'hwaddr' ? 'macaddr' : name, value);
    }
  }
  const mac = result.get('macaddr');
  if (mac !== undefined && MAC.test(mac)) result.set('macaddr', mac.toUpperCase());
  return result.has('') ? null : result;
}

function propertyEntries(
  path: string,
  raw: string | number,
  parts: ReadonlyMap<string, string> | null,
  { maskKey, isDrive }: { maskKey: MaskKey | null; isDrive: boolean },
): readonly Entry[] {
  if (!parts) return [[path, toScalar(path, typeof raw === 'string' ? raw.trim() : raw, maskKey)]];
  return Array.from(parts, ([name, value]): Entry => {
    const bytes = isDrive && name === 'size' ? parseSizeBytes(value) : null;
    return [`${path}.${name}`, bytes ?? toScalar(name, value, maskKey)];
  });
}

function toScalar(key: string, raw: string | number, maskKey: MaskKey | null): Value {
  if (isSecretKey(key)) return maskSecret(String(raw), maskKey);
  // Adding 0 makes 0 of -0, which JSON has not.
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw + 0 : String(raw);
  if (isBooleanKey(key)) {
    if (/^(?:on|yes|true)$/i.test(raw)) return 1;
    if (/^(?:off|no|false)$/i.test(raw)) return 0;
  }
  if (NUMBER.test(raw) && Math.abs(Number(raw)) <= Number.MAX_SAFE_INTEGER) return Number(raw) + 0;
  return maskText(raw, maskKey);
}

/** Not by /[\r\n]+$/, which reads a long text of line breaks once from each of them. */
function withoutLastBreaks(text: string): string {
  let end = text.length;
  while (text[end - 1] === '\n' || text[end - 1] === '\r') end -= 1;
  return text.slice(0, end);
}
