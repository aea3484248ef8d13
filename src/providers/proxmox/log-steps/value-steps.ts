import type { Document, Value } from '../../../types/document.ts';
import { valueAt } from '../../../types/document-replay.ts';
import { isAtOrBelow, PENDING, PENDING_DELETE } from '../../../types/pending-path.ts';
import type { Explanation } from '../../explanation.ts';
import { explainByLine, explainByTask } from '../attribution/explanation.ts';
import { rootOf } from '../attribution/line-verdict.ts';
import { isSameValue } from '../attribution/same-value.ts';
import type { LogEntry } from '../records/record.ts';
import { type ConfigEvent, configEvents } from './config-events.ts';
import { followSettings, type Setting, type Track } from './log-step.ts';
import type { Power, PowerTurn } from './power-timeline.ts';
import { afterRecorded } from './step-records.ts';
import type { StepScene } from './step-scene.ts';
import { certainReading, mayName, rootsOf, valueIn } from './value-reading.ts';

/** Takes effect at once whatever the machine does. Source: qemu-server src/PVE/QemuServer.pm $fast_plug_option. */
const AT_ONCE = /^(?:description|hookscript|name|onboot|protection|startup|tags)$/;
/** Waits for a stop of the machine while it runs. Source: qemu-server src/PVE/QemuServer.pm vmconfig_hotplug_pending. */
const AT_STOP =
  /^(?:acpi|affinity|args|audio0|bios|cores|cpu|hostpci\d+|kvm|localtime|machine|memory|numa\d*|ostype|rng0|scsihw|serial\d+|sockets|vga|watchdog)$/;
const NETWORK = /^net\d+$/;
/** Written by the server along with others, or not as they were asked for. */
const BY_SERVER =
  /^(?:scsi|virtio|sata|ide|efidisk|tpmstate|unused)\d+$|^(?:boot|bootdisk|digest|hotplug|lock|meta|parent|smbios1|template|vmgenid|vmstate)$/;
const DEFAULT_HOTPLUG = 'network,disk,usb';
const REWRITES = /^(?:qm|vz)(?:restore|create|destroy)$/;
/** A rollback leaves it as it is. Source: pve-guest-common src/PVE/AbstractConfig.pm __snapshot_apply_config. */
const KEPT = 'description';

/** One field of the configuration: what is in effect, and what waits for a stop. */
interface State {
  value: Value | null;
  waiting: Value | null;
}

interface Scenery {
  path: string;
  root: string;
  scene: StepScene;
  hotplug: ReadonlySet<string>;
}

function hotplugOf(document: Document): ReadonlySet<string> {
  const { hotplug = DEFAULT_HOTPLUG } = document;
  const text = typeof hotplug === 'object' ? hotplug.join(',') : String(hotplug);
  return new Set((text === '1' ? DEFAULT_HOTPLUG : text).split(/[,;]/));
}

/** Lines that may be about a key, after the last one that the history tells of; null where one may be from before the window. */
function linesAbout(root: string, { record }: StepScene, isChecked: boolean): readonly LogEntry[] | null {
  const named = record.lines.filter((line) => mayName(line, root));
  const lines = afterRecorded(named, record);
  const inside = lines.filter(record.isInside);
  if (isChecked && inside.length < lines.length) return null;
  return hasOrder(inside) ? inside : null;
}

/** The lines of one second that different nodes have written have no order. */
function hasOrder(lines: readonly LogEntry[]): boolean {
  return lines.every((line, index) => {
    const next = lines[index + 1];
    return next === undefined || next.place === line.place || next.at.getTime() !== line.at.getTime();
  });
}

/** Whether a change takes effect at once or waits; null where that depends on what nobody tells. */
function takesEffect({ root, hotplug }: Scenery, power: Power | null): boolean | null {
  if (AT_ONCE.test(root) || power === 'stopped') return true;
  if (power !== 'running') return null;
  if (NETWORK.test(root)) return hotplug.has('network') ? true : null;
  if (root === 'memory' && hotplug.has('memory')) return null;
  return AT_STOP.test(root) ? false : null;
}

/** null: what a line made of the field cannot be told. */
function afterLine({ value, waiting }: State, line: LogEntry, power: Power | null, scenery: Scenery): State | null {
  const reading = certainReading(line, scenery.root);
  const said = reading === null ? undefined : valueIn(reading, scenery.path);
  const isAtOnce = takesEffect(scenery, power);
  if (said === undefined || isAtOnce === null) return null;
  if (isAtOnce) return power === 'stopped' || waiting === null ? { value: said, waiting: null } : null;
  if (isSameValue(said, value)) return { value, waiting: null };
  return said === null ? null : { value, waiting: said };
}

/** What the last rollback brought back is what is there now, unless a line changed it since. */
function broughtBack(
  event: ConfigEvent & { kind: 'rollback' },
  later: readonly ConfigEvent[],
  saved: ReadonlyMap<string, Value | null>,
  { path, scene }: Scenery,
): Value | null | undefined {
  if (event.name !== null && saved.has(event.name)) return saved.get(event.name);
  return later.some(({ kind }) => kind === 'line' || kind === 'rollback')
    ? undefined
    : valueAt(scene.after.document, path);
}

/** Follows a field through all that happened to the configuration; null where something cannot be told. */
function settingsOf(events: readonly ConfigEvent[], scenery: Scenery): Setting[] | null {
  const { path, root, scene } = scenery;
  const settings: Setting[] = [];
  const saved = new Map<string, Value | null>();
  let state: State = {
    value: valueAt(scene.before.document, path),
    waiting: valueAt(scene.before.document, PENDING + path),
  };
  const set = (next: State, explanation: Explanation): void => {
    state = next;
    settings.push({ explanation, fields: { [path]: next.value, [PENDING + path]: next.waiting } });
  };
  for (const [index, event] of events.entries()) {
    if (event.kind === 'snapshot') saved.set(event.name, state.value);
    else if (event.kind === 'applied') {
      if (state.waiting !== null) set({ value: state.waiting, waiting: null }, event.explanation);
    } else if (event.kind === 'line') {
      const next = afterLine(state, event.line, event.power, scenery);
      if (next === null) return null;
      set(next, explainByLine(event.line, 'exact'));
    } else if (root !== KEPT) {
      const value = broughtBack(event, events.slice(index + 1), saved, scenery);
      if (value === undefined || state.waiting !== null) return null;
      set({ value, waiting: null }, explainByTask(event.task, 'exact'));
    }
  }
  return settings;
}

function trackOf(scenery: Scenery, events: readonly ConfigEvent[]): Track {
  const { path, scene } = scenery;
  const paths = [path, PENDING + path];
  const [start = {}, end = {}] = [scene.before, scene.after].map((one) =>
    Object.fromEntries(paths.map((each) => [each, valueAt(one.document, each)])),
  );
  return { paths, steps: followSettings(start, settingsOf(events, scenery) ?? [], end) };
}

function pathsOf(root: string, { before, after }: StepScene, lines: readonly LogEntry[]): string[] {
  const said = lines.flatMap(({ update }) => Object.keys(update?.set ?? {}));
  const all = [...said, ...Object.keys(before.document), ...Object.keys(after.document)];
  return [...new Set(all.filter((path) => isAtOrBelow(path, root)))];
}

/** What waits to be deleted is told of a key or of a part of it, which no line says. */
function hasPendingDeletion(root: string, { before, after }: StepScene): boolean {
  return [before, after].some(({ document }) =>
    Object.keys(document).some((path) => isAtOrBelow(path, PENDING_DELETE + root)),
  );
}

/**
 * The values that the fields of a virtual machine had in between, by the `update VM` lines of the log and what rollbacks, stops
 * and starts made of them. Where a line can be read in several ways, or the configuration was changed by other means, none.
 */
export function valueTracks(scene: StepScene, turns: readonly PowerTurn[] | null, isChecked: boolean): Track[] {
  const { record } = scene;
  const isRewritten = record.done.some(({ native }) => REWRITES.test(native));
  // A change by POST is a task, which may fail after its line was written.
  const hasFailed = record.broken.some(
    ({ native }) => /^(?:qmconfig|qmrollback)$/.test(native) || REWRITES.test(native),
  );
  if (isRewritten || hasFailed) return [];
  const roots = [...new Set(record.lines.flatMap(rootsOf))].sort();
  const hotplug = hotplugOf(scene.before.document);
  return roots.flatMap((root) => {
    const lines = BY_SERVER.test(root) || hasPendingDeletion(root, scene) ? null : linesAbout(root, scene, isChecked);
    if (lines === null || lines.length === 0) return [];
    const events = configEvents(lines, turns, scene);
    return pathsOf(root, scene, lines).map((path) => trackOf({ path, root: rootOf(path), scene, hotplug }, events));
  });
}
