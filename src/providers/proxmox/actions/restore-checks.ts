import type { Action, ActionSubject, Check } from '../../../types/action.ts';
import type { Archive } from './archives.ts';
import { storageOf } from './guest-disks.ts';
import type { LiveGuest } from './scene.ts';

type Restore = Extract<Action, { verb: 'restore' }>;

/** Whether the archive is there, and of this guest. */
export function archiveCheck(
  { volid, foreign }: Restore,
  { kind, vmid, identity }: ActionSubject,
  archive: Archive | null,
): Check {
  const no = (text: string, hint: string): Check => ({ name: 'storage', ok: false, text, hint });
  if (archive === null) {
    const where = storageOf(volid) || 'a storage';
    return no(
      `there is no backup ${volid}, or the account that acts does not see it`,
      `backups are listed by ${where}`,
    );
  }
  const word = kind === 'qemu' ? 'virtual machine' : 'container';
  if (archive.kind !== null && archive.kind !== kind)
    return no(`${volid} is not of a ${word}`, `name a backup of a ${word}`);
  const other = '--from-other takes it all the same';
  if (!foreign && archive.vmid !== vmid)
    return no(`${volid} is of ${archive.vmid ?? 'another guest'}, and not of ${vmid}`, other);
  // A clone and a restored machine keep the time of the original, so that what is older than that is of neither.
  if (!foreign && identity.ctime !== undefined && archive.madeAt !== null && archive.madeAt < identity.ctime)
    return no(`${volid} is older than the guest: it is of a machine that had vmid ${vmid} before`, other);
  return { name: 'storage', ok: true, text: `${volid} is there` };
}

/** The server refuses all of these, but for the template. Source: qemu-server src/PVE/API2/Qemu.pm, create_vm. */
export function replacingChecks({ isTemplate, isProtected, isRunning }: LiveGuest): Check[] {
  if (isTemplate) {
    const hint = 'restore it to a new vmid: --as VMID';
    return [{ name: 'template', ok: false, text: 'it is a template, which is not replaced', hint }];
  }
  return [protectionCheck(isProtected), stoppedCheck(isRunning)];
}

export function protectionCheck(isProtected: boolean): Check {
  if (!isProtected) return { name: 'protection', ok: true, text: 'it is not protected' };
  const hint = 'take the protection away first: rollcall set REF protection=0';
  return { name: 'protection', ok: false, text: 'it is protected', hint };
}

export function stoppedCheck(isRunning: boolean): Check {
  if (!isRunning) return { name: 'power', ok: true, text: 'it is stopped' };
  return { name: 'power', ok: false, text: 'it is running', hint: 'shut it down first: rollcall shutdown REF' };
}

export function freeVmidCheck(vmid: number, isFree: boolean): Check {
  if (isFree) return { name: 'vmid', ok: true, text: `vmid ${vmid} is free` };
  return { name: 'vmid', ok: false, text: `vmid ${vmid} is taken`, hint: 'choose another one' };
}
