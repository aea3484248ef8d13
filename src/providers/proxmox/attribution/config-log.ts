import type { Document, Value } from '../../../types/document.ts';
import { asLikely, type Explanation, isOneActor } from '../../explanation.ts';
import type { LogEntry } from '../records/record.ts';
import { explainByLine } from './explanation.ts';
import type { GuestRecord } from './guest-evidence.ts';
import { judgeLine, type Verdict } from './line-verdict.ts';

interface Judged {
  line: LogEntry;
  verdict: Verdict;
  isClear: boolean;
}

type Record = Pick<GuestRecord, 'lines' | 'broken' | 'unclear' | 'late'>;

function judgeLines(path: string, found: Value | null, lines: readonly LogEntry[], document?: Document): Judged[] {
  return lines.flatMap((line) => {
    const judged = judgeLine(line, path, found, document);
    return judged === null ? [] : { line, ...judged };
  });
}

function linesOf(judged: readonly Judged[]): LogEntry[] {
  return judged.map(({ line }) => line);
}

/** A change by POST is a task, which may fail after its line was written. Source: qemu-server update_vm_api. */
function hasFailed(line: LogEntry, { broken }: Record): boolean {
  return broken.some(
    ({ native, actor, credential, at, endedAt }) =>
      native === 'qmconfig' &&
      actor === line.actor &&
      credential === line.credential &&
      line.at >= at &&
      (endedAt === null || line.at <= endedAt),
  );
}

/** The lines of one second that different nodes have written have no order. */
function hasNoOrder({ line }: Judged, others: readonly Judged[]): boolean {
  return others.some(
    (other) =>
      other.line.at.getTime() === line.at.getTime() &&
      other.line.place !== line.place &&
      !isOneActor([other.line, line]),
  );
}

/**
 * Of lines that may all have made the value the first did: whoever wrote it again changed nothing. Null when it may have been
 * written before the window, by another than who wrote it then.
 */
function explainByRun(run: readonly Judged[], judged: readonly Judged[], record: Record): Explanation | null {
  const maker = run.find(({ line }) => !record.unclear.has(line)) ?? run[0];
  if (maker === undefined || hasNoOrder(maker, judged)) return null;
  const isByOne = isOneActor(linesOf(run));
  if (!isByOne && run.some(({ line }) => record.unclear.has(line) && !isOneActor([line, maker.line]))) return null;
  // A value that the server chose, or that was cut off, may be anybody's who wrote the key.
  if (run.some(({ verdict }) => verdict !== 'equal') && !isOneActor(linesOf(judged))) return null;
  // A line that set something else may have been refused after it was written.
  const equals = judged.filter(({ verdict }) => verdict === 'equal');
  const isAlone = isByOne && isOneActor([maker.line, ...linesOf(equals)]);
  const isCertain = isAlone && !record.unclear.has(maker.line) && !run.every(({ verdict }) => verdict === 'cut');
  return explainByLine(maker.line, isCertain && !hasFailed(maker.line, record) ? 'exact' : 'likely');
}

function explainByClearLines(judged: readonly Judged[], record: Record): Explanation | null {
  const lastOther = judged.findLastIndex(({ verdict }) => verdict === 'differs');
  const run = judged.slice(lastOther + 1);
  if (run.length > 0) return explainByRun(run, judged, record);
  // What was written after the configuration was read, or failed after it was logged, does not explain the value.
  const last = judged.findLastIndex(({ verdict }) => verdict === 'equal');
  const wereIdle = judged.slice(last + 1).every(({ line }) => record.late.has(line) || hasFailed(line, record));
  if (last < 0 || !wereIdle) return null;
  const first = judged.slice(0, last).findLastIndex(({ verdict }) => verdict === 'differs') + 1;
  const explanation = explainByRun(judged.slice(first, last + 1), judged.slice(0, last + 1), record);
  return explanation === null ? null : asLikely(explanation);
}

/**
 * Who set a configuration path of a virtual machine to the value that was found, by the `update VM` lines of the window.
 * null: no line names it, those that do set something else, or several users may have been the one. Exact when no other
 * user's line could have made it.
 */
export function explainByLog(
  path: string,
  found: Value | null,
  record: Record,
  document: Document | undefined,
): Explanation | null {
  const judged = judgeLines(path, found, record.lines, document);
  const explained = explainByClearLines(
    judged.filter(({ isClear }) => isClear),
    record,
  );
  const vague = judged.filter(({ isClear, verdict }) => !isClear && (verdict === 'equal' || verdict === 'cut'));
  if (explained !== null) {
    const isRivalled = vague.some(({ line }) => line.actor !== explained.actor || line.credential !== explained.token);
    return isRivalled ? asLikely(explained) : explained;
  }
  const last = vague.at(-1);
  if (last === undefined || !isOneActor(linesOf(vague))) return null;
  if (judged.indexOf(last) < judged.findLastIndex(({ isClear, verdict }) => isClear && verdict === 'differs'))
    return null;
  return explainByLine(last.line, 'likely');
}
