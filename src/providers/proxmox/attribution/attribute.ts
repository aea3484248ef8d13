import type { Evidence, UnattributedChange } from '../../../types/evidence.ts';
import type { PlannedChange } from '../../../types/history.ts';
import { sectionOf } from '../../../types/section.ts';
import { asLikely, type Explanation, isOneActor, toPlanned, UNEXPLAINED } from '../../explanation.ts';
import type { Task } from '../records/record.ts';
import { vmidOf } from '../vmid.ts';
import { matchClones } from './clone-source.ts';
import { doubtfulTasks } from './doubtful-tasks.ts';
import { explainByTask } from './explanation.ts';
import { attributeEdits } from './guest-edits.ts';
import { EvidenceIndex, type GuestRecord } from './guest-evidence.ts';
import { HA_DELAY_MS } from './ha.ts';
import { findCreation, findRemoval, isMaker } from './lifecycle-tasks.ts';
import { explainMembership } from './membership-log.ts';
import { callsWithin } from './operation-calls.ts';
import { attributeSecretWrites } from './secret-writes.ts';
import { toServerWindow } from './server-window.ts';

type Guest = NonNullable<UnattributedChange['guest']>;

/** Exact when the task lies in the window for certain and no other user's could have done the same. */
function explainLife(task: Task, rivals: readonly Task[], { unclear }: GuestRecord): Explanation {
  const explanation = explainByTask(task, 'exact');
  return unclear.has(task) || !isOneActor([task, ...rivals]) ? asLikely(explanation) : explanation;
}

function attributeCreation(
  change: UnattributedChange,
  guest: Guest,
  record: GuestRecord,
  clone: Explanation | undefined,
): PlannedChange {
  const task = findCreation(guest, record.tasks);
  if (task !== undefined) {
    const event = task.native.endsWith('restore') ? 'restored' : null;
    const rivals = record.tasks.slice(record.tasks.findLastIndex(({ native }) => native.endsWith('destroy')) + 1);
    return toPlanned(
      { ...change, event: change.event ?? event },
      explainLife(task, rivals.filter(isMaker(guest)), record),
    );
  }
  if (clone !== undefined) return toPlanned({ ...change, event: change.event ?? 'cloned' }, clone);
  const broken = doubtfulTasks(record, true).filter(isMaker(guest));
  const maker = isOneActor(broken) ? broken.at(-1) : undefined;
  return toPlanned(change, maker === undefined ? UNEXPLAINED : explainByTask(maker, 'likely'));
}

/** A removal of which the server does not know how it ended. */
function explainDoubtfulRemoval({ kind }: Guest, record: GuestRecord): Explanation {
  const type = kind === 'qemu' ? 'qmdestroy' : 'vzdestroy';
  const destroys = doubtfulTasks(record, false).filter((task) => task.native === type);
  const [first] = destroys;
  return first !== undefined && isOneActor(destroys) ? explainByTask(first, 'likely') : UNEXPLAINED;
}

function attributeRemoval(change: UnattributedChange, guest: Guest, record: GuestRecord): PlannedChange {
  const task = findRemoval(guest, record, change.event);
  if (task === undefined) return toPlanned(change, explainDoubtfulRemoval(guest, record));
  if (!task.native.endsWith('destroy')) return toPlanned(change, explainByTask(task, 'likely'));
  const next = record.tasks.slice(record.tasks.indexOf(task) + 1);
  const made = next.findIndex(isMaker(guest));
  const rivals = (made < 0 ? next : next.slice(0, made)).filter(({ native }) => native === task.native);
  return toPlanned(change, explainLife(task, rivals, record));
}

/** Where records may be hidden, nothing is exact. A container's edits leave no line, nor does what is no edit. */
function withoutHidden(row: PlannedChange, { kind, node }: Guest, { gaps }: Evidence): PlannedChange {
  if (gaps === undefined) return row;
  const needsLog =
    kind === 'qemu' && row.kind === 'changed' && row.patch.some(([path]) => sectionOf(path) === 'config');
  const isHidden = gaps.nodes.has(node) || (needsLog && gaps.log);
  return isHidden ? { ...row, attribution: { ...row.attribution, ...asLikely(row.attribution) } } : row;
}

function attributeChange(
  change: UnattributedChange,
  guest: Guest,
  evidence: Evidence,
  index: EvidenceIndex,
  clone: Explanation | undefined,
): PlannedChange[] {
  const window = toServerWindow(change, evidence);
  const record = index.within(vmidOf(guest), window);
  if (change.kind === 'created') return [attributeCreation(change, guest, record, clone)];
  if (change.kind === 'removed') return [attributeRemoval(change, guest, record)];
  const recentTasks = index.tasksSince(vmidOf(guest), window, HA_DELAY_MS);
  const calls = callsWithin(guest, window, evidence);
  return attributeEdits(change, { guest, window, record, recentTasks, patch: change.patch, calls });
}

/**
 * Says who made each change. A change whose fields have several explanations becomes several rows, in the order in which
 * they took effect, those of unknown origin last; a creation or removal stays whole. What was seen for the first time
 * (`notBefore` null) has no actor, and neither have storages; of nodes the log tells who joined and removed them.
 */
export function attributeChanges(changes: readonly UnattributedChange[], evidence: Evidence): PlannedChange[] {
  const index = new EvidenceIndex(evidence);
  const clones = matchClones(changes, evidence, index);
  return changes.flatMap((change) => {
    const { guest } = change;
    if (guest === null) return [toPlanned(change, explainMembership(change, evidence))];
    if (change.notBefore === null || change.event === 'observed') return [toPlanned(change, UNEXPLAINED)];
    if (change.event === 'secret-set') return attributeSecretWrites(change, evidence, index);
    const rows = attributeChange(change, guest, evidence, index, clones.get(change));
    return rows.map((row) => withoutHidden(row, guest, evidence));
  });
}
