import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import type { PlannedCall } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import { attempt } from '../../scope-reports.ts';

const PATH = /^\/nodes\/[^/]+\/(qemu|lxc)\/(\d{1,9})(?:\/|$)/;
const LOOK_EVERY_MS = 1000;

/** Waits for a guest to run or to be off, on whatever node; whether that came in time. Throws AppError('interrupted'). */
export async function waitForPower(
  client: ProxmoxClient,
  { path, settles }: PlannedCall,
  { signal, mostMs }: { signal: AbortSignal; mostMs: number },
): Promise<boolean> {
  const [, kind, digits] = PATH.exec(path) ?? [];
  const untilMs = performance.now() + mostMs;
  for (;;) {
    const isReached = await isAs(client, { kind, vmid: Number(digits), isRunning: settles?.isRunning ?? true, signal });
    if (isReached) return true;
    if (performance.now() > untilMs) return false;
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw new AppError('interrupted', 'it is not waited for any longer');
  }
}

/** By the node that has it now: HA may start it on another one. The listing alone lags behind. */
async function isAs(
  client: ProxmoxClient,
  wanted: { kind: string | undefined; vmid: number; isRunning: boolean; signal: AbortSignal },
): Promise<boolean> {
  const { kind, vmid, isRunning, signal } = wanted;
  const all = await attempt(client.getClusterResources({ signal }));
  if (all instanceof AppError) return false;
  const row = all.guests.find((one) => one.vmid === vmid && one.kind === kind);
  if (row === undefined) return false;
  const asked =
    kind === 'lxc'
      ? client.getContainerStatus(row.node, vmid, { signal })
      : client.getVMStatus(row.node, vmid, { signal });
  const status = await attempt(asked);
  return !(status instanceof AppError) && (status.status === 'running') === isRunning;
}
