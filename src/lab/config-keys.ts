import { KEY_LIMITS } from './key-limits.ts';
import type { ConfigValue, GuestKind } from './model.ts';
import { specError } from './parameter-spec.ts';
import type { Release } from './release.ts';
import { isAtLeast, RELEASES } from './release.ts';

type KeyType = 'integer' | 'number' | 'boolean' | 'string';

const VM_KEYS: Readonly<Record<KeyType, string>> = {
  integer: 'balloon cores cpuunits migrate_speed shares smp sockets vcpus',
  number: 'cpulimit migrate_downtime',
  boolean:
    'acpi allow-ksm autostart ciupgrade freeze keephugepages kvm localtime numa onboot protection reboot tablet tdf template',
  string:
    'affinity agent amd-sev arch args audio0 bios boot bootdisk cdrom cicustom cipassword citype ciuser cpu description efidisk0 hookscript hotplug hugepages intel-tdx ivshmem keyboard lock machine memory name nameserver ostype rng0 scsihw searchdomain smbios1 spice_enhancements sshkeys startdate startup tags tpmstate0 vga vmgenid vmstatestorage watchdog',
};
const VM_INDEXED = /^(?:scsi|virtio|ide|sata|net|usb|serial|parallel|hostpci|numa|ipconfig|unused|virtiofs)\d+$/;

const CT_KEYS: Readonly<Record<KeyType, string>> = {
  integer: 'cores cpuunits memory swap tty',
  number: 'cpulimit',
  boolean: 'console debug onboot protection template unprivileged',
  string:
    'arch cmode description entrypoint env features hookscript hostname lock nameserver ostype rootfs searchdomain startup tags timezone',
};
const CT_INDEXED = /^(?:net|mp|dev|unused)\d+$/;

const TYPES: Readonly<Record<GuestKind, ReadonlyMap<string, KeyType>>> = {
  qemu: typesOf(VM_KEYS),
  lxc: typesOf(CT_KEYS),
};

function typesOf(keys: Readonly<Record<KeyType, string>>): Map<string, KeyType> {
  const types = new Map<string, KeyType>();
  for (const type of ['integer', 'number', 'boolean', 'string'] as const) {
    for (const key of keys[type].split(' ')) types.set(key, type);
  }
  return types;
}

/** Keys that came with a release. */
const SINCE: Readonly<Record<GuestKind, readonly (readonly [RegExp, Release])[]>> = {
  qemu: [
    [/^(?:amd-sev|ciupgrade|virtiofs\d+)$/, '8.4'],
    [/^(?:allow-ksm|intel-tdx)$/, '9.2'],
  ],
  lxc: [
    [/^dev\d+$/, '8.4'],
    [/^(?:entrypoint|env)$/, '9.2'],
  ],
};

/** undefined: the configuration has no such key, in any release or in this one. */
export function keyType(kind: GuestKind, key: string, release: Release = '9.2'): KeyType | undefined {
  const since = SINCE[kind].find(([keys]) => keys.test(key))?.[1] ?? '7.4';
  if (!isAtLeast(release, since)) return undefined;
  if (kind === 'qemu' && key === 'memory' && !RELEASES[release].hasMemoryString) return 'integer';
  return TYPES[kind].get(key) ?? ((kind === 'qemu' ? VM_INDEXED : CT_INDEXED).test(key) ? 'string' : undefined);
}

/** The error text of a value that the server would refuse, or undefined. */
export function valueError(kind: GuestKind, key: string, value: string, release: Release = '9.2'): string | undefined {
  const spec = keySpec(kind, key, release);
  const error = spec === undefined ? undefined : specError(spec, value);
  if (error !== undefined) return error;
  if (kind === 'qemu' && key === 'memory' && !/^(current=)?\d+$/.test(value)) {
    return `invalid format - format error\nmemory.current: type check ('integer') failed - got '${value}'\n`;
  }
  if (key === 'tags' && splitTags(value).some((tag) => !/^[a-z0-9_][a-z0-9_\-+.]*$/i.test(tag))) {
    return 'invalid format - invalid characters in tag\n';
  }
  if (key === 'description' && value.length > 8192) return 'value may only be 8192 characters long';
  return undefined;
}

/** What a key may be, as `parseSpec` reads it. */
export function keySpec(kind: GuestKind, key: string, release: Release): string | undefined {
  const type = keyType(kind, key, release);
  const limits = KEY_LIMITS[kind][key];
  if (type === 'integer' && key === 'memory') return 'integer>=16';
  return type === undefined ? undefined : (limits ?? type);
}

/** The value as the configuration keeps it and the API gives it back. */
export function typedValue(release: Release, kind: GuestKind, key: string, value: ConfigValue): ConfigValue {
  const type = keyType(kind, key);
  if (type === 'integer' || type === 'boolean') return Number(value);
  if (kind === 'qemu' && key === 'memory' && !RELEASES[release].hasMemoryString) return Number(value);
  // A container's description comes back with a newline at its end, a VM's without (recorded on 8.4).
  if (kind === 'lxc' && key === 'description') return `${withoutLastBreaks(String(value))}\n`;
  if (kind === 'qemu' && key === 'description') return withoutLastBreaks(String(value));
  return String(value);
}

export function splitTags(value: string): string[] {
  return value.split(/[;,\s]+/).filter((tag) => tag !== '');
}

/** Tags that are set later are stored sorted and once each (PVE::GuestHelpers::get_unique_tags). */
export function sortedTags(value: string): string {
  return [...new Set(splitTags(value).map((tag) => tag.toLowerCase()))].sort().join(';');
}

const VM_LIVE =
  /^(?:lock|name|onboot|shares|startup|description|protection|vmstatestorage|hookscript|tags|hotplug|cpulimit|cpuunits|tablet|balloon|migrate_downtime|migrate_speed|cicustom|cipassword|citype|ciupgrade|ciuser|nameserver|searchdomain|sshkeys|(?:net|scsi|virtio|usb|unused|ipconfig)\d+)$/;
const CT_LIVE =
  /^(?:lock|hostname|onboot|startup|description|protection|hookscript|tags|cores|cpulimit|cpuunits|memory|swap|(?:net|mp|unused)\d+)$/;

/** Whether a change of this key reaches a running guest at once; others stay pending. */
export function isLive(kind: GuestKind, key: string): boolean {
  return (kind === 'qemu' ? VM_LIVE : CT_LIVE).test(key);
}

function withoutLastBreaks(text: string): string {
  let end = text.length;
  while (text[end - 1] === '\n') end -= 1;
  return text.slice(0, end);
}
