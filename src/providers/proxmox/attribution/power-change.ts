import type { Patch, PatchEntry } from '../../../types/document.ts';

/**
 * The power state that a changed path of the power section stands for; null when no task leads to it. `qmpstatus` comes and goes
 * along with the status: a task pauses a machine, and none gives it an I/O error.
 */
export function powerAfter([path, , after]: PatchEntry, patch: Patch): string | null {
  const reason = path === 'qmpstatus' ? after : (patch.find(([other]) => other === 'qmpstatus')?.[2] ?? null);
  if (reason !== null && reason !== 'paused') return null;
  const status = path === 'status' ? after : (patch.find(([other]) => other === 'status')?.[2] ?? 'suspended');
  return typeof status === 'string' ? status : null;
}
