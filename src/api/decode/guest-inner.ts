import * as z from 'zod';
import type { PveInterface, PveOsInfo } from '../pve-types.ts';
import { isRecord, toName, toNumber, toText } from './primitives.ts';

/** A system inside a guest may say anything: what is more than this is left out. */
const MAX_INTERFACES = 256;
const MAX_ADDRESSES = 64;
const MAX_TEXT = 256;

/**
 * `/agent/network-get-interfaces`, whose list is in `result`, and `/lxc/{vmid}/interfaces`, which is null for a container that is
 * off. Every system has at least its loopback interface, so that an answer without any says nothing. Names and addresses are as the system inside says them. Source: qemu-guest-agent qga/qapi-schema.json GuestNetworkInterface;
 * pve-container src/PVE/API2/LXC.pm ip.
 */
export const interfaces = z.unknown().transform((data, context): PveInterface[] => {
  const rows = isRecord(data) ? data['result'] : data;
  const told = Array.isArray(rows) ? rows.slice(0, MAX_INTERFACES).flatMap(toInterface) : [];
  if (told.length > 0) return told;
  context.addIssue({ code: 'custom', message: 'no list of interfaces' });
  return z.NEVER;
});

function toInterface(row: unknown): PveInterface[] {
  if (!isRecord(row)) return [];
  const name = toShort(row['name']);
  if (name === undefined) return [];
  const mac = toShort(row['hardware-address'] ?? row['hwaddr']);
  const listed: readonly unknown[] = Array.isArray(row['ip-addresses']) ? row['ip-addresses'] : [];
  const told = listed.slice(0, MAX_ADDRESSES).flatMap((one) => {
    if (!isRecord(one)) return [];
    const address = toShort(one['ip-address']);
    return address === undefined ? [] : [{ address, prefix: toPrefix(one['prefix']) }];
  });
  // Before 8.4 a container has these only.
  const texts = listed.length > 0 ? [] : [toShort(row['inet']), toShort(row['inet6'])];
  const short = texts.flatMap((text) => {
    const [address = '', prefix] = text?.split('/') ?? [];
    return address === '' ? [] : [{ address, prefix: toPrefix(prefix) }];
  });
  return [{ name, mac, addresses: [...told, ...short] }];
}

/** `/agent/get-osinfo`. Source: qemu-guest-agent qga/qapi-schema.json GuestOSInfo. */
export const osInfo = z.unknown().transform((data): PveOsInfo => {
  const info = isRecord(data) && isRecord(data['result']) ? data['result'] : {};
  return {
    name: toShort(info['name']),
    prettyName: toShort(info['pretty-name']),
    versionId: toShort(info['version-id']),
  };
});

function toPrefix(value: unknown): number | undefined {
  const length = toNumber(value);
  return length !== undefined && Number.isInteger(length) && length >= 0 && length <= 128 ? length : undefined;
}

function toShort(value: unknown): string | undefined {
  const text = toText(value);
  return text === undefined || text.length > MAX_TEXT ? undefined : toName(text.trim());
}
