import type { GuestKind } from '../../types/guest.ts';
import { FREE_TEXT_KEYS } from './records/record.ts';

/** How the value of a configuration key is read. */
export type KeyForm =
  | { form: 'property'; defaultKey: string | null; isDrive: boolean }
  | { form: 'net' }
  | { form: 'tags' }
  | { form: 'list' }
  | { form: 'memory' }
  | { form: 'text' }
  | { form: 'environment' }
  | { form: 'scalar' };

const FREE_TEXTS: ReadonlySet<string> = new Set(FREE_TEXT_KEYS);

/** Not configuration, or changed by the server on its own. `vmgenid` and `meta` are part of the identity instead. */
const UNTRACKED: ReadonlySet<string> = new Set([
  'digest',
  'lock',
  'meta',
  'vmgenid',
  'snapstate',
  'lastsnapshot',
  'snaptime',
  'pending',
  'snapshots',
]);

/** Texts in which digits are no number. */
const TEXT_KEYS: ReadonlySet<string> = new Set([
  'affinity',
  'args',
  'ciuser',
  'description',
  'entrypoint',
  'hookscript',
  'hostname',
  'name',
  'nameserver',
  'parent',
  'searchdomain',
  'startdate',
  'timezone',
  'vmstatestorage',
]);

function property(defaultKey: string | null): KeyForm {
  return { form: 'property', defaultKey, isDrive: defaultKey === 'file' };
}

/** Property strings have the name of their nameless part. Source: the formats in qemu-server and pve-container. */
const FORMS: ReadonlyMap<string, KeyForm> = new Map<string, KeyForm>([
  ['tags', { form: 'tags' }],
  ['hotplug', { form: 'list' }],
  ['memory', { form: 'memory' }],
  ['env', { form: 'environment' }],
  ...[...TEXT_KEYS].map((key): [string, KeyForm] => [key, { form: 'text' }]),
  ['rootfs', property('file')],
  ['agent', property('enabled')],
  ['cpu', property('cputype')],
  ['boot', property('legacy')],
  ...['vga', 'machine', 'amd-sev', 'amd_sev', 'intel-tdx', 'intel_tdx'].map((key): [string, KeyForm] => [
    key,
    property('type'),
  ]),
  ['rng0', property('source')],
  ['watchdog', property('model')],
  ['startup', property('order')],
  ...['smbios1', 'features', 'spice_enhancements', 'cicustom', 'ivshmem'].map((key): [string, KeyForm] => [
    key,
    property(null),
  ]),
]);

/** Of keys that end in a number, by what is before it. */
const NUMBERED_FORMS: ReadonlyMap<string, KeyForm> = new Map<string, KeyForm>([
  ['net', { form: 'net' }],
  ['mp', property('file')],
  ['unused', property('file')],
  ['hostpci', property('host')],
  ['usb', property('host')],
  ['dev', property('path')],
  ['virtiofs', property('dirid')],
  ['ipconfig', property(null)],
  ['numa', property(null)],
  ['audio', property(null)],
]);
/** Of virtual machines. */
const DRIVES: ReadonlySet<string> = new Set(['scsi', 'sata', 'ide', 'virtio', 'efidisk', 'tpmstate']);
const SCALAR: KeyForm = { form: 'scalar' };

const BOOLEANS: ReadonlySet<string> = new Set([
  'acpi',
  'acl',
  'autostart',
  'backup',
  'ciupgrade',
  'console',
  'debug',
  'enabled',
  'firewall',
  'freeze',
  'fstrim_cloned_disks',
  'iothread',
  'kvm',
  'link_down',
  'localtime',
  'nesting',
  'numa',
  'onboot',
  'protection',
  'quota',
  'reboot',
  'replicate',
  'ro',
  'shared',
  'ssd',
  'tablet',
  'tdf',
  'unprivileged',
]);

const OTHER_KEYS =
  /^(?:acpi|arch|autostart|balloon|bios|cdrom|cipassword|citype|ciupgrade|cores|cpulimit|cpuunits|freeze|keyboard|kvm|localtime|migrate_downtime|migrate_speed|numa|onboot|ostype|parallel\d+|protection|reboot|scsihw|serial\d+|shares|smp|sockets|sshkeys|tablet|tdf|template|vcpus|delete|revert|digest|force|skiplock|background_delay|lock|import-working-storage|allow-ksm|hugepages|keephugepages)$/;

/** Whether the key is part of the document. */
export function isTracked(key: string): boolean {
  return !UNTRACKED.has(key) && !key.startsWith('running');
}

/** Whether the value is written by people and may contain anything. */
export function isFreeText(key: string): boolean {
  return FREE_TEXTS.has(key);
}

export function isBooleanKey(key: string): boolean {
  return BOOLEANS.has(key);
}

/** Whether qemu-server has this key, or had it up to version 9. */
export function isKnownQemuKey(key: string): boolean {
  return OTHER_KEYS.test(key) || formOf('qemu', key).form !== 'scalar';
}

export function formOf(kind: GuestKind, key: string): KeyForm {
  const form = FORMS.get(key);
  if (form) return form;
  const stem = /^([a-z]+)\d+$/.exec(key)?.[1];
  if (stem === undefined) return SCALAR;
  if (kind === 'qemu' && DRIVES.has(stem)) return property('file');
  return NUMBERED_FORMS.get(stem) ?? SCALAR;
}
