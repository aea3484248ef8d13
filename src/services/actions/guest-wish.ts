import type { NewGuestSource, NewGuestWish } from '../../types/new-guest.ts';
import { sizeBytes } from '../selectors/selector-values.ts';
import type { GuestSpec } from './guest-file-schema.ts';

/** What a spec says, in bytes and with every field. `secrets`: their values. */
export function toWish(
  spec: GuestSpec,
  { kind, vmid, secrets }: Pick<NewGuestWish, 'kind' | 'vmid'> & { secrets: ReadonlyMap<string, string> },
): NewGuestWish {
  const { storage, bytes } = diskOf(spec.disk);
  const settings = Object.entries(spec.config ?? {}).map(([key, value]) => [key, settingText(value)] as const);
  return {
    kind,
    vmid,
    name: spec.name,
    node: spec.node ?? null,
    cores: spec.cores ?? null,
    memoryBytes: spec.memory === undefined ? null : sizeBytes(spec.memory.replace(' ', '')),
    diskStorage: storage,
    diskBytes: bytes,
    bridge: spec.bridge ?? null,
    vlan: spec.vlan ?? null,
    ip: spec.ip ?? null,
    gateway: spec.gateway ?? null,
    tags: spec.tags ?? [],
    pool: spec.pool ?? null,
    description: spec.description ?? null,
    start: spec.start ?? false,
    settings: Object.fromEntries([...settings, ...secrets]),
    source: sourceOf(spec),
  };
}

function sourceOf({ template, full, iso, image, ostemplate }: GuestSpec): NewGuestSource {
  if (template !== undefined) return { from: 'guest', full: full ?? null, snapshot: null };
  if (iso !== undefined) return { from: 'iso', volid: iso };
  if (image !== undefined) return { from: 'image', volid: image };
  return ostemplate === undefined ? { from: 'nothing' } : { from: 'ostemplate', volid: ostemplate };
}

/** `local-lvm:32G`, `32G`; a bare number is in GiB, as the server takes it. */
function diskOf(disk: string | undefined): { storage: string | null; bytes: number | null } {
  if (disk === undefined) return { storage: null, bytes: null };
  const colon = disk.indexOf(':');
  const size = disk.slice(colon + 1);
  return {
    storage: colon < 0 ? null : disk.slice(0, colon),
    bytes: /^[\d.]+$/.test(size) ? Number(size) * 1024 ** 3 : sizeBytes(size),
  };
}

/** Flags are 0 and 1 for the server. */
function settingText(value: string | number | boolean): string {
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}
