import type { GuestRow } from '../../types/inventory.ts';
import type { MachineLink } from '../../types/machine-link.ts';
import { type FoundLink, linkMachines, type Machine } from './link-machines.ts';

/** What a row gets: of a managed guest what manages it, of what manages one that guest. */
export type Managed = Pick<GuestRow, 'managedBy' | 'manages'>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NO_UUID = /^(?:0{8}(?:-0{4}){3}-0{12}|f{8}(?:-f{4}){3}-f{12})$/;
/** Addresses that every machine has, or that are of one network cable only. */
const OF_ANY_MACHINE = /^(?:127\.|169\.254\.|0\.0\.0\.0$|::1?$|fe[89ab][0-9a-f]:)/i;

/**
 * Which guests of platforms are computers that report to another provider. `rows`: all guests that are not gone, of all providers; with
 * fewer, an entry could pass for the only one of its kind. By the ids of guests. Pure.
 */
export function findManagers(rows: readonly GuestRow[]): ReadonlyMap<string, Managed> {
  const reporting = new Set(rows.flatMap(({ providerId, lastReportAt }) => (lastReportAt ? [providerId] : [])));
  const byId = new Map(rows.map((row) => [row.id, row]));
  const computers = rows.filter(({ providerId }) => reporting.has(providerId)).map(toMachine);
  const guests = rows.filter(({ providerId }) => !reporting.has(providerId)).map(toMachine);
  const found = new Map<string, Managed>();
  for (const link of linkMachines(computers, guests)) {
    const [computer, guest] = [byId.get(link.computer.id), byId.get(link.guest.id)];
    if (computer === undefined || guest === undefined) continue;
    found.set(guest.id, { managedBy: toLink(computer, link) });
    found.set(computer.id, { manages: toLink(guest, link) });
  }
  return found;
}

function toLink({ id, providerName, nativeId, name }: GuestRow, { by }: FoundLink): MachineLink {
  return { id, providerName, nativeId, name, by, confidence: by === 'name-and-address' ? 'likely' : 'exact' };
}

function toMachine({ id, presence, identity, document, name, addresses }: GuestRow): Machine {
  const uuid = (identity.uuid ?? textAt(document['uuid']))?.toLowerCase() ?? '';
  const macs = [...(identity.macs ?? []), ...listAt(document['guest.macs'])];
  const names = [name, identity.hostname, textAt(document['guest.hostname'])].flatMap((text) => toName(text) ?? []);
  return {
    id,
    isPresent: presence === 'present',
    uuid: UUID.test(uuid) && !NO_UUID.test(uuid) ? uuid : null,
    macs: [...new Set(macs.map((mac) => mac.toUpperCase()))],
    names: [...new Set(names)],
    addresses: [...new Set(addresses.map(({ address }) => address.toLowerCase()))].filter(
      (one) => !OF_ANY_MACHINE.test(one),
    ),
  };
}

/** Without its domain, which only some of those who name a machine know. */
function toName(text: string | null | undefined): string | null {
  const [first = ''] = text?.trim().toLowerCase().split('.', 1) ?? [];
  return first === '' || first === 'localhost' ? null : first;
}

function textAt(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function listAt(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
