import type { Value } from '../../types/document.ts';
import type { LogEntry, Task } from '../../types/task.ts';
import { explainByLog, rootOf } from './config-log.ts';
import { type Explanation, explainByTask, UNEXPLAINED } from './explanation.ts';
import { endsInside, type GuestRecord, type ServerWindow } from './guest-evidence.ts';

const REWRITES: ReadonlySet<string> = new Set(['qmrollback', 'vzrollback', 'qmrestore', 'vzrestore']);

/** The last task of the window that replaced the whole configuration. */
export function findRewrite(tasks: readonly Task[], window: ServerWindow): Task | undefined {
  return tasks.findLast((task) => REWRITES.has(task.type) && endsInside(task, window));
}

/** Lines written after the rewrite. In the second of its start its own line, `rollback snapshot VM 101: name`, tells the order. */
function linesAfter(rewrite: Task, lines: readonly LogEntry[]): readonly LogEntry[] {
  const own = lines.findLastIndex((line) => {
    const isOwn = line.update === null && line.message.startsWith('rollback') && line.user === rewrite.user;
    return isOwn && Math.abs(line.at.getTime() - rewrite.startedAt.getTime()) <= 2_000;
  });
  if (own >= 0) return lines.slice(own + 1);
  return lines.filter((line) => line.at.getTime() >= rewrite.startedAt.getTime());
}

/**
 * Who made a configuration change in a window in which the whole configuration was replaced: whoever did that, unless a
 * later line names the key. Edits of a container leave no line, so there it is never more than likely.
 */
export function explainByRewrite(
  rewrite: Task,
  change: { path: string; after: Value | null },
  record: GuestRecord,
  window: ServerWindow,
): Explanation {
  const later = linesAfter(rewrite, record.lines);
  const root = rootOf(change.path);
  const isNamed = later.some(({ update }) => {
    if (update === null || update.isAmbiguous) return false;
    return [update.setKeys, update.deletedKeys, update.revertedKeys].some((keys) => keys.includes(root));
  });
  const edited = explainByLog(change.path, change.after, later, window);
  if (edited !== null && (isNamed || edited.confidence === 'exact')) return edited;
  if (isNamed) return UNEXPLAINED;
  const hasTraces = record.lines.length > 0 && rewrite.type.startsWith('qm');
  return explainByTask(rewrite, hasTraces ? 'exact' : 'likely');
}
