import { ApiError } from '../api-error.ts';
import { vzdump } from '../operations/backup.ts';
import type { Route } from '../router.ts';
import { may, nodeOf, operationOf } from '../router.ts';

export const vzdumpRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/nodes/{node}/vzdump',
    parameters: {
      vmid: 'string?',
      all: 'boolean?',
      storage: 'string?',
      mode: 'snapshot|suspend|stop?',
      compress: '0|1|gzip|lzo|zstd?',
      'notes-template': 'string?',
      remove: 'boolean?',
    },
    handle: (call) => {
      const node = nodeOf(call).name;
      const { vmid, all, storage } = call.parameters;
      const here = [...call.cluster.guests.values()].filter((guest) => guest.node === node).map((guest) => guest.vmid);
      const vmids =
        all === '1'
          ? here
          : (vmid ?? '')
              .split(/[,;\s]+/)
              .filter(Boolean)
              .map(Number);
      for (const one of vmids) {
        if (!may(call, `/vms/${one}`, 'VM.Backup'))
          throw new ApiError(403, `Permission check failed (/vms/${one}, VM.Backup)`);
      }
      const notes = call.parameters['notes-template'];
      return vzdump(operationOf(call), { node, vmids, storage: storage ?? 'local', notes });
    },
  },
];
