import type { Action, Parameters } from '../../types/action.ts';
import type { Finding } from '../../types/check.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { CompiledRule } from './evaluate.ts';
import { tagsOf } from './expectations.ts';
import { type Fix, fixOf } from './fixes.ts';

/** A finding that deviates, and the guest as the inventory has it. */
export interface Deviating {
  finding: Finding;
  guest: GuestRow;
}

export interface NotFixed {
  finding: Finding;
  reason: string;
}

export interface Fixes {
  /** One for each guest, in the order of the findings. */
  actions: readonly { guest: GuestRow; action: Action }[];
  notFixed: readonly NotFixed[];
}

interface Found {
  finding: Finding;
  fix: Fix;
}

/** What brings guests to what is expected of them; several findings of one guest are one action. Pure. */
export function planFixes(
  rules: readonly Pick<CompiledRule, 'name' | 'expect'>[],
  deviating: readonly Deviating[],
): Fixes {
  const wanted = new Map(rules.map(({ name, expect }) => [name, expect]));
  const guests = new Map<string, { guest: GuestRow; found: Found[] }>();
  for (const { finding, guest } of deviating) {
    const fix = fixOf(wanted.get(finding.rule) ?? {}, finding, guest);
    const known = guests.get(guest.id) ?? { guest, found: [] };
    known.found.push({ finding, fix });
    guests.set(guest.id, known);
  }
  const fixed = [...guests.values()].map(({ guest, found }) => ({ guest, ...fixGuest(guest, found) }));
  return {
    actions: fixed.flatMap(({ guest, action }) => (action === null ? [] : [{ guest, action }])),
    notFixed: fixed.flatMap(({ notFixed }) => notFixed),
  };
}

function fixGuest(guest: GuestRow, found: readonly Found[]): { action: Action | null; notFixed: NotFixed[] } {
  const disputed = disputedKeys(found);
  const notFixed = found.flatMap(({ finding, fix }): NotFixed[] => {
    if (fix.kind === 'none') return [{ finding, reason: fix.reason }];
    const isDisputed = keysOf(fix).some((key) => disputed.has(key));
    return isDisputed ? [{ finding, reason: 'rules expect different values of it' }] : [];
  });
  const left = new Set(notFixed.map(({ finding }) => finding));
  const fixable = found.filter(({ finding }) => !left.has(finding)).map(({ fix }) => fix);
  const config = configAction(guest, fixable);
  if (config === null) return { action: powerAction(fixable), notFixed };
  // A guest has one action at a time.
  const later = found.filter(({ finding, fix }) => fix.kind === 'power' && !left.has(finding));
  const reason = 'its configuration is changed first: give the command again afterwards';
  return { action: config, notFixed: [...notFixed, ...later.map(({ finding }) => ({ finding, reason }))] };
}

/** Keys that two rules want to have different values. */
function disputedKeys(found: readonly Found[]): ReadonlySet<string> {
  const values = new Map<string, Set<string>>();
  for (const { fix } of found) {
    for (const [key, value] of entriesOf(fix)) values.set(key, (values.get(key) ?? new Set()).add(value));
  }
  return new Set([...values].filter(([, all]) => all.size > 1).map(([key]) => key));
}

function keysOf(fix: Fix): string[] {
  return entriesOf(fix).map(([key]) => key);
}

function entriesOf(fix: Fix): [key: string, value: string][] {
  if (fix.kind === 'power') return [['status', fix.verb]];
  if (fix.kind !== 'config') return [];
  return [
    ...Object.entries(fix.set).map(([key, value]): [string, string] => [key, `= ${value}`]),
    ...fix.remove.map((key): [string, string] => [key, 'removed']),
  ];
}

function configAction(guest: GuestRow, fixes: readonly Fix[]): Action | null {
  const tags = [...new Set(fixes.flatMap((fix) => (fix.kind === 'tag' ? [fix.tag] : [])))];
  const config = fixes.filter((fix) => fix.kind === 'config');
  if (config.length === 0) return tags.length === 0 ? null : { verb: 'tag', add: tags, remove: [] };
  const set: Parameters = Object.fromEntries(config.flatMap((fix) => Object.entries(fix.set)));
  const base = set['tags']?.split(';') ?? tagsOf(guest.document);
  const withTags = tags.length === 0 ? {} : { tags: [...new Set([...base, ...tags])].sort().join(';') };
  const remove = [...new Set(config.flatMap((fix) => fix.remove))].filter((key) => !(key in withTags)).sort();
  return { verb: 'set', set: { ...set, ...withTags }, remove };
}

function powerAction(fixes: readonly Fix[]): Action | null {
  const power = fixes.find((fix) => fix.kind === 'power');
  if (power === undefined) return null;
  return power.verb === 'start' ? { verb: 'start' } : { verb: 'shutdown', timeoutSeconds: null, forceStop: false };
}
