import { HIDDEN } from '../../../text/mask-secrets.ts';
import type { ActionSubject, PlannedCall, Proof } from '../../../types/action.ts';
import type { Value } from '../../../types/document.ts';
import { PENDING, PENDING_DELETE } from '../../../types/pending-path.ts';
import { formOf } from '../config-keys.ts';
import { toEntries } from '../config-value.ts';
import { type ConfigChange, textAt } from './config-changes.ts';
import { newDisk } from './disk.ts';
import { waitsForRestart } from './hotplug.ts';
import { call, ownTask, pathOf } from './planner.ts';
import type { LiveGuest } from './scene.ts';

/**
 * Changes the configuration, if it is still the file that was read. Of a VM by a task, of which the server keeps a record: what
 * became of it can be found. Source: qemu-server src/PVE/API2/Qemu.pm update_vm_async, pve-container src/PVE/API2/LXC/Config.pm.
 */
export function configCall(
  subject: ActionSubject,
  changes: readonly ConfigChange[],
  { guest, words }: { guest: LiveGuest; words: string },
): PlannedCall {
  const removed = changes.filter(({ after }) => after === null).map(({ key }) => key);
  const digest = textAt(guest.config, 'digest');
  const isVm = subject.kind === 'qemu';
  return call(subject, {
    verb: isVm ? 'POST' : 'PUT',
    path: pathOf(subject, '/config'),
    parameters: {
      ...Object.fromEntries(changes.flatMap(({ key, after }) => (after === null ? [] : [[key, after]]))),
      ...(removed.length > 0 && { delete: removed.join(',') }),
      ...(digest !== null && { digest }),
    },
    secrets: changes.flatMap(({ key, after, isSecret }) => (isSecret && after !== null ? key : [])),
    words,
    task: isVm ? ownTask(subject, 'config') : null,
    proof: proofOf(subject, changes, digest),
    sets: setsOf(subject, changes, guest),
  });
}

/** With the digest only where the server keeps every value as it is sent: other values prove nothing by being different. */
function proofOf({ kind }: ActionSubject, changes: readonly ConfigChange[], digest: string | null): Proof | null {
  const open = changes.filter(({ isSecret }) => !isSecret);
  if (open.length === 0) return null;
  const isKept = changes.every(
    ({ key, after, isSecret }) =>
      !isSecret && (after === null || (formOf(kind, key).form === 'scalar' && /^\d+$/.test(after))),
  );
  return {
    kind: 'config',
    values: Object.fromEntries(open.map(({ key, after }) => [key, after])),
    digest: isKept ? digest : null,
  };
}

function setsOf({ kind }: ActionSubject, changes: readonly ConfigChange[], guest: LiveGuest) {
  const sets: Record<string, string | null> = {};
  for (const change of changes) {
    const { key, after, isSecret } = change;
    if (isSecret || newDisk(key, after) !== null) continue;
    const waits = guest.isRunning && waitsForRestart(kind, change, guest.config);
    for (const { path, is } of fieldDifferences(kind, change)) {
      if (!waits) sets[path] = is;
      else if (is !== null) sets[`${PENDING}${path}`] = is;
      else sets[`${PENDING_DELETE}${after === null ? key : path}`] = 'true';
    }
  }
  return sets;
}

export interface FieldDifference {
  /** Of the guest's document. */
  path: string;
  was: string | null;
  is: string | null;
}

/** What is different in the terms of the inventory, without secrets. */
export function fieldDifferences(kind: ActionSubject['kind'], { key, before, after }: ConfigChange): FieldDifference[] {
  const fields = (value: string | null) => new Map(value === null ? [] : toEntries(kind, key, value, null));
  const [was, is] = [fields(before), fields(after)];
  const paths = [...new Set([...was.keys(), ...is.keys()])];
  const all = paths.map((path) => ({ path, was: shown(was.get(path)), is: shown(is.get(path)) }));
  return all.filter((one) => one.was !== one.is);
}

function shown(value: Value | undefined): string | null {
  if (value === undefined) return null;
  return Array.isArray(value) ? value.join(';') : String(value);
}

const MOST_CHARACTERS = 120;

/** `memory: 2048 → 4096, after a restart`; of a secret only that it is another one. */
export function changeEffects(kind: ActionSubject['kind'], change: ConfigChange, guest: LiveGuest): string[] {
  const { key, before, after, isSecret } = change;
  const when = guest.isRunning && waitsForRestart(kind, change, guest.config) ? ', after a restart' : '';
  if (isSecret) return [`${key}: ${after === null ? `${HIDDEN} → none` : 'a new value, which is not shown'}${when}`];
  const differences = before === null || after === null ? [] : fieldDifferences(kind, change);
  const lines =
    differences.length > 0
      ? differences
      : [{ path: key, was: masked(kind, key, before), is: masked(kind, key, after) }];
  return lines.map(({ path, was, is }) => `${path}: ${short(was)} → ${short(is)}${when}`);
}

/** As the inventory would show it: a text may hold a secret. */
function masked(kind: ActionSubject['kind'], key: string, value: string | null): string | null {
  if (value === null) return null;
  const entries = toEntries(kind, key, value, null);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && only[0] === key) return shown(only[1]);
  return value;
}

function short(text: string | null): string {
  if (text === null) return 'none';
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
