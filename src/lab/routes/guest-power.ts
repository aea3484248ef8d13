import type { GuestKind } from '../model.ts';
import { reboot, reset, resume, shutdown, start, stop, suspend } from '../operations/power.ts';
import type { Call, Route } from '../router.ts';
import { operationOf, refOf } from '../router.ts';
import { type Specs, write } from './guest-route.ts';

const POWER: Specs = { skiplock: 'boolean?', timeout: 'integer?' };
const OVERRULE = { '8.4': { 'overrule-shutdown': 'boolean?' } } as const;

/** Starting, stopping and what lies between. */
export function guestPowerRoutes(kind: GuestKind): readonly Route[] {
  const power = (verb: string, parameters: Specs, run: (call: Call) => string): Route =>
    write('POST', kind, `/status/${verb}`, ['VM.PowerMgmt'], parameters, run);
  const isVm = kind === 'qemu';
  const start_: Specs = isVm
    ? { ...POWER, 'force-cpu': 'string?', machine: 'string?', migratedfrom: 'string?', stateuri: 'string?' }
    : { skiplock: 'boolean?', debug: 'boolean?' };
  const stop_: Specs = {
    skiplock: 'boolean?',
    ...(isVm && { timeout: 'integer?', keepActive: 'boolean?', migratedfrom: 'string?' }),
  };
  const shutdown_: Specs = {
    timeout: 'integer?',
    forceStop: 'boolean?',
    ...(isVm && { skiplock: 'boolean?', keepActive: 'boolean?' }),
  };
  const suspend_: Specs = isVm ? { skiplock: 'boolean?', todisk: 'boolean?', statestorage: 'string?' } : {};
  const routes = [
    power('start', start_, (call) => start(operationOf(call), refOf(call, kind))),
    { ...power('stop', stop_, (call) => stop(operationOf(call), refOf(call, kind))), later: OVERRULE },
    power('shutdown', shutdown_, (call) => shutdown(operationOf(call), refOf(call, kind))),
    power('reboot', { timeout: 'integer?' }, (call) => reboot(operationOf(call), refOf(call, kind))),
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
