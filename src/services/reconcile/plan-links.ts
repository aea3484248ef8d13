import type { PanelLink, PanelRecord } from '../../types/panel.ts';
import type { Matching } from './match-records.ts';
import { identityDigest } from './record-identity.ts';

export interface LinksPlan {
  links: readonly PanelLink[];
  /** Ids of records that the panel has no more. */
  unlinked: readonly string[];
  new: number;
  updated: number;
}

/** Which incarnation each record of a whole list is from now on. Pure. */
export function planLinks(
  panelId: string,
  { matches, gone, unknown }: Pick<Matching, 'matches' | 'gone' | 'unknown'>,
  {
    known,
    records,
    now,
    isFirst,
  }: { known: ReadonlyMap<string, PanelLink>; records: readonly PanelRecord[]; now: Date; isFirst: boolean },
): LinksPlan {
  const found = [
    ...matches,
    // So that the record stays with it, whatever has its id later.
    ...gone.map(({ record, guest }) => ({ record, guest, by: 'provider-id' as const })),
  ];
  const links: PanelLink[] = [];
  let created = 0;
  let updated = 0;
  for (const { record, guest, by } of found) {
    const before = known.get(record.id);
    if (before?.guestId === guest.id && (before.by === 'person' || before.digest === identityDigest(record, before.by)))
      continue;
    if (before === undefined || before.by === 'none') created++;
    else updated++;
    const digest = identityDigest(record, by);
    links.push({ panelId, recordId: record.id, guestId: guest.id, by, digest, since: now, linkedBy: null });
  }
  // Those of the first list are as old as the panel.
  const since = isFirst ? new Date(0) : now;
  for (const record of unknown) {
    if (known.get(record.id)?.by === 'none') continue;
    const digest = identityDigest(record, 'none');
    links.push({ panelId, recordId: record.id, guestId: '', by: 'none', digest, since, linkedBy: null });
  }
  const there = new Set(records.map(({ id }) => id));
  return { links, unlinked: [...known.keys()].filter((id) => !there.has(id)), new: created, updated };
}
