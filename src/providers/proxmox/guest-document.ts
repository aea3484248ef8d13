import type { PveGuestConfig } from '../../api/pve-types.ts';
import { maskText } from '../../text/mask-secrets.ts';
import type { Document, Value } from '../../types/document.ts';
import type { GuestIdentity, GuestKind } from '../../types/guest.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import { NUL_SIGN } from '../../types/nul-sign.ts';
import { toEntries } from './config-value.ts';
import { splitPropertyString } from './property-string.ts';

export interface GuestConfiguration {
  /** What it gives to the guest's document: the configuration section, with `name`, `tags` and `template`. */
  fields: ReadonlyMap<string, Value>;
  identity: GuestIdentity;
  /** Values as version 0.1 stored them, where that differs. */
  former: Document;
}

/** A guest's configuration in the terms of the inventory. Never fails: what has no known form stays one value. */
export function guestConfiguration(
  kind: GuestKind,
  config: PveGuestConfig,
  maskKey: MaskKey | null,
): GuestConfiguration {
  const entries = new Map<string, Value>();
  for (const key of Object.keys(config).sort()) {
    const value = config[key];
    if (value === undefined) continue;
    for (const [path, parsed] of toEntries(kind, key, value, maskKey)) entries.set(path, parsed);
  }
  // An empty name is no name.
  if (entries.get('name') === '') entries.delete('name');
  return { fields: entries, identity: identityOf(kind, config, entries), former: formerForms(config, maskKey) };
}

const NOTHING: Document = {};

/** Version 0.1 stored NUL as U+FFFD, and its masks did not end there. */
function formerForms({ env }: PveGuestConfig, maskKey: MaskKey | null): Document {
  if (typeof env !== 'string' || !env.includes(NUL_SIGN)) return NOTHING;
  return { env: maskText(env.replaceAll(NUL_SIGN, '\uFFFD'), maskKey) };
}

function identityOf(kind: GuestKind, config: PveGuestConfig, entries: ReadonlyMap<string, Value>): GuestIdentity {
  const uuid = textOf(entries.get('smbios1.uuid'));
  const ctime = ctimeOf(config['meta']);
  const vmgenid = textOf(config['vmgenid']);
  const rootfs = kind === 'lxc' ? textOf(entries.get('rootfs.file')) : undefined;
  const hostname = kind === 'lxc' ? textOf(entries.get('name')) : undefined;
  const digest = textOf(config['digest']);
  const macs = macsOf(entries);
  return {
    ...(uuid !== undefined && { uuid: uuid.toLowerCase() }),
    ...(ctime !== undefined && { ctime }),
    ...(vmgenid !== undefined && { vmgenid: vmgenid.toLowerCase() }),
    ...(macs.length > 0 && { macs }),
    ...(rootfs !== undefined && { rootfs }),
    ...(hostname !== undefined && { hostname }),
    ...(digest !== undefined && { digest }),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** `meta: creation-qemu=7.2.22,ctime=1795225766`. */
function ctimeOf(meta: unknown): number | undefined {
  if (typeof meta !== 'string') return undefined;
  const ctime = splitPropertyString(meta, null)?.get('ctime') ?? '';
  return /^\d{1,12}$/.test(ctime) ? Number(ctime) : undefined;
}

function macsOf(entries: ReadonlyMap<string, Value>): readonly string[] {
  const macs = new Set<string>();
  for (const [path, value] of entries) {
    if (/^net\d+\.macaddr$/.test(path) && typeof value === 'string') macs.add(value);
  }
  return [...macs].sort();
}
