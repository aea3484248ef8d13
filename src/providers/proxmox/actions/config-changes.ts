import type { PveGuestConfig } from '../../../api/pve-types.ts';
import { HIDDEN, isSecretKey } from '../../../text/mask-secrets.ts';
import type { Parameters } from '../../../types/action.ts';
import type { GuestKind } from '../../../types/guest.ts';
import { toEntries } from '../config-value.ts';
import { type Part, withoutPart, withPart } from './property-part.ts';

/** A key of the configuration that gets another value. */
export interface ConfigChange {
  key: string;
  /** null: it is not there. */
  before: string | null;
  /** null: it is removed. */
  after: string | null;
  isSecret: boolean;
}

export interface ConfigChanges {
  /** Those that differ, sorted by key. */
  changes: readonly ConfigChange[];
  /** What cannot be done. */
  problems: readonly string[];
}

/** Parameters of the call that are no configuration. Source: qemu-server src/PVE/API2/Qemu.pm update_vm_api. */
const NO_KEYS: ReadonlySet<string> = new Set([
  'background_delay',
  'delete',
  'digest',
  'force',
  'import-working-storage',
  'lock',
  'node',
  'revert',
  'skiplock',
  'vmid',
]);

export interface AskedChanges {
  /** By `memory`, or by a part of a property string: `net0.tag`. */
  set: Parameters;
  remove: readonly string[];
}

/** What is asked for, compared with the configuration. */
export function configChanges(kind: GuestKind, { set, remove }: AskedChanges, config: PveGuestConfig): ConfigChanges {
  const problems: string[] = [];
  const after = new Map<string, string | null>();
  const known = (key: string): string | null => after.get(key) ?? (after.has(key) ? null : textAt(config, key));
  const asked = [...Object.entries(set), ...remove.map((name) => [name, null] as const)];
  // A key as a whole counts before its parts.
  for (const [name, value] of asked.sort(([a], [b]) => byPart(a, b))) {
    const [key, part] = splitName(name);
    const isTwice = part === null ? after.has(key) : after.get(key) === null && after.has(key);
    if (NO_KEYS.has(key)) problems.push(`${key} is no key of a configuration`);
    else if (isTwice) problems.push(`${key} cannot be set and removed at once`);
    else if (part === null) after.set(key, value);
    else {
      const changed = changePart({ kind, key, part }, known(key), value);
      if ('problem' in changed) problems.push(changed.problem);
      else after.set(key, changed.text);
    }
  }
  const changes = [...after].map(([key, value]) => ({
    key,
    before: textAt(config, key),
    after: value,
    isSecret: isSecret(kind, key, value),
  }));
  return {
    changes: changes.filter((change) => differs(kind, change)).sort((a, b) => (a.key < b.key ? -1 : 1)),
    problems,
  };
}

function changePart(part: Part, before: string | null, value: string | null) {
  return value === null ? withoutPart(part, before) : withPart(part, before, value);
}

export function textAt(config: PveGuestConfig, key: string): string | null {
  const value = Object.hasOwn(config, key) ? config[key] : undefined;
  return value === undefined ? null : String(value);
}

function splitName(name: string): [key: string, part: string | null] {
  const dot = name.indexOf('.');
  return dot < 0 ? [name, null] : [name.slice(0, dot), name.slice(dot + 1)];
}

function byPart(a: string, b: string): number {
  const depth = Number(a.includes('.')) - Number(b.includes('.'));
  return depth === 0 ? (a < b ? -1 : 1) : depth;
}

/** By its key, or by what is in it: a description may have a password. */
function isSecret(kind: GuestKind, key: string, value: string | null): boolean {
  if (isSecretKey(key)) return true;
  return JSON.stringify(toEntries(kind, key, value ?? '', null)).includes(HIDDEN.slice(0, -1));
}

/** `onboot=yes` of one that has `1` is no change. */
function differs(kind: GuestKind, { key, before, after, isSecret }: ConfigChange): boolean {
  if (before === after) return false;
  if (before === null || after === null || isSecret) return true;
  const [was, is] = [before, after].map((value) => JSON.stringify(toEntries(kind, key, value, null)));
  return was !== is || was === '[]';
}
