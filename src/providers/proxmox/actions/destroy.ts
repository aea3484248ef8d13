import type { PveBackupJob } from '../../../api/pve-types.ts';
import type { Action, ActionSubject, Check, Risk } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import { attempt } from '../../scope-reports.ts';
import { commonChecks } from './checks.ts';
import { storageOf, volumesOf } from './guest-disks.ts';
import { call, type Draft, NO_CALLS, ownTask, type PlanContext, pathOf, type VerbPlanner } from './planner.ts';
import { protectionCheck, stoppedCheck } from './restore-checks.ts';
import type { LiveGuest, Scene, SceneReader } from './scene.ts';

type Destroy = Extract<Action, { verb: 'destroy' }>;

interface Extra {
  /** Disks of linked clones of a template. */
  clones: readonly string[];
  /** Ids of backup jobs that name it. */
  jobs: readonly string[];
  /** Ids of replication jobs. */
  replications: readonly string[];
}

export const destroy: VerbPlanner<Destroy, Extra> = { right: 'destroy', read: readExtra, plan: planDestroy };

async function readExtra(reader: SceneReader, _: Destroy, { subject, guest }: Scene): Promise<Extra> {
  const { client, signal } = reader;
  if (guest === null) return { clones: [], jobs: [], replications: [] };
  const [clones, jobs, replications] = await Promise.all([
    guest.isTemplate ? linkedDisks(reader, subject, guest) : [],
    attempt(client.getBackupJobs({ signal })),
    attempt(client.plans.getReplicationJobs({ signal })),
  ]);
  return {
    clones,
    jobs: jobs instanceof AppError ? [] : namesIt(jobs, subject),
    replications:
      replications instanceof AppError
        ? []
        : replications
            .filter(({ guest: vmid }) => vmid === subject.vmid)
            .map(({ id }) => id)
            .sort(),
  };
}

function namesIt(jobs: readonly PveBackupJob[], { vmid }: ActionSubject): string[] {
  return jobs
    .filter(({ vmids }) => vmids.includes(String(vmid)))
    .map(({ id }) => id)
    .sort();
}

/** `nas:100/base-100-disk-0.qcow2/121/vm-121-disk-0.qcow2`: those of other storages do not depend on their base. */
async function linkedDisks(
  { acting, signal }: SceneReader,
  { kind, node }: ActionSubject,
  { config }: LiveGuest,
): Promise<string[]> {
  const bases = volumesOf(kind, config);
  const storages = [...new Set(bases.map(storageOf))];
  const lists = await Promise.all(storages.map((one) => attempt(acting.getStorageContent(node, one, {}, { signal }))));
  const volids = lists.flatMap((list) => (list instanceof AppError ? [] : list.map(({ volid }) => volid)));
  return volids.filter((volid) => bases.some((base) => volid.startsWith(`${base}/`))).sort();
}

function planDestroy(action: Destroy, scene: Scene, { known, allow, extra }: PlanContext & { extra: Extra }): Draft {
  const { subject, guest } = scene;
  const needs = [{ path: `/vms/${subject.vmid}`, anyOf: ['VM.Allocate'] }];
  const checks = commonChecks(scene, { right: 'destroy', allow, known, needs });
  if (guest === null) return { ...NO_CALLS, checks };
  const { purge, withUnreferencedDisks } = action;
  const volumes = volumesOf(subject.kind, guest.config);
  return {
    checks: [...checks, ...destroyChecks(action, guest, extra)],
    calls: [
      call(subject, {
        verb: 'DELETE',
        path: pathOf(subject),
        parameters: {
          ...(purge && { purge: '1' }),
          'destroy-unreferenced-disks': withUnreferencedDisks ? '1' : '0',
        },
        words: 'destroy',
        task: ownTask(subject, 'destroy'),
        proof: { kind: 'guest', vmid: subject.vmid, isThere: false },
      }),
    ],
    risks: risksOf(action, guest, extra),
    effects: [
      `it is gone${volumes.length === 0 ? '' : `, with ${volumes.join(', ')}`}`,
      ...(purge && guest.ha !== null ? ['it is taken out of HA'] : []),
      ...(purge && extra.jobs.length > 0 ? [`taken out of the backup jobs ${extra.jobs.join(', ')}`] : []),
      ...(purge && extra.replications.length > 0 ? [`its replication ends: ${extra.replications.join(', ')}`] : []),
    ],
    storages: [...new Set(volumes.map(storageOf))].sort(),
  };
}

/** Source: qemu-server src/PVE/API2/Qemu.pm destroy_vm, pve-container src/PVE/API2/LXC.pm destroy_vm. */
function destroyChecks({ purge }: Destroy, guest: LiveGuest, { clones, replications }: Extra): Check[] {
  const checks = [protectionCheck(guest.isProtected), stoppedCheck(guest.isRunning)];
  const hint = '--purge takes it out of HA, of backup jobs and of replication as well';
  if (guest.ha !== null) checks.push({ name: 'ha', ok: purge, text: 'HA manages it', ...(!purge && { hint }) });
  if (replications.length > 0) {
    const text = `it is replicated: ${replications.join(', ')}`;
    checks.push({ name: 'precondition', ok: purge, text, ...(!purge && { hint }) });
  }
  if (guest.isTemplate) {
    const text = clones.length === 0 ? 'no linked clone needs it' : `linked clones need it: ${clones.join(', ')}`;
    const other = 'destroy them first, or move their disks';
    checks.push({ name: 'template', ok: clones.length === 0, text, ...(clones.length > 0 && { hint: other }) });
  }
  return checks;
}

function risksOf({ purge, withUnreferencedDisks }: Destroy, { config }: LiveGuest, { jobs }: Extra): Risk[] {
  const unnamed = 'disks of its vmid that its configuration does not name are destroyed as well';
  return [
    { kind: 'irreversible', text: 'it is destroyed, and only a backup brings it back' },
    ...(config['parent'] === undefined ? [] : [{ kind: 'loses-snapshots', text: 'its snapshots are deleted' }]),
    ...(withUnreferencedDisks ? [{ kind: 'unreferenced-disks', text: unnamed }] : []),
    ...(!purge && jobs.length > 0
      ? [{ kind: 'backup-jobs', text: `backup jobs go on naming its vmid: ${jobs.join(', ')}` }]
      : []),
  ];
}
