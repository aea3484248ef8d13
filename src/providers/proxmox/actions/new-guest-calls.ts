import { guestPath } from '../../../api/paths.ts';
import { isSecretKey } from '../../../text/mask-secrets.ts';
import type { ActionSubject, Parameters, PlannedCall } from '../../../types/action.ts';
import { call, ownTask } from './planner.ts';

export interface Afterwards {
  settings: Parameters;
  /** Which disk grows to which size; null: none does. */
  resize: { disk: string; size: string } | null;
  start: boolean;
}

/** What is sent about a guest once it is made. */
export function callsAfterwards(made: ActionSubject, { settings, resize, start }: Afterwards): PlannedCall[] {
  const path = guestPath(made.kind, made.node, made.vmid);
  return [
    ...(Object.keys(settings).length === 0 ? [] : [settingsCall(made, path, settings)]),
    ...(resize === null ? [] : [resizeCall(made, path, resize)]),
    ...(start ? [startCall(made, path)] : []),
  ];
}

/** Of a new card the server chooses the MAC address. */
const CHOSEN = /^net\d+$/;

function settingsCall(made: ActionSubject, path: string, settings: Parameters): PlannedCall {
  const secrets = secretsOf(settings);
  const known = Object.entries(settings).filter(([key]) => !CHOSEN.test(key) && !secrets.includes(key));
  return call(made, {
    verb: 'PUT',
    path: `${path}/config`,
    parameters: settings,
    secrets,
    words: `configure ${made.vmid}`,
    proof: known.length === 0 ? null : { kind: 'config', values: Object.fromEntries(known), digest: null },
  });
}

/** Source: qemu-server src/PVE/API2/Qemu.pm resize_vm, pve-container src/PVE/API2/LXC.pm resize_vm. */
function resizeCall(made: ActionSubject, path: string, { disk, size }: NonNullable<Afterwards['resize']>): PlannedCall {
  return call(made, {
    verb: 'PUT',
    path: `${path}/resize`,
    parameters: { disk, size },
    words: `grow ${disk} of ${made.vmid} to ${size}`,
    task: { types: ['resize'], id: String(made.vmid) },
  });
}

function startCall(made: ActionSubject, path: string): PlannedCall {
  return call(made, {
    verb: 'POST',
    path: `${path}/status/start`,
    words: `start ${made.vmid}`,
    task: ownTask(made, 'start'),
  });
}

/** Parameters that hold a secret: `password`, `cipassword`. */
export function secretsOf(parameters: Parameters): string[] {
  return Object.keys(parameters)
    .filter((key) => isSecretKey(key))
    .sort();
}
