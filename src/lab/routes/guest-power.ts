import type { GuestKind } from '../model.ts';
import { reboot, reset, resume, shutdown, start, stop, suspend } from '../operations/power.ts';
import type { Call, Route } from '../router.ts';
import { operationOf, refOf } from '../router.ts';
import { type Specs, write } from './guest-route.ts';

const TIMEOUT: Specs = { timeout: 'integer>=0?' };
const POWER: Specs = { skiplock: 'boolean?', ...TIMEOUT };
const OVERRULE = { '8.4': { 'overrule-shutdown': 'boolean?' } } as const;

const STARTED = { '9.2': { 'nets-host-mtu': 'string?', 'with-conntrack-state': 'boolean?' } } as const;

function timeoutOf({ parameters: { timeout } }: Call): number | undefined {
  return timeout === undefined ? undefined : Number(timeout);
}

/** Starting, stopping and what lies between. */
export function guestPowerRoutes(kind: GuestKind): readonly Route[] {
  const power = (verb: string, parameters: Specs, run: (call: Call) => string): Route =>
    write('POST', kind, `/status/${verb}`, ['VM.PowerMgmt'], parameters, run);
  const isVm = kind === 'qemu';
  const start_: Specs = isVm
    ? {
        ...POWER,
        'force-cpu': 'string?',
        machine: 'string?',
        migratedfrom: 'string:pve-node?',
        migration_network: 'string:CIDR?',
        migration_type: 'secure|insecure?',
        stateuri: 'string?',
        targetstorage: 'string:storage-pair-list?',
      }
    : { skiplock: 'boolean?', debug: 'boolean?' };
  const stop_: Specs = {
    skiplock: 'boolean?',
    ...(isVm && { ...TIMEOUT, keepActive: 'boolean?', migratedfrom: 'string:pve-node?' }),
  };
  const shutdown_: Specs = {
    ...TIMEOUT,
    forceStop: 'boolean?',
    ...(isVm && { skiplock: 'boolean?', keepActive: 'boolean?' }),
  };
  const suspend_: Specs = isVm
    ? { skiplock: 'boolean?', todisk: 'boolean?', statestorage: 'string:pve-storage-id?' }
    : {};
  const routes = [
    {
      ...power('start', start_, (call) => start(operationOf(call), refOf(call, kind))),
      ...(isVm && { later: STARTED }),
    },
    { ...power('stop', stop_, (call) => stop(operationOf(call), refOf(call, kind))), later: OVERRULE },
    power('shutdown', shutdown_, (call) =>
      shutdown(operationOf(call), refOf(call, kind), {
        timeoutSeconds: timeoutOf(call),
        forceStop: call.parameters['forceStop'] === '1',
      }),
    ),
    power('reboot', TIMEOUT, (call) => reboot(operationOf(call), refOf(call, kind), timeoutOf(call))),
    power('suspend', suspend_, (call) =>
      suspend(operationOf(call), refOf(call, kind), call.parameters['todisk'] === '1'),
    ),
    power('resume', isVm ? { skiplock: 'boolean?', nocheck: 'boolean?' } : {}, (call) =>
      resume(operationOf(call), refOf(call, kind)),
    ),
  ];
  if (isVm)
    routes.push(power('reset', { skiplock: 'boolean?' }, (call) => reset(operationOf(call), refOf(call, kind))));
  return routes;
}
