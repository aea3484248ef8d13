import type { GuestRow } from '../../types/inventory.ts';
import { placedScope } from '../../types/scope.ts';
import type { Section } from '../../types/section.ts';

/** A scope that a run could not read completely. */
export interface Gap {
  scope: string;
  reason: string;
}

/** What the runs could read, which decides whether there is anything to compare. */
export interface ReadFacts {
  /** What was ever read of each guest, by its id. */
  sections: ReadonlyMap<string, readonly Section[]>;
  /** What the last run could not read, by the id of the provider. */
  gaps: ReadonlyMap<string, readonly Gap[]>;
  /** When the last backup task began whose log was not read, by the id of the provider. */
  unreadBackups: ReadonlyMap<string, Date>;
  /** Why nothing of a provider counts, by its id: its inventory is too old. */
  stale: ReadonlyMap<string, string>;
}

/** Why nobody knows whether a section of a guest is as it is stored; null: it is. */
export function whyUnobserved(guest: GuestRow, section: Section | null, facts: ReadFacts): string | null {
  const stale = facts.stale.get(guest.providerId);
  if (stale !== undefined) return stale;
  if (guest.presence === 'unobservable') return `the guest cannot be observed: ${guest.presenceReason ?? 'unknown'}`;
  if (section === null) return null;
  if (!wasRead(guest, section, facts.sections.get(guest.id) ?? [])) return `its ${NOUNS[section]} was never read`;
  const scopes = scopesOf(section, guest.node);
  const gap = facts.gaps.get(guest.providerId)?.find(({ scope }) => scopes.includes(scope));
  return gap === undefined ? null : `its ${NOUNS[section]} may have changed: ${gap.reason}`;
}

const NOUNS: Readonly<Record<Section, string>> = {
  placement: 'node',
  power: 'power state',
  pool: 'pool',
  ha: 'HA state',
  config: 'configuration',
  snapshots: 'list of snapshots',
};

/** Snapshots are asked for only where the configuration says that there are some. */
function wasRead({ document, kind }: GuestRow, section: Section, read: readonly Section[]): boolean {
  if (read.includes(section)) return true;
  const mayHaveNone = section === 'snapshots' && kind !== 'vm';
  return mayHaveNone && read.includes('config') && document['parent'] === undefined;
}

/** The scopes that a section is read in; those of one node, or of the whole platform. */
function scopesOf(section: Section, node: string): readonly string[] {
  if (section === 'config' || section === 'snapshots') return [placedScope('config', node), 'config'];
  return section === 'power' ? [placedScope('guests', node), 'guests'] : ['guests'];
}
