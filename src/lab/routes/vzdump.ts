import { ApiError, parameterError } from '../api-error.ts';
import { vzdump } from '../operations/backup.ts';
import type { Call, Route } from '../router.ts';
import { may, nodeOf, operationOf } from '../router.ts';
import type { Specs } from './guest-route.ts';

const PARAMETERS: Specs = {
  vmid: 'string:pve-vmid-list?',
  all: 'boolean?',
  bwlimit: 'integer>=0?',
  compress: '0|1|gzip|lzo|zstd?',
  dumpdir: 'string?',
  exclude: 'string:pve-vmid-list?',
  ionice: 'integer>=0<=8?',
  lockwait: 'integer>=0?',
  mailnotification: 'always|failure?',
  mailto: 'string:email-or-username-list?',
  mode: 'snapshot|suspend|stop?',
  'notes-template': 'string?',
  performance: 'string:backup-performance?',
  pigz: 'integer?',
  pool: 'string?',
  protected: 'boolean?',
  'prune-backups': 'string:prune-backups?',
  quiet: 'boolean?',
  remove: 'boolean?',
  script: 'string?',
  stdexcludes: 'boolean?',
  stdout: 'boolean?',
  stop: 'boolean?',
  stopwait: 'integer>=0?',
  storage: 'string:pve-storage-id?',
  tmpdir: 'string?',
  zstd: 'integer?',
};

export const vzdumpRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/nodes/{node}/vzdump',
    parameters: PARAMETERS,
    only: {
      '7.4': { 'exclude-path': 'string:string-alist?', maxfiles: 'integer>=1?' },
      '8.4': {
        maxfiles: 'integer>=1?',
        'notification-policy': 'always|failure|never?',
        'notification-target': 'string:pve-configid?',
      },
    },
    later: {
      '8.4': {
        'exclude-path': 'array?',
        fleecing: 'string:backup-fleecing?',
        'job-id': 'string?',
        'notification-mode': 'auto|legacy-sendmail|notification-system?',
        'pbs-change-detection-mode': 'legacy|data|metadata?',
      },
    },
    handle: startBackup,
  },
];

function startBackup(call: Call): string {
  const node = nodeOf(call).name;
  const { storage = 'local', protected: isProtected, 'notes-template': notes } = call.parameters;
  const vmids = chosen(call, node);
  for (const one of vmids) {
    if (!may(call, `/vms/${one}`, 'VM.Backup'))
      throw new ApiError(403, `Permission check failed (/vms/${one}, VM.Backup)`);
  }
  return vzdump(operationOf(call), { node, vmids, storage, notes, isProtected: isProtected === '1' });
}

function chosen({ cluster, parameters }: Call, node: string): number[] {
  const { vmid, all, pool, exclude } = parameters;
  // Source: pve-manager PVE/VZDump.pm verify_vzdump_parameters.
  if (all === '1' && vmid !== undefined) throw parameterError({ all: "option conflicts with option 'vmid'" });
  if (all !== '1' && pool === undefined && vmid === undefined) throw parameterError({ vmid: 'property is missing' });
  if (vmid !== undefined) return listed(vmid);
  const excluded = listed(exclude ?? '');
  const here = [...cluster.guests.values()].filter((guest) => guest.node === node && !excluded.includes(guest.vmid));
  return here
    .filter((guest) => pool === undefined || cluster.poolOf.get(guest.vmid) === pool)
    .map(({ vmid: id }) => id);
}

function listed(text: string): number[] {
  return text
    .split(/[,;\s]+/)
    .filter(Boolean)
    .map(Number);
}
