import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions } from '../../api/pve-types.ts';
import type { BackupJob } from '../../types/backup-job.ts';
import { AppError } from '../../types/errors.ts';

interface Reading {
  client: ProxmoxClient;
  call: CallOptions;
  onBackupJobs: (jobs: readonly BackupJob[]) => void;
}

/** Reads the jobs of the cluster; nothing is told where they cannot be read. */
export async function readBackupJobs({ client, call, onBackupJobs }: Reading): Promise<void> {
  const jobs = await client.getBackupJobs(call).catch((error: unknown) => {
    if (error instanceof AppError) return null;
    throw error;
  });
  if (jobs === null) return;
  onBackupJobs(
    jobs.map(({ id, enabled, all, vmids, exclude, pool, node }) => ({
      id,
      isEnabled: enabled,
      selection: { isAll: all, guests: vmids, exclude, pool: pool ?? null, node: node ?? null },
    })),
  );
}
