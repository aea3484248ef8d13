import { toFirmwareUuid } from '../../types/firmware-uuid.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { MachineLink, MachineRow } from '../../types/machine-link.ts';
import { type FoundLink, linkMachines, type Machine } from './link-machines.ts';

/** What a row gets: of a managed guest what manages it, of what manages one that guest. */
export type Managed = Pick<GuestRow, 'managedBy' | 'manages'>;

/** A provider as a link tells of it. */
export interface LinkedProvider {
  id: string;
  name: string;
  /** Whether its guests are machines that an agent on them reports. */
  isReporting: boolean;
}

/** Addresses that every machine has, or that are of one network cable only. */
export const OF_ANY_MACHINE = /^(?:127\.|169\.254\.|0\.0\.0\.0$|::1?$|fe[89ab][0-9a-f]:)/i;

/**
 * Which guests of platforms are computers that report to another provider. `rows`: all guests that are not gone, of all providers; with
 * fewer, an entry could pass for the only one of its kind. By the ids of guests. Pure.
 */
export function findManagers(
  rows: readonly MachineRow[],
  providers: readonly LinkedProvider[],
): ReadonlyMap<string, Managed> {
  const owners = new Map(providers.map((one) => [one.id, one]));
  const byId = new Map(rows.map((row) => [row.id, row]));
  const machines = (isReporting: boolean): Machine[] =>
    rows.filter(({ providerId }) => owners.get(providerId)?.isReporting === isReporting).map(toMachine);
  const found = new Map<string, Managed>();
  for (const link of linkMachines(machines(true), machines(false))) {
    const [computer, guest] = [byId.get(link.computer.id), byId.get(link.guest.id)];
    if (computer === undefined || guest === undefined) continue;
    found.set(guest.id, { managedBy: toLink(computer, owners, link) });
    found.set(computer.id, { manages: toLink(guest, owners, link) });
  }
  return found;
}

function toLink(
  { id, providerId, nativeId, name }: MachineRow,
  owners: ReadonlyMap<string, LinkedProvider>,
  { by }: FoundLink,
): MachineLink {
  const providerName = owners.get(providerId)?.name ?? providerId;
  return { id, providerName, nativeId, name, by, confidence: by === 'name-and-address' ? 'likely' : 'exact' };
}

function toMachine({ id, isPresent, uuid, macs, name, hostnames, addresses }: MachineRow): Machine {
  const names = [name, ...hostnames].flatMap((text) => toName(text) ?? []);
  return {
    id,
    isPresent,
    uuid: toFirmwareUuid(uuid),
    macs: [...new Set(macs.map((mac) => mac.toUpperCase()))],
    names: [...new Set(names)],
    addresses: [...new Set(addresses.map((address) => address.toLowerCase()))].filter(
      (one) => !OF_ANY_MACHINE.test(one),
    ),
  };
}

/** Without its domain, which only some of those who name a machine know. */
function toName(text: string | null): string | null {
  const [first = ''] = text?.trim().toLowerCase().split('.', 1) ?? [];
  return first === '' || first === 'localhost' ? null : first;
}
