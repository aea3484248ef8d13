import { setTimeout as sleep } from 'node:timers/promises';
import { guestOfPath } from '../../../api/paths.ts';
import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import type { PveGuestStatus } from '../../../api/pve-types.ts';
import type { ActionSubject, PlannedCall, Settling } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import { attempt } from '../../scope-reports.ts';
import { MOVING } from './replacements.ts';

const LOOK_EVERY_MS = 1000;

/**
 * Waits for a guest to become what a call has asked for, wherever it is; whether that came in time. While a
 * task of its node is migrating it, the time does not pass. Throws AppError('interrupted').
 */
export async function waitUntilSettled(
  client: ProxmoxClient,
  { path, settles }: PlannedCall,
  { signal, mostMs }: { signal: AbortSignal; mostMs: number },
): Promise<boolean> {
  const guest = guestOfPath(path);
  if (settles === undefined || guest === null) return true;
  let untilMs = performance.now() + mostMs;
  for (;;) {
    const found = await findGuest(client, guest, signal);
    if (found !== null && isSettled(found, settles)) return true;
    const isUnderway = found !== null && (await isMigrating(client, { ...guest, ...found }, signal));
    if (isUnderway) untilMs = performance.now() + mostMs;
    else if (performance.now() > untilMs) return false;
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw new AppError('interrupted', 'it is not waited for any longer');
  }
}

interface Found {
  node: string;
  status: PveGuestStatus;
}

function isSettled({ node, status }: Found, settles: Settling): boolean {
  switch (settles.kind) {
    case 'power':
      return (status.status === 'running') === settles.isRunning;
    case 'node':
      // Its file is there before the migration has ended. Source: qemu-server src/PVE/QemuMigrate.pm phase3_cleanup.
      return node === settles.node && status.lock !== 'migrate';
  }
}

/** By the node that has it now: HA may have moved it. The listing alone lags behind. */
async function findGuest(
  client: ProxmoxClient,
  { kind, vmid }: Pick<ActionSubject, 'kind' | 'vmid'>,
  signal: AbortSignal,
): Promise<Found | null> {
  const all = await attempt(client.getClusterResources({ signal }));
  if (all instanceof AppError) return null;
  const row = all.guests.find((one) => one.vmid === vmid && one.kind === kind);
  if (row === undefined) return null;
  const status = await attempt(client.getGuestStatus({ kind, node: row.node, vmid }, { signal }));
  return status instanceof AppError ? null : { node: row.node, status };
}

/** The lock alone may have been left by a task that died. */
async function isMigrating(
  client: ProxmoxClient,
  { node, vmid, status }: Found & { vmid: number },
  signal: AbortSignal,
) {
  if (status.lock !== 'migrate') return false;
  const active = await attempt(client.getTasks(node, { source: 'active', vmid }, { signal }));
  return !(active instanceof AppError) && active.tasks.some(({ type }) => MOVING.test(type));
}
