import type { GuestKind } from '../model.ts';
import { moveDisk, resize, setConfig, setConfigInTask } from '../operations/config.ts';
import type { Call, Method, Route } from '../router.ts';
import { operationOf, refOf } from '../router.ts';
import { type Specs, withoutPath, write } from './guest-route.ts';

const PRIVILEGES: Readonly<Record<GuestKind, readonly string[]>> = {
  qemu: privileges('Disk CDROM CPU Memory Network HWType Options Cloudinit'),
  lxc: privileges('Disk CPU Memory Network Options'),
};

function privileges(parts: string): string[] {
  return parts.split(' ').map((part) => `VM.Config.${part}`);
}

/** Changing configurations and disks. */
export function guestConfigRoutes(kind: GuestKind): readonly Route[] {
  const put = configRoute('PUT', kind, setConfig);
  const own = kind === 'qemu' ? [configRoute('POST', kind, setConfigInTask)] : [];
  return [put, ...own, resizeRoute(kind), moveRoute(kind)];
}

function configRoute(method: Method, kind: GuestKind, run: typeof setConfig | typeof setConfigInTask): Route {
  const handle = (call: Call) => run(operationOf(call), refOf(call, kind), withoutPath(call));
  return { ...write(method, kind, '/config', PRIVILEGES[kind], {}, handle), takesConfig: true };
}

function resizeRoute(kind: GuestKind): Route {
  const parameters: Specs = {
    disk: 'string',
    size: 'string',
    digest: 'string?',
    ...(kind === 'qemu' && { skiplock: 'boolean?' }),
  };
  return write('PUT', kind, '/resize', ['VM.Config.Disk'], parameters, (call) => {
    const { disk = '', size = '' } = call.parameters;
    return resize(operationOf(call), refOf(call, kind), disk, size);
  });
}

function moveRoute(kind: GuestKind): Route {
  const isVm = kind === 'qemu';
  const key = isVm ? 'disk' : 'volume';
  const parameters: Specs = {
    [key]: 'string',
    storage: 'string',
    delete: 'boolean?',
    digest: 'string?',
    bwlimit: 'integer?',
    ...(isVm && { format: 'raw|qcow2|vmdk?' }),
  };
  return write('POST', kind, isVm ? '/move_disk' : '/move_volume', ['VM.Config.Disk'], parameters, (call) => {
    const { [key]: disk = '', storage = '', delete: isDeleted } = call.parameters;
    return moveDisk(operationOf(call), refOf(call, kind), disk, storage, isDeleted === '1');
  });
}
