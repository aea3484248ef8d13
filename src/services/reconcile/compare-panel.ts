import type { FoundDifference } from '../../types/finding.ts';
import type { PanelLink, PanelRecord, PanelScope, StoredPanel } from '../../types/panel.ts';
import { findDifferences } from './find-differences.ts';
import { matchRecords } from './match-records.ts';
import type { Owners } from './owners.ts';
import { type LinksPlan, planLinks } from './plan-links.ts';
import type { ReconcileWorld } from './reconcile-world.ts';

/** A panel whose list was read whole. */
export interface WholePanel {
  panel: Pick<StoredPanel, 'id' | 'name' | 'type'>;
  scope: PanelScope;
  records: readonly PanelRecord[];
  /** What its records were matched with before, by their ids. */
  known: ReadonlyMap<string, PanelLink>;
  /** When reading it began. */
  readAt: Date;
  /** Whether it was never read whole before. */
  isFirst: boolean;
}

/** What a panel whose list is whole came to. */
export interface PanelResult {
  panelId: string;
  panelName: string;
  scope: PanelScope;
  found: readonly FoundDifference[];
  links: LinksPlan;
  /** Ids of the records of the panel. */
  recordIds: ReadonlySet<string>;
  /** Of these, records of no machine of which it cannot be said yet whether there is one: guests were not listed since. */
  undecidedIds: ReadonlySet<string>;
  /** Ids of the guests that it was compared with. */
  guestIds: ReadonlySet<string>;
  /** Of guests that a record says who owns. */
  ownedIds: ReadonlySet<string>;
  /** Who owns each record by the panel, if it says so. */
  recordOwners: ReadonlyMap<string, string>;
  matched: readonly { recordId: string; guestId: string }[];
  counts: { records: number; guests: number; matched: number };
}

export interface PanelInput extends WholePanel {
  world: ReconcileWorld;
  owners: Owners;
  now: Date;
}

/** Pure. */
export function comparePanel(input: PanelInput): PanelResult {
  const { panel, scope, records, known, readAt, isFirst, world, owners, now } = input;
  const { live, gone } = world.machinesFor(scope);
  const meant = world.inScope(scope);
  const guests = meant.filter(({ isTemplate }) => !isTemplate);
  const inScope = new Set(meant.map(({ id }) => id));
  const matching = matchRecords(records, { live, inScope, gone, movedTo: world.movedTo }, known);
  const ofPanel = owners.ofPanel(panel);
  const isListedSince = ({ id }: PanelRecord) => isFirst || isBefore(known.get(id)?.since, world.listedAt(scope));
  const found = findDifferences({
    panelName: panel.name,
    matching,
    guests,
    owners: ofPanel,
    isSure: (guest) => world.isSure(guest),
    readAt,
    isListedSince,
    missingDoubt: (provider) => world.missingDoubt(scope, provider),
  });
  const owned = matching.matches.filter(({ record }) => ofPanel.ofRecord(record) !== null);
  return {
    panelId: panel.id,
    panelName: panel.name,
    scope,
    found,
    links: planLinks(panel.id, matching, { known, records, now, isFirst }),
    recordIds: new Set(records.map(({ id }) => id)),
    undecidedIds: new Set(matching.unknown.filter((record) => !isListedSince(record)).map(({ id }) => id)),
    guestIds: new Set(guests.map(({ id }) => id)),
    ownedIds: new Set(owned.map(({ guest }) => guest.id)),
    recordOwners: new Map(
      records.flatMap((record) => {
        const owner = ofPanel.ofRecord(record);
        return owner === null ? [] : [[record.id, owner.key] as const];
      }),
    ),
    matched: matching.matches.map(({ record, guest }) => ({ recordId: record.id, guestId: guest.id })),
    counts: { records: records.length, guests: guests.length, matched: matching.matches.length },
  };
}

function isBefore(since: Date | undefined, listedAt: Date | null): boolean {
  return since !== undefined && listedAt !== null && since < listedAt;
}
