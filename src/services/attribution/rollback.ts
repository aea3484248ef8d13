import type { PatchEntry } from '../../types/document.ts';
import type { LogEntry, Task } from '../../types/task.ts';
import { explainByLog } from './config-log.ts';
import type { UnattributedChange } from './evidence.ts';
import { asLikely, type Explanation, explainByTask, isOneActor, UNEXPLAINED } from './explanation.ts';
import type { GuestRecord } from './guest-evidence.ts';
import { judgeLine } from './line-verdict.ts';

type Guest = NonNullable<UnattributedChange['guest']>;

const REWRITE = /^(?:qm|vz)(?:rollback|restore)$/;

function rewritesOf({ tasks }: Pick<GuestRecord, 'tasks'>): Task[] {
  return tasks.filter(({ type }) => REWRITE.test(type));
}

/** Whether somebody wrote a vmgenid of his own, so that a new one proves nothing. */
function isVmgenidEdited({ lines }: Pick<GuestRecord, 'lines'>): boolean {
  return lines.some(({ update }) => update?.setKeys.includes('vmgenid') === true);
}

/**
 * The last task of the window that replaced the whole configuration. A virtual machine that has the vmgenid that it had was
 * neither rolled back nor restored; where that cannot be told, a task that may lie before the window does not count.
 */
export function findRewrite(record: GuestRecord, { vmgenid }: Pick<Guest, 'vmgenid'>): Task | undefined {
  const last = vmgenid === 'same' ? undefined : rewritesOf(record).at(-1);
  if (last === undefined || !record.unclear.has(last)) return last;
  return vmgenid === 'new' && !isVmgenidEdited(record) ? last : undefined;
}

/** Who replaced the configuration: exact when nobody else did so as well. */
export function explainRewrite(rewrite: Task, record: GuestRecord): Explanation {
  const isCertain = !record.unclear.has(rewrite) && isOneActor(rewritesOf(record));
  return explainByTask(rewrite, isCertain ? 'exact' : 'likely');
}

/** Whether a line is of the task itself: that it began or ended, or `rollback snapshot VM 101: name`. */
function isOwnLine(rewrite: Task): (line: LogEntry) => boolean {
  return ({ update, message, user, at }) => {
    if (update !== null) return false;
    if (message.includes(rewrite.upid)) return true;
    const isNear = Math.abs(at.getTime() - rewrite.startedAt.getTime()) <= 2_000;
    return isNear && message.startsWith('rollback') && user === rewrite.user && rewrite.type.endsWith('rollback');
  };
}

/** Lines written after the rewrite, and those that may be: in the second of its start only its own line tells the order. */
function splitLines(rewrite: Task, lines: readonly LogEntry[]) {
  const own = lines.findLastIndex(isOwnLine(rewrite));
  if (own >= 0) return { before: lines.slice(0, own), after: lines.slice(own + 1) };
  const startMs = rewrite.startedAt.getTime();
  return {
    before: lines.filter(({ at }) => at.getTime() < startMs),
    after: lines.filter(({ at }) => at.getTime() >= startMs),
  };
}

/**
 * Who made a configuration change in a window in which the whole configuration was replaced: whoever did that, unless a
 * later line names the key; where that line may have written what was there already, nobody. Exact when no other user's
 * record could have made it. Edits of a container leave no line, so there it is never more than likely.
 */
export function explainByRewrite(
  rewrite: Task,
  [path, , found]: PatchEntry,
  record: GuestRecord,
  { kind, document }: Pick<Guest, 'kind' | 'document'>,
): Explanation {
  const { before, after } = splitLines(rewrite, record.lines);
  const verdictOf = (line: LogEntry) => judgeLine(line, path, found, document)?.verdict;
  const isNamed = after.some((line) => verdictOf(line) !== undefined);
  const byRewrite = explainByTask(rewrite, record.lines.length > 0 && kind === 'qemu' ? 'exact' : 'likely');
  if (isNamed) {
    const edited = explainByLog(path, found, { ...record, lines: after }, document);
    const isOne = edited !== null && edited.actor === rewrite.user && edited.token === rewrite.token;
    return isOne ? edited : UNEXPLAINED;
  }
  const rivals = before.filter((line) => verdictOf(line) === 'equal' || verdictOf(line) === 'open');
  const isRivalled = !isOneActor([rewrite, ...rivals, ...rewritesOf(record)]);
  return isRivalled || record.unclear.has(rewrite) ? asLikely(byRewrite) : byRewrite;
}
