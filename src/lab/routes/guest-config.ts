import { parameterError } from '../api-error.ts';
import type { GuestKind } from '../model.ts';
import { setConfig, setConfigInTask } from '../operations/config.ts';
import { giveDisk, moveDisk, resize } from '../operations/disks.ts';
import type { Call, Method, Route } from '../router.ts';
import { operationOf, refOf } from '../router.ts';
import { diskWords } from './guest-disks.ts';
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
  return [put, ...own, resizeRoute(kind), moveRoute(kind), ...(kind === 'qemu' ? [unlinkRoute()] : [])];
}

function configRoute(method: Method, kind: GuestKind, run: typeof setConfig | typeof setConfigInTask): Route {
  const handle = (call: Call) => run(operationOf(call), refOf(call, kind), withoutPath(call));
  const parameters: Specs = {
    digest: 'string?',
    delete: 'string:pve-configid-list?',
    revert: 'string:pve-configid-list?',
    ...(kind === 'qemu' && { force: 'boolean?', skiplock: 'boolean?' }),
    ...(method === 'POST' && { background_delay: 'integer>=1<=30?' }),
  };
  const importing = { '8.4': { 'import-working-storage': 'string:pve-storage-id?' } };
  return {
    ...write(method, kind, '/config', PRIVILEGES[kind], parameters, handle),
    takesConfig: true,
    ...(method === 'POST' && { later: importing }),
  };
}

function resizeRoute(kind: GuestKind): Route {
  const parameters: Specs = {
    disk: diskWords(kind),
    size: 'string:size',
    digest: 'string?',
    ...(kind === 'qemu' && { skiplock: 'boolean?' }),
  };
  return write('PUT', kind, '/resize', ['VM.Config.Disk'], parameters, (call) => {
    const { disk = '', size = '', digest } = call.parameters;
    return resize(operationOf(call), refOf(call, kind), { disk, size, digest });
  });
}

function moveRoute(kind: GuestKind): Route {
  const isVm = kind === 'qemu';
  const key = isVm ? 'disk' : 'volume';
  const parameters: Specs = {
    [key]: diskWords(kind, true),
    storage: 'string:pve-storage-id?',
    delete: 'boolean?',
    digest: 'string?',
    bwlimit: isVm ? 'integer>=0?' : 'number>=0?',
    'target-vmid': 'vmid?',
    'target-digest': 'string?',
    [isVm ? 'target-disk' : 'target-volume']: `${diskWords(kind, true)}?`,
    ...(isVm && { format: 'raw|qcow2|vmdk?' }),
  };
  return write('POST', kind, isVm ? '/move_disk' : '/move_volume', ['VM.Config.Disk'], parameters, (call) => {
    const { [key]: disk = '', storage, delete: isDeleted, digest, 'target-vmid': other } = call.parameters;
    // Source: qemu-server src/PVE/API2/Qemu.pm move_vm_disk, pve-container src/PVE/API2/LXC.pm move_volume.
    if (other !== undefined && storage !== undefined)
      throw parameterError({ 'target-vmid': "either set 'storage' or 'target-vmid', but not both" });
    const [operation, ref] = [operationOf(call), refOf(call, kind)];
    if (other !== undefined) {
      const as = call.parameters[isVm ? 'target-disk' : 'target-volume'] ?? disk;
      return giveDisk(operation, ref, disk, { vmid: Number(other), as });
    }
    if (storage === undefined)
      throw parameterError({ storage: "both 'storage' and 'target-vmid' missing, either needs to be set" });
    return moveDisk(operation, ref, { disk, storage, isDeleted: isDeleted === '1', digest });
  });
}

/** The same as deleting the disks from the configuration. */
function unlinkRoute(): Route {
  const parameters: Specs = { idlist: 'string:pve-configid-list', force: 'boolean?' };
  return write('PUT', 'qemu', '/unlink', ['VM.Config.Disk'], parameters, (call) => {
    const { idlist = '', force } = call.parameters;
    return setConfig(operationOf(call), refOf(call, 'qemu'), { delete: idlist, ...(force !== undefined && { force }) });
  });
}
