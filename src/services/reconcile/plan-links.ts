import type { PanelLink, PanelRecord } from '../../types/panel.ts';
import type { Matching } from './match-records.ts';
import { identityDigest } from './record-identity.ts';

export interface LinksPlan {
  links: readonly PanelLink[];
  /** Ids of records that the panel has no more. */
  unlinked: readonly string[];
  new: number;
  updated: number;
  /** Of the records that these two count. */
  steps: ReadonlyMap<string, 'new' | 'updated'>;
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
  const steps = new Map<string, 'new' | 'updated'>();
  for (const { record, guest, by } of found) {
    const before = known.get(record.id);
    if (
      before?.guestId === guest.id &&
      (before.by === 'person' || before.digest === identityDigest(record, before.by))
    ) {
      if (before.owner !== record.owner) links.push({ ...before, owner: record.owner });
      continue;
    }
    steps.set(record.id, before === undefined || before.by === 'none' ? 'new' : 'updated');
    const digest = identityDigest(record, by);
    links.push({ ...toLink(panelId, record, now), guestId: guest.id, by, digest });
  }
  // Those of the first list are as old as the panel.
  const since = isFirst ? new Date(0) : now;
  for (const record of unknown) {
    if (known.get(record.id)?.by === 'none') continue;
    const digest = identityDigest(record, 'none');
    links.push({ ...toLink(panelId, record, since), guestId: '', by: 'none', digest });
  }
  const there = new Set(records.map(({ id }) => id));
  const unlinked = [...known.keys()].filter((id) => !there.has(id));
  const count = (step: 'new' | 'updated') => [...steps.values()].filter((one) => one === step).length;
  return { links, unlinked, new: count('new'), updated: count('updated'), steps };
}

function toLink(panelId: string, { id, owner }: PanelRecord, since: Date) {
  return { panelId, recordId: id, since, linkedBy: null, owner };
}
