import type { Document, PatchEntry } from '../../../types/document.ts';
import type { UnattributedChange } from '../../../types/evidence.ts';
import { effectivePath } from '../../../types/pending-path.ts';
import { type Explanation, isOneActor, UNEXPLAINED } from '../../explanation.ts';
import type { LogEntry, Task } from '../records/record.ts';
import { explainByLog } from './config-log.ts';
import { explainByTask } from './explanation.ts';
import type { GuestRecord } from './guest-evidence.ts';
import { judgeLine } from './line-verdict.ts';
import { isSameValue } from './same-value.ts';
import { snapshotSteps } from './snapshot-tasks.ts';

type Guest = NonNullable<UnattributedChange['guest']>;

const REWRITE = /^(?:qm|vz)(?:rollback|restore)$/;

function rewritesOf({ tasks }: Pick<GuestRecord, 'tasks'>): Task[] {
  return tasks.filter(({ native }) => REWRITE.test(native));
}

/** Whether somebody wrote a vmgenid of his own, so that a new one proves nothing. */
function isVmgenidEdited({ lines }: Pick<GuestRecord, 'lines'>): boolean {
  return lines.some(({ update }) => update?.setKeys.includes('vmgenid') === true);
}

/**
 * The last task of the window that replaced the whole configuration. A virtual machine that has the vmgenid that it had was
 * neither rolled back nor restored; where that cannot be told, a task that may lie before the window does not count.
 */
export function findRewrite(record: GuestRecord, { generation }: Pick<Guest, 'generation'>): Task | undefined {
  const last = generation === 'same' ? undefined : rewritesOf(record).at(-1);
  if (last === undefined || !record.unclear.has(last)) return last;
  return generation === 'new' && !isVmgenidEdited(record) ? last : undefined;
}

/** Who replaced the configuration: exact when nobody else did so as well. */
export function explainRewrite(rewrite: Task, record: GuestRecord): Explanation {
  const isCertain = !record.unclear.has(rewrite) && isOneActor(rewritesOf(record));
  return explainByTask(rewrite, isCertain ? 'exact' : 'likely');
}

/** Whether a line is of the task itself: that it began or ended, or `rollback snapshot VM 101: name`. */
function isOwnLine(rewrite: Task): (line: LogEntry) => boolean {
  return ({ update, text, actor, at }) => {
    if (update !== null) return false;
    if (text.includes(rewrite.ref)) return true;
    const isNear = Math.abs(at.getTime() - rewrite.at.getTime()) <= 2_000;
    return isNear && text.startsWith('rollback') && actor === rewrite.actor && rewrite.native.endsWith('rollback');
  };
}

/** Lines written after the rewrite, and those that may be: in the second of its start only its own line tells the order. */
function splitLines(rewrite: Task, lines: readonly LogEntry[]) {
  const own = lines.findLastIndex(isOwnLine(rewrite));
  if (own >= 0) return { before: lines.slice(0, own), after: lines.slice(own + 1) };
  const startMs = rewrite.at.getTime();
  return {
    before: lines.filter(({ at }) => at.getTime() < startMs),
    after: lines.filter(({ at }) => at.getTime() >= startMs),
  };
}

/** What the rollback brought back, where that was read; it may have been another rollback's that was read. */
function broughtBack(rewrite: Task, { rolledBack }: Guest, record: GuestRecord): Document | undefined {
  if (rolledBack === undefined || !rewrite.native.endsWith('rollback')) return undefined;
  const steps = snapshotSteps(record);
  const own = steps.find(({ task }) => task === rewrite);
  const isLast = steps.at(-1)?.task === rewrite;
  const name = own?.name ?? (isLast ? rolledBack.snapshot : null);
  return name === rolledBack.snapshot ? rolledBack.fields : undefined;
}

/** A rollback leaves them as they are. Source: pve-guest-common src/PVE/AbstractConfig.pm __snapshot_apply_config. */
const KEPT = /^(?:description|unused\d+(?:\..*)?)$/;
/** Volumes are made anew by a rollback. */
const VOLUME = /^(?:scsi|virtio|sata|ide|efidisk|tpmstate|unused|rootfs|mp)\d*\./;

/**
 * Who made a configuration change in a window in which the whole configuration was replaced: whoever did that, unless a
 * later line names the key; where that line may have written what was there already, nobody. What a rollback brought back
 * tells, where it was read, whether it made the value. Exact when no other user's record could have made it. Edits of a
 * container leave no line, so there it is exact only by what was brought back.
 */
export function explainByRewrite(rewrite: Task, entry: PatchEntry, record: GuestRecord, guest: Guest): Explanation {
  const [changed, , found] = entry;
  const path = effectivePath(changed);
  const { before, after } = splitLines(rewrite, record.lines);
  const verdictOf = (line: LogEntry) => judgeLine(line, path, found, guest.document)?.verdict;
  const later = after.filter((line) => verdictOf(line) !== undefined);
  const earlier = before.filter((line) => verdictOf(line) === 'equal' || verdictOf(line) === 'open');
  if (KEPT.test(path) && rewrite.native.endsWith('rollback'))
    return explainByLog(path, found, record, guest.document) ?? UNEXPLAINED;
  const back = VOLUME.test(path) || path !== changed ? undefined : broughtBack(rewrite, guest, record);
  const edited = () => explainByLog(path, found, { ...record, lines: after }, guest.document);
  if (back !== undefined && !isSameValue(back[path] ?? null, found)) return edited() ?? UNEXPLAINED;
  if (back === undefined && later.length > 0) {
    const byLine = edited();
    const isOne = byLine !== null && byLine.actor === rewrite.actor && byLine.token === rewrite.credential;
    return isOne ? byLine : UNEXPLAINED;
  }
  const hasTraces = back !== undefined || (record.lines.length > 0 && guest.kind === 'qemu');
  const isRivalled = !isOneActor([rewrite, ...earlier, ...later, ...rewritesOf(record)]);
  const isCertain = hasTraces && !isRivalled && !record.unclear.has(rewrite);
  return explainByTask(rewrite, isCertain ? 'exact' : 'likely');
}
