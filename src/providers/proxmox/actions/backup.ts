import { nodePath } from '../../../api/paths.ts';
import type { PveNodeStorage } from '../../../api/pve-types.ts';
import type { Action, ActionSubject, PlannedCall, Risk } from '../../../types/action.ts';
import { commonChecks } from './checks.ts';
import { diskBytes } from './guest-disks.ts';
import { call, type Draft, NO_CALLS, type PlanContext, type VerbPlanner } from './planner.ts';
import type { Scene } from './scene.ts';
import { roomRisks, storageCheck } from './storage-check.ts';

type Backup = Extract<Action, { verb: 'backup' }>;

interface Extra {
  storages: readonly PveNodeStorage[];
}

export const backup: VerbPlanner<Backup, Extra> = {
  right: 'backup',
  read: async ({ acting, signal }, _, { guest, subject }) => ({
    storages: guest === null ? [] : await acting.getNodeStorage(subject.node, { signal }),
  }),
  plan: planBackup,
};

function planBackup(action: Backup, scene: Scene, { known, allow, extra }: PlanContext & { extra: Extra }): Draft {
  const { subject, guest } = scene;
  const { storage } = action;
  // Source: the description of the permissions of /nodes/{node}/vzdump.
  const needs = [
    { path: `/vms/${subject.vmid}`, anyOf: ['VM.Backup'] },
    { path: `/storage/${storage}`, anyOf: ['Datastore.AllocateSpace'] },
  ];
  const checks = commonChecks(scene, { right: 'backup', allow, known, needs });
  if (guest === null) return { ...NO_CALLS, checks };
  const type = extra.storages.find((one) => one.storage === storage)?.type;
  const need = { storage, node: subject.node, content: 'backup', bytes: null } as const;
  return {
    checks: [...checks, storageCheck(need, extra.storages)],
    calls: [backupCall(action, subject, type)],
    risks: [
      ...(guest.isRunning ? modeRisks(action) : []),
      ...roomRisks(extra.storages, storage, diskBytes(subject.kind, guest.config)),
    ],
    effects: [`a new backup on ${storage}${action.protect ? ', protected' : ''}`],
    storages: [storage],
  };
}

function modeRisks({ mode }: Backup): Risk[] {
  if (mode === 'stop') return [{ kind: 'stops', text: 'shuts a running guest down, and starts it again' }];
  if (mode === 'suspend') return [{ kind: 'suspends', text: 'suspends a running guest meanwhile' }];
  return [];
}

/** `remove=0`: otherwise it would also delete older backups, as the storage says. A Backup Server compresses by itself. */
function backupCall(
  { storage, mode, compress, notes, protect }: Backup,
  subject: ActionSubject,
  type?: string,
): PlannedCall {
  const id = String(subject.vmid);
  return call(subject, {
    verb: 'POST',
    path: `${nodePath(subject.node)}/vzdump`,
    parameters: {
      vmid: id,
      storage,
      mode,
      remove: '0',
      ...(type !== 'pbs' && { compress }),
      ...(notes !== null && { 'notes-template': notesTemplate(notes) }),
      ...(protect && { protected: '1' }),
    },
    words: `back up to ${storage}`,
    task: { types: ['vzdump'], id },
  });
}

/** One line. Source: the description of `notes-template` of /nodes/{node}/vzdump. */
function notesTemplate(notes: string): string {
  return notes.replaceAll('\\', '\\\\').replace(/\r\n|\r|\n/g, '\\n');
}
