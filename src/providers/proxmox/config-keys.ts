import type { GuestKind } from '../../types/guest.ts';

/** How the value of a configuration key is read. */
export type KeyForm =
  | { form: 'property'; defaultKey: string | null; isDrive: boolean }
  | { form: 'net' }
  | { form: 'tags' }
  | { form: 'list' }
  | { form: 'memory' }
  | { form: 'text' }
  | { form: 'scalar' };

/** Not configuration, or changed by the server on its own. `vmgenid` and `meta` are part of the identity instead. */
const UNTRACKED = /^(?:digest|lock|meta|vmgenid|snapstate|lastsnapshot|snaptime|running.*|pending|snapshots)$/;

/** Texts in which digits are no number. */
const TEXT_KEYS: ReadonlySet<string> = new Set([
  'affinity',
  'args',
  'ciuser',
  'description',
  'entrypoint',
  'env',
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

/** Property strings and the name of their nameless part. Source: the formats in qemu-server and pve-container. */
const PROPERTY_KEYS: readonly (readonly [pattern: RegExp, defaultKey: string | null])[] = [
  [/^(?:rootfs|mp\d+)$/, 'file'],
  [/^agent$/, 'enabled'],
  [/^cpu$/, 'cputype'],
  [/^boot$/, 'legacy'],
  [/^(?:vga|machine|amd[-_]sev|intel[-_]tdx)$/, 'type'],
  [/^(?:hostpci|usb)\d+$/, 'host'],
  [/^rng0$/, 'source'],
  [/^watchdog$/, 'model'],
  [/^startup$/, 'order'],
  [/^dev\d+$/, 'path'],
  [/^virtiofs\d+$/, 'dirid'],
  [/^(?:smbios1|ipconfig\d+|numa\d+|audio\d+|features|spice_enhancements|cicustom|ivshmem)$/, null],
];
const DRIVE = /^(?:(?:scsi|sata|ide|virtio|efidisk|tpmstate|unused)\d+)$/;

const BOOLEANS =
  /^(?:acpi|acl|autostart|backup|ciupgrade|console|debug|enabled|firewall|freeze|fstrim_cloned_disks|iothread|kvm|link_down|localtime|nesting|numa|onboot|protection|quota|reboot|replicate|ro|shared|ssd|tablet|tdf|unprivileged)$/;

const OTHER_KEYS =
  /^(?:acpi|arch|autostart|balloon|bios|cdrom|cipassword|citype|ciupgrade|cores|cpulimit|cpuunits|freeze|keyboard|kvm|localtime|migrate_downtime|migrate_speed|numa|onboot|ostype|parallel\d+|protection|reboot|scsihw|serial\d+|shares|smp|sockets|sshkeys|tablet|tdf|template|vcpus|delete|revert|digest|force|skiplock|background_delay|lock|import-working-storage|allow-ksm|hugepages|keephugepages)$/;

/** Whether the key is part of the document. */
export function isTracked(key: string): boolean {
  return !UNTRACKED.test(key);
}

/** Whether the value is written by people and may contain anything. */
export function isFreeText(key: string): boolean {
  return key === 'description' || key === 'args';
}

export function isBooleanKey(key: string): boolean {
  return BOOLEANS.test(key);
}

/** Whether qemu-server has this key, or had it up to version 9. */
export function isKnownQemuKey(key: string): boolean {
  return OTHER_KEYS.test(key) || formOf('qemu', key).form !== 'scalar';
}

export function formOf(kind: GuestKind, key: string): KeyForm {
  if (key === 'tags') return { form: 'tags' };
  if (key === 'hotplug') return { form: 'list' };
  if (key === 'memory') return { form: 'memory' };
  if (TEXT_KEYS.has(key)) return { form: 'text' };
  if (/^net\d+$/.test(key)) return { form: 'net' };
  if (kind === 'qemu' && DRIVE.test(key)) return { form: 'property', defaultKey: 'file', isDrive: true };
  const property = PROPERTY_KEYS.find(([pattern]) => pattern.test(key));
  if (property) {
    return { form: 'property', defaultKey: property[1], isDrive: property[1] === 'file' };
  }
  if (kind === 'lxc' && /^unused\d+$/.test(key)) return { form: 'property', defaultKey: 'file', isDrive: true };
  return { form: 'scalar' };
}
