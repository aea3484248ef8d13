import type { GuestKind } from '../../../types/guest.ts';
import type { Task } from '../records/record.ts';

/** One guest that was made and destroyed between two observations. */
export interface Life {
  kind: GuestKind;
  vmid: number;
  /** null: no record tells who made it. */
  made: Task | null;
  destroyed: Task;
}

const LIFE_TASK = /^(qm|vz)(create|restore|clone|destroy)$/;

export interface VmidFacts {
  vmid: number;
  /** Whether a guest had the vmid when the window began, and has it now. */
  wasThere: boolean;
  isThere: boolean;
  /** Whether the one that is there is another one than the one that was there. */
  isReplaced: boolean;
  /** Whether a guest that no task made is one of this window for certain. */
  isListWhole: boolean;
}

interface Found {
  lives: Life[];
  /** The maker of the guest that is there after the tasks; undefined: none is. */
  open: Task | null | undefined;
}

function kindOf(task: Task): GuestKind {
  return task.native.startsWith('qm') ? 'qemu' : 'lxc';
}

/** Whether a task is about the guest with this vmid being made or destroyed: a clone's own id is that of its source. */
function isAbout(vmid: number, { native, target, cloneVmid }: Task): boolean {
  const verb = LIFE_TASK.exec(native)?.[2];
  return verb === 'clone' ? cloneVmid === vmid : verb !== undefined && target === String(vmid);
}

/** null: the tasks contradict each other, so that one is missing. */
function walk(tasks: readonly Task[], { vmid, wasThere }: VmidFacts): Found | null {
  const lives: Life[] = [];
  let isKnown = wasThere;
  let open: Task | null | undefined = wasThere ? null : undefined;
  for (const task of tasks) {
    const kind = kindOf(task);
    if (task.native.endsWith('destroy')) {
      if (open && kindOf(open) !== kind) return null;
      if (!isKnown) lives.push({ kind, vmid, made: open ?? null, destroyed: task });
      [open, isKnown] = [undefined, false];
    } else if (open === undefined) open = task;
    // A restore over a guest replaces its disks and configuration.
    else if (!task.native.endsWith('restore')) return null;
  }
  return { lives, open };
}

/** The lives that fit what is there now: not that of the guest which is there, nor any where the tasks contradict it. */
function unseen({ lives, open }: Found, { wasThere, isThere, isReplaced }: VmidFacts): readonly Life[] {
  // It was destroyed after it had been listed.
  if (isThere && open === undefined) return lives.slice(0, -1);
  if (isThere) return wasThere && (open === null) === isReplaced ? [] : lives;
  return open === null ? [] : lives;
}

/**
 * The guests of one vmid that came and went unseen. `tasks`: all that ended well in the window, oldest first. None where the
 * tasks do not fit what was there before and after.
 */
export function livesOf(tasks: readonly Task[], facts: VmidFacts): readonly Life[] {
  const own = tasks.filter((task) => isAbout(facts.vmid, task));
  const found = walk(own, facts);
  const lives = found === null ? [] : unseen(found, facts);
  return facts.isListWhole ? lives : lives.filter(({ made }) => made !== null);
}
