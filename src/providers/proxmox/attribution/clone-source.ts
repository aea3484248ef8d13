import type { Evidence, UnattributedChange } from '../../../types/evidence.ts';
import { type Explanation, isOneActor } from '../../explanation.ts';
import { type Task, tasksOf } from '../records/record.ts';
import { vmidOf } from '../vmid.ts';
import { explainByTask } from './explanation.ts';
import { type EvidenceIndex, hasSucceeded, taskEnd } from './guest-evidence.ts';
import { findCreation, fitsCreation, isMaker } from './lifecycle-tasks.ts';
import { placeTask } from './placement.ts';
import { toServerWindow } from './server-window.ts';
import { CLONE } from './task-types.ts';

interface Source {
  ctime: number | undefined;
  uuid: string | undefined;
}

interface Claim {
  change: UnattributedChange;
  guest: NonNullable<UnattributedChange['guest']>;
  candidates: readonly Task[];
  /** The new guest's creation time is that of each candidate's source. */
  isStrong: boolean;
}

/** A vmid can have been two guests within one window, so it may have several entries. */
function sourcesByVmid(changes: readonly UnattributedChange[], evidence: Evidence): Map<string, Source[]> {
  const sources = new Map<string, Source[]>();
  const seen = [...evidence.sources, ...changes.flatMap(({ guest }) => guest ?? [])];
  for (const { vmid, identity } of seen) {
    const list = sources.get(String(vmid)) ?? [];
    list.push({ ctime: identity.ctime, uuid: identity.uuid });
    sources.set(String(vmid), list);
  }
  return sources;
}

/** A guest that came and went unseen may be what one of the clone tasks made: then it went after that began. */
function hasUnseenGuest(claim: Claim, sources: ReadonlyMap<string, Source[]>, evidence: Evidence): boolean {
  const type = claim.guest.kind === 'qemu' ? 'qmdestroy' : 'vzdestroy';
  const firstStart = claim.candidates.reduce(
    (least, { at }) => Math.min(least, at.getTime()),
    Number.POSITIVE_INFINITY,
  );
  return tasksOf(evidence).some(
    (task) => task.native === type && !sources.has(task.target) && taskEnd(task) >= firstStart,
  );
}

/** Whether the source of a clone is a guest that was made at a time, and perhaps went again before anybody saw it. */
function wasMadeThen(clone: Task, ctime: number, evidence: Evidence): boolean {
  return tasksOf(evidence).some((task) => {
    const isOfSource = task.native === 'qmcreate' && task.target === clone.target && hasSucceeded(task);
    return isOfSource && taskEnd(task) <= clone.at.getTime() && fitsCreation(task, { ctime });
  });
}

/** Clones inherit `meta: ctime` and get a new uuid; a restored guest keeps both. */
function claimOf(
  change: UnattributedChange,
  evidence: Evidence,
  clones: readonly Task[],
  sources: ReadonlyMap<string, Source[]>,
): Claim | null {
  const { guest } = change;
  if (guest === null) return null;
  const { ctime, uuid } = guest.identity;
  const original = evidence.sources.find((one) => one.vmid !== guest.vmid && one.identity.uuid === uuid);
  if (uuid !== undefined && original !== undefined) return null;
  const own = clones.filter((task) => task.cloneVmid === guest.vmid);
  if (own.length > 0) return { change, guest, candidates: own, isStrong: true };
  const window = toServerWindow(change, evidence);
  const type = guest.kind === 'qemu' ? 'qmclone' : 'vzclone';
  const inWindow = clones.filter(
    (task) => task.native === type && task.cloneVmid === undefined && placeTask(task, window, evidence) !== 'outside',
  );
  const ctimesOf = (task: Task) => (sources.get(task.target) ?? []).flatMap((source) => source.ctime ?? []);
  const strong = inWindow.filter(
    (task) => ctime !== undefined && (ctimesOf(task).includes(ctime) || wasMadeThen(task, ctime, evidence)),
  );
  if (strong.length > 0) return { change, guest, candidates: strong, isStrong: true };
  const weak = inWindow.filter((task) => ctime === undefined || ctimesOf(task).length === 0);
  return weak.length === 0 ? null : { change, guest, candidates: weak, isStrong: false };
}

function settle(claim: Claim, rivals: readonly Claim[], isUncertain: boolean): Explanation | null {
  const first = claim.candidates[0];
  if (first === undefined || rivals.length > claim.candidates.length || !isOneActor(claim.candidates)) return null;
  if (isUncertain) return null;
  if (claim.candidates.length === 1) return explainByTask(first, claim.isStrong ? 'exact' : 'likely');
  // One user made several clones of one source: which task made which guest is not told.
  return { ...explainByTask(first, 'likely'), ref: null, effectiveAt: null };
}

/**
 * Who cloned which of the new guests. The task of a clone carries the vmid of its source, so it is found by what both guests
 * have in common; where several users or more new guests than clones come into question, nobody is named.
 * Source: qemu-server src/PVE/API2/Qemu.pm clone_vm, pve-container src/PVE/API2/LXC.pm clone_vm.
 */
export function matchClones(
  changes: readonly UnattributedChange[],
  evidence: Evidence,
  index: EvidenceIndex,
): ReadonlyMap<UnattributedChange, Explanation> {
  const matched = new Map<UnattributedChange, Explanation>();
  const clones = tasksOf(evidence).filter((task) => CLONE.test(task.native));
  const running = clones.filter((task) => hasSucceeded(task) || task.outcome === 'running');
  if (running.length === 0) return matched;
  const sources = sourcesByVmid(changes, evidence);
  const claims = changes.flatMap((change) => {
    if (change.kind !== 'created' || change.notBefore === null || change.guest === null) return [];
    const { tasks, broken } = index.within(vmidOf(change.guest), toServerWindow(change, evidence));
    if (findCreation(change.guest, tasks) !== undefined) return [];
    const claim = claimOf(change, evidence, running, sources);
    // A restore that failed leaves a guest as well.
    return claim === null || (!claim.isStrong && broken.some(isMaker(change.guest))) ? [] : claim;
  });
  for (const claim of claims) {
    const rivals = claims.filter((other) => other.candidates.some((task) => claim.candidates.includes(task)));
    const isUncertain = !claim.isStrong && hasUnseenGuest(claim, sources, evidence);
    const explanation = settle(claim, rivals, isUncertain);
    if (explanation !== null) matched.set(claim.change, explanation);
  }
  return matched;
}
