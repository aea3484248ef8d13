import type { Document, Value } from '../../types/document.ts';
import { isAtOrBelow, PENDING, PENDING_DELETE } from '../../types/pending-path.ts';
import type { LogEntry } from '../../types/task.ts';
import { explainByLine } from '../attribution/explanation.ts';
import { rootOf } from '../attribution/line-verdict.ts';
import { isSameValue } from '../attribution/same-value.ts';
import { type Fields, followSettings, type LogStep, type Setting, type Track } from './log-step.ts';
import { afterRecorded } from './step-records.ts';
import type { StepScene } from './step-scene.ts';
import { certainReading, mayName, rootsOf, valueIn } from './value-reading.ts';

/** Takes effect at once whatever the machine does. Source: qemu-server src/PVE/QemuServer.pm $fast_plug_option. */
const AT_ONCE = /^(?:description|hookscript|name|onboot|protection|startup|tags)$/;
/** Waits for a stop of the machine while it runs. Source: qemu-server src/PVE/QemuServer.pm vmconfig_hotplug_pending. */
const AT_STOP =
  /^(?:acpi|affinity|args|audio0|bios|cores|cpu|hostpci\d+|hotplug|kvm|localtime|machine|memory|numa|numa\d+|ostype|rng0|scsihw|serial\d+|sockets|vga|watchdog)$/;
const NETWORK = /^net\d+$/;
/** Written by the server along with others, or not as they were asked for. */
const BY_SERVER =
  /^(?:scsi|virtio|sata|ide|efidisk|tpmstate|unused)\d+$|^(?:boot|bootdisk|digest|lock|meta|parent|smbios1|template|vmgenid|vmstate)$/;
const DEFAULT_HOTPLUG = 'network,disk,usb';
const REWRITES = /^(?:qm|vz)(?:rollback|restore|create|destroy)$/;
const STARTS_OR_STOPS = /^qm(?:start|stop|shutdown|reboot|suspend|resume|pause|igrate)$|^vzdump$|^hast(?:art|op)$/;

type Mode = 'effective' | 'pending';

/** The line as one setting of a path, in the terms of the document; null where it cannot be told what it did. */
type ToSetting = (line: LogEntry) => Setting | null;

/** Whether a change of a key takes effect at once or waits; null where that depends on what nobody tells. */
function modeOf(root: string, { before, after, record }: StepScene): Mode | null {
  if (AT_ONCE.test(root)) return 'effective';
  if ([...record.done, ...record.running, ...record.broken].some(({ type }) => STARTS_OR_STOPS.test(type))) return null;
  const [was, is] = [before.document['status'], after.document['status']];
  if (was !== is) return null;
  if (was === 'stopped') return 'effective';
  if (was !== 'running') return null;
  const features = hotplugOf(before.document);
  if (NETWORK.test(root)) return features.has('network') ? 'effective' : null;
  if (root === 'memory' && features.has('memory')) return null;
  return AT_STOP.test(root) ? 'pending' : null;
}

function hotplugOf(document: Document): ReadonlySet<string> {
  const { hotplug = DEFAULT_HOTPLUG } = document;
  const text = typeof hotplug === 'object' ? hotplug.join(',') : String(hotplug);
  return new Set((text === '1' ? DEFAULT_HOTPLUG : text).split(/[,;]/));
}

/** Lines that may be about a key, after the last one that the history tells of; null where one may be from before the window. */
function linesAbout(root: string, { record }: StepScene, isChecked: boolean): readonly LogEntry[] | null {
  const lines = afterRecorded(
    record.lines.filter((line) => mayName(line, root)),
    record,
  );
  const inside = lines.filter(record.isInside);
  if (isChecked && inside.length < lines.length) return null;
  return hasOrder(inside) ? inside : null;
}

/** The lines of one second that different nodes have written have no order. */
function hasOrder(lines: readonly LogEntry[]): boolean {
  return lines.every((line, index) => {
    const next = lines[index + 1];
    return next === undefined || next.node === line.node || next.at.getTime() !== line.at.getTime();
  });
}

function pathsOf(root: string, { before, after }: StepScene, lines: readonly LogEntry[]): string[] {
  const said = lines.flatMap(({ update }) => Object.keys(update?.set ?? {}));
  const all = [...said, ...Object.keys(before.document), ...Object.keys(after.document)];
  return [...new Set(all.filter((path) => isAtOrBelow(path, root)))];
}

function pendingPaths(root: string, { before, after }: StepScene): string[] {
  return [before, after].flatMap(({ document }) =>
    Object.keys(document).filter(
      (path) => isAtOrBelow(path, PENDING + root) || isAtOrBelow(path, PENDING_DELETE + root),
    ),
  );
}

function valueAt({ document }: { document: Document }, path: string): Value | null {
  return document[path] ?? null;
}

/** As {@link followSettings}; lines at the end may have been written after the configuration was read. */
function follow(path: string, scene: StepScene, lines: readonly LogEntry[], toSetting: ToSetting): readonly LogStep[] {
  const settings: Setting[] = [];
  for (const line of lines) {
    const setting = toSetting(line);
    if (setting === null) return [];
    settings.push(setting);
  }
  const [start, end]: Fields[] = [scene.before, scene.after].map((one) => ({ [path]: valueAt(one, path) }));
  return start && end ? followSettings(start, settings, end) : [];
}

function effectiveTrack(path: string, scene: StepScene, lines: readonly LogEntry[]): Track {
  const steps = follow(path, scene, lines, (line) => {
    const reading = certainReading(line, rootOf(path));
    const said = reading === null ? undefined : valueIn(reading, path);
    return said === undefined ? null : { explanation: explainByLine(line, 'exact'), fields: { [path]: said } };
  });
  return { paths: [path], steps };
}

/** What is set to the value that is in effect does not wait any more. */
function pendingTrack(root: string, scene: StepScene, lines: readonly LogEntry[]): Track {
  const path = PENDING + root;
  const inEffect = valueAt(scene.before, root);
  const isUntouched = isSameValue(inEffect, valueAt(scene.after, root));
  const steps = follow(path, scene, isUntouched ? lines : [], (line) => {
    const reading = certainReading(line, root);
    const said = reading?.setKeys.includes(root) ? valueIn(reading, root) : undefined;
    if (said === undefined || said === null) return null;
    const waiting = isSameValue(said, inEffect) ? null : said;
    return { explanation: explainByLine(line, 'exact'), fields: { [path]: waiting } };
  });
  return { paths: [path], steps };
}

function tracksOf(root: string, scene: StepScene, isChecked: boolean): Track[] {
  const mode = BY_SERVER.test(root) ? null : modeOf(root, scene);
  const lines = mode === null ? null : linesAbout(root, scene, isChecked);
  if (lines === null || lines.length < 2) return [];
  const paths = pathsOf(root, scene, lines);
  const waiting = pendingPaths(root, scene);
  if (mode === 'effective') return waiting.length > 0 ? [] : paths.map((path) => effectiveTrack(path, scene, lines));
  const isPlain = paths.every((path) => path === root) && waiting.every((path) => path === PENDING + root);
  return isPlain ? [pendingTrack(root, scene, lines)] : [];
}

/**
 * The values that the fields of a virtual machine had in between, by the `update VM` lines of the log. Where a line can be read in several
 * ways, or the configuration was changed by other means as well, there are none.
 */
export function valueTracks(scene: StepScene, isChecked: boolean): Track[] {
  const { record } = scene;
  const isRewritten = record.done.some(({ type }) => REWRITES.test(type));
  // A change by POST is a task, which may fail after its line was written.
  const hasFailed = record.broken.some(({ type }) => type === 'qmconfig' || REWRITES.test(type));
  if (isRewritten || hasFailed) return [];
  const roots = [...new Set(record.lines.flatMap(rootsOf))].sort();
  return roots.flatMap((root) => tracksOf(root, scene, isChecked));
}
