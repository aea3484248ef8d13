import type { Account } from '../../types/account.ts';
import { externalKey } from '../../types/account.ts';
import type { Finding, FindingKind } from '../../types/finding.ts';
import type { PanelLink, StoredPanel } from '../../types/panel.ts';
import type { ComparedGuest } from './compared-guest.ts';
import type { Owners } from './owners.ts';

export interface OwnedGuests {
  /** Not gone, and no templates. */
  guests: readonly ComparedGuest[];
  owners: Owners;
  panels: readonly Pick<StoredPanel, 'id' | 'name' | 'type'>[];
  /** Records that say who owns their guest. */
  links: readonly Pick<PanelLink, 'panelId' | 'guestId' | 'owner'>[];
  /** Guests that a panel knows as another machine: what it says of an owner is not of them. */
  replaced: ReadonlySet<string>;
}

/**
 * The servers of an account: by a rule, or by a record of a panel. One that several accounts are said to own is given to none of them
 * until that is settled. Pure.
 */
export function serversOf(
  accountKey: string,
  { guests, owners, panels, links, replaced }: OwnedGuests,
): ComparedGuest[] {
  const byPanel = new Map(panels.map((panel) => [panel.id, owners.ofPanel(panel)]));
  const keys = new Map<string, Set<string>>();
  const own = (guestId: string, key: string | undefined) => {
    if (key !== undefined) keys.set(guestId, (keys.get(guestId) ?? new Set()).add(key));
  };
  for (const guest of guests) own(guest.id, owners.ofGuest(guest)?.key);
  for (const { panelId, guestId, owner } of links) {
    if (!replaced.has(guestId)) own(guestId, byPanel.get(panelId)?.ofRecord({ owner })?.key);
  }
  return guests.filter(({ id }) => {
    const owned = keys.get(id);
    return owned?.size === 1 && owned.has(accountKey);
  });
}

/** `given`: an id of Rollcall, or `SYSTEM:VALUE`. */
export function accountOf(given: string, accounts: readonly Account[]): Account | undefined {
  return accounts.find(({ id, ids }) => id === given || ids.some((one) => externalKey(one) === given));
}

/** How findings name the account of somebody, as accounts are now; null: it is gone. `given`: an id, or `SYSTEM:VALUE`. */
export function currentKey(given: string, accounts: readonly Account[]): string | null {
  return accountOf(given, accounts)?.id ?? (given.includes(':') ? given : null);
}

/** What the owner of a server is told of a finding. */
export interface OwnFinding extends Pick<Finding, 'id' | 'kind' | 'severity' | 'firstSeenAt' | 'lastSeenAt'> {
  /** null: it is about no server of his. */
  serverId: string | null;
  subject: string;
  text: string;
  comparisons: Finding['evidence']['comparisons'];
}

/** Their evidence names servers, records and owners of others. */
const PLAIN: Readonly<Partial<Record<FindingKind, string>>> = {
  'uuid-mismatch': 'the panel knows another machine by this id: it was replaced, or the record is wrong',
  'owner-mismatch': 'it is not clear whose it is',
  duplicate: 'it cannot be told which machine the record means',
  'billed-twice': 'several records are this server',
  'ambiguous-match': 'it cannot be told which machine the record means',
};

/** Nothing of other accounts is in it. `own`: ids of the servers of the account. Pure. */
export function toOwnFinding(finding: Finding, own: ReadonlySet<string>): OwnFinding {
  const { id, kind, severity, firstSeenAt, lastSeenAt, guestId, recordId, subject, evidence } = finding;
  const isOwn = guestId === null || own.has(guestId);
  const plain = PLAIN[kind] ?? (isOwn ? undefined : 'it is not clear whose it is');
  return {
    id,
    kind,
    severity,
    firstSeenAt,
    lastSeenAt,
    serverId: isOwn ? guestId : null,
    subject: isOwn ? subject : recordId === null ? 'a server' : `record ${recordId}`,
    text: plain ?? evidence.text,
    comparisons: plain === undefined ? evidence.comparisons : [],
  };
}
