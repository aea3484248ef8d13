import { configDigest } from './config-file.ts';
import type { Config, ConfigValue, LabGuest } from './model.ts';

/** The configuration with its pending changes, as `GET …/config` has it. */
export function configuredView(guest: LabGuest): Config {
  const merged: Config = {};
  for (const [key, value] of Object.entries(guest.config)) if (!guest.pendingDelete.has(key)) merged[key] = value;
  return { ...merged, ...guest.pending };
}

export interface PendingRow {
  key: string;
  value?: ConfigValue;
  pending?: ConfigValue;
  delete?: number;
}

export function pendingRows(guest: LabGuest): PendingRow[] {
  const rows = Object.entries(guest.config).map(([key, value]): PendingRow => {
    const pending = guest.pending[key];
    return {
      key,
      value,
      // A second password differs from the first by a blank (qemu-server src/PVE/API2/Qemu.pm vm_pending).
      ...(pending !== undefined && { pending: key === 'cipassword' ? `${pending} ` : pending }),
      ...(guest.pendingDelete.has(key) && { delete: 1 }),
    };
  });
  const added = Object.entries(guest.pending).filter(([key]) => guest.config[key] === undefined);
  for (const [key, pending] of added) rows.push({ key, pending });
  rows.push({ key: 'digest', value: configDigest(guest) });
  return rows;
}

/** What a start does to the configuration, and of a VM a stop as well. */
export function applyPending(guest: LabGuest): void {
  for (const key of guest.pendingDelete) delete guest.config[key];
  Object.assign(guest.config, guest.pending);
  guest.pending = {};
  guest.pendingDelete = new Set();
}
