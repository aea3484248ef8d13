import type { Value } from '../../types/document.ts';
import type { ConfigUpdate, LogEntry } from '../../types/task.ts';
import { type Explanation, explainByLine, explainByTask, isOneActor } from './explanation.ts';
import { type GuestRecord, holds, type ServerWindow } from './guest-evidence.ts';

/** What one line says about the value that was found: it made it, it made another one, or the server chose the value. */
type Verdict = 'equal' | 'differs' | 'open';

/** Volumes that the server allocates and names: `local:32`, `local-lvm:cloudinit`, `none`. */
const ALLOCATION = /^([^:/]+):(?:\d+(?:\.\d+)?|cloudinit)$/;
const DRIVE = /^(?:scsi|virtio|sata|ide|efidisk|tpmstate|unused)\d+$/;
const GENERATED_OF_DRIVE: ReadonlySet<string> = new Set(['file', 'size', 'format', 'media']);

/** The configuration key that a path belongs to: `net0` of `net0.bridge`. */
export function rootOf(path: string): string {
  const dot = path.indexOf('.');
  return dot < 0 ? path : path.slice(0, dot);
}

function leafOf(path: string): string {
  const dot = path.indexOf('.');
  return dot < 0 ? '' : path.slice(dot + 1);
}

/**
 * The cluster log holds ASCII only: what else a text had is written as `\u00e9` or `#012`.
 * Source: pve-cluster src/pmxcfs/logger.c, utf8_to_ascii of cfs-utils.c.
 */
function bareText(text: string): string {
  return text.replaceAll(/\\u[0-9a-fA-F]{4}|#\d{3}/g, '').replaceAll(/[^\x21-\x7e]/g, '');
}

function isSame(said: Value | null, found: Value | null): boolean {
  if (said === null || found === null) return said === found;
  if (typeof said === 'object' || typeof found === 'object') {
    const [left, right] = [said, found].map((value) =>
      (typeof value === 'object' ? value : [String(value)]).toSorted(),
    );
    return left?.join('\n') === right?.join('\n');
  }
  if (String(said) === String(found)) return true;
  const [left, right] = [bareText(String(said)), bareText(String(found))];
  return left === right && left.length > 3;
}

function isEmpty(value: Value): boolean {
  return value === '' || (typeof value === 'object' && value.length === 0);
}

function judgeSetValue(path: string, said: Value, found: Value | null): Verdict {
  if (isSame(isEmpty(said) ? null : said, found)) return 'equal';
  if (typeof said === 'string' && said.startsWith('«hidden')) return found === null ? 'differs' : 'open';
  if (!DRIVE.test(rootOf(path))) return 'differs';
  if (leafOf(path) === 'size') return 'open';
  const storage = typeof said === 'string' ? ALLOCATION.exec(said)?.[1] : undefined;
  const isAllocated = storage !== undefined && typeof found === 'string' && found.startsWith(`${storage}:`);
  return leafOf(path) === 'file' && isAllocated ? 'open' : 'differs';
}

function isServerGenerated(path: string): boolean {
  const root = rootOf(path);
  if (/^net\d+$/.test(root)) return leafOf(path) === 'macaddr';
  return DRIVE.test(root) && GENERATED_OF_DRIVE.has(leafOf(path));
}

function judge(update: ConfigUpdate, path: string, found: Value | null): Verdict {
  const root = rootOf(path);
  if (update.setKeys.includes(root)) {
    const said = update.set[path];
    if (said !== undefined) return judgeSetValue(path, said, found);
    if (found === null) return 'equal';
    return isServerGenerated(path) ? 'open' : 'differs';
  }
  if (update.deletedKeys.includes(root)) return found === null ? 'equal' : 'differs';
  return 'open';
}

function names(update: ConfigUpdate, root: string): boolean {
  return update.setKeys.includes(root) || update.deletedKeys.includes(root) || update.revertedKeys.includes(root);
}

interface Judged {
  line: LogEntry;
  verdict: Verdict;
}

function judgeLines(lines: readonly LogEntry[], path: string, found: Value | null, isAmbiguous: boolean): Judged[] {
  const judged: Judged[] = [];
  for (const line of lines) {
    if (line.update === null || line.update.isAmbiguous !== isAmbiguous) continue;
    if (names(line.update, rootOf(path))) judged.push({ line, verdict: judge(line.update, path, found) });
  }
  return judged;
}

/** The lines after the last one that set something else. */
function lastRun(judged: readonly Judged[]): readonly Judged[] {
  return judged.slice(judged.findLastIndex((one) => one.verdict === 'differs') + 1);
}

function explainByClearLines(judged: readonly Judged[], window: ServerWindow): Explanation | null {
  const run = lastRun(judged);
  if (run.length > 0) {
    // The first one made the value; whoever wrote the same value again changed nothing.
    const maker = run.find(({ line }) => holds(window, line.at, 0)) ?? run[0];
    const isCertain = run.every((one) => one.verdict === 'equal') || isOneActor(judged.map((one) => one.line));
    return maker !== undefined && isCertain ? explainByLine(maker.line, 'exact') : null;
  }
  // What was written after the configuration was read, or was refused after it was logged, does not explain the value.
  const maker = judged.findLast((one) => one.verdict === 'equal');
  return maker === undefined ? null : explainByLine(maker.line, 'likely');
}

/**
 * Who set a configuration path of a virtual machine to the value that was found, by the `update VM` lines of the window.
 * null: no line names it, those that do set something else, or several users may have been the one.
 */
export function explainByLog(
  path: string,
  found: Value | null,
  lines: readonly LogEntry[],
  window: ServerWindow,
): Explanation | null {
  const clear = judgeLines(lines, path, found, false);
  const explained = explainByClearLines(clear, window);
  if (explained !== null) return explained;
  const unclear = judgeLines(lines, path, found, true).filter((one) => one.verdict === 'equal');
  const last = unclear.at(-1);
  if (last === undefined || !isOneActor(unclear.map((one) => one.line))) return null;
  return explainByLine(last.line, 'likely');
}

/**
 * What a server changes along with a drive that is attached, removed or moved: `unused0` appears or goes, and the boot order
 * loses it. Likely, and only when one user touched drives or devices in the window.
 * Source: qemu-server src/PVE/API2/Qemu.pm update_vm_api.
 */
export function explainSideEffect(path: string, record: GuestRecord): Explanation | null {
  const root = rootOf(path);
  if (root !== 'boot' && !/^unused\d+$/.test(root)) return null;
  const isDevice = (key: string) => DRIVE.test(key) || (root === 'boot' && /^(?:net|hostpci|usb)\d+$/.test(key));
  const lines = record.lines.filter(({ update }) => {
    if (update === null || update.isAmbiguous) return false;
    return [...update.setKeys, ...update.deletedKeys].some(isDevice);
  });
  const moves = root === 'boot' ? [] : record.tasks.filter((task) => task.type === 'qmmove');
  if (!isOneActor([...lines, ...moves])) return null;
  const [line, move] = [lines.at(-1), moves.at(-1)];
  if (line !== undefined) return explainByLine(line, 'likely');
  return move === undefined ? null : explainByTask(move, 'likely');
}
