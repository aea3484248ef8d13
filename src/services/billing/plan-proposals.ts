import { canonicalJson } from '../../repositories/history/hash-chain.ts';
import type { BillingFacts, BillingGuest } from '../../repositories/reconcile/billing-repository.ts';
import {
  type BilledServer,
  type BillingProposal,
  type HourRange,
  hourOf,
  type PlannedProposal,
  type Transaction,
} from '../../types/billing.ts';
import { type Finding, isOpen } from '../../types/finding.ts';
import type { PriceVersion } from '../../types/price-list.ts';
import { negated, sumOf, timesHours } from './decimal.ts';
import { without } from './hour-ranges.ts';
import { planPanelCredit } from './plan-panel-credit.ts';
import { describeHours } from './proposal-parts.ts';
import { hourAfter, unbilledHours } from './unbilled-hours.ts';

export interface ProposalsPlan {
  open: readonly PlannedProposal[];
  /** Ids of open proposals that say what is still so, and of those that do not. */
  keep: readonly string[];
  outdate: readonly string[];
}

interface Planning {
  facts: BillingFacts;
  prices: PriceVersion;
  now: Date;
}

/** What there is to bill and to credit, by the keys of proposals. Pure. */
export function wantedProposals(facts: BillingFacts, prices: PriceVersion, now: Date): Map<string, PlannedProposal> {
  const planning = { facts, prices, now };
  const wanted = new Map<string, PlannedProposal>();
  for (const proposal of [
    ...facts.servers.flatMap((server) => planServer(server, planning)),
    ...facts.findings.filter((finding) => isOpen(finding, now)).flatMap((finding) => planFinding(finding, planning)),
  ]) {
    if (!wanted.has(proposal.key) && !wasRejected(proposal, facts)) wanted.set(proposal.key, proposal);
  }
  return wanted;
}

/** The same, compared with the proposals that are open. Pure. */
export function planProposals(facts: BillingFacts, prices: PriceVersion, now: Date): ProposalsPlan {
  const wanted = wantedProposals(facts, prices, now);
  const keep: string[] = [];
  const outdate: string[] = [];
  for (const proposal of facts.open) {
    const next = wanted.get(proposal.key);
    if (next !== undefined && contentOf(next) === contentOf(proposal)) {
      keep.push(proposal.id);
      wanted.delete(proposal.key);
    } else outdate.push(proposal.id);
  }
  return { open: [...wanted.values()], keep, outdate };
}

function planFinding(finding: Finding, planning: Planning): PlannedProposal[] {
  if (finding.kind === 'external-server') return planCreate(finding, planning);
  const isCredit = finding.kind === 'billed-twice' || finding.kind === 'orphaned-record';
  return isCredit ? [planPanelCredit(finding, planning.prices)] : [];
}

/** A guest that nobody pays for. It must have been seen by a run that listed every guest. */
function planCreate(finding: Finding, planning: Planning): PlannedProposal[] {
  const { guestId, accountKey } = finding;
  const { facts, prices } = planning;
  const guest = facts.guests.find(({ id }) => id === guestId);
  if (guest === undefined || accountKey === null || guest.presence !== 'present' || guest.isTemplate) return [];
  if (facts.servers.some((server) => server.guestId === guest.id)) return [];
  if (!facts.sightings.some((sighting) => sighting.guestId === guest.id)) return [];
  const { providerId, nativeId, cpus, memoryBytes, diskBytes } = guest;
  const named = finding.evidence.comparisons.find(({ field }) => field === 'package')?.panel ?? null;
  const server = { name: finding.subject, providerId, nativeId, package: named, cpus, memoryBytes, diskBytes };
  const hours = hoursOf(guest, named, planning);
  return [
    {
      ...describeHours(hours, prices),
      kind: 'create',
      key: `create ${guest.id}`,
      accountKey,
      panelName: finding.panelName,
      findingId: finding.id,
      guestId: guest.id,
      recordId: finding.recordId,
      subject: finding.subject,
      detail: { server, hours, why: whyNoPrice(hours) },
    },
  ];
}

function planServer(server: BilledServer, planning: Planning): PlannedProposal[] {
  const { facts } = planning;
  const guest = facts.guests.find(({ id }) => id === server.guestId);
  if (guest === undefined) return [];
  const entries = facts.transactions.filter(({ serverId }) => serverId === server.id);
  const credits = planCredit({ server, guest, entries }, planning);
  if (entries.some(({ kind }) => kind === 'close')) return credits;
  // While a clock is behind the end, some of the last hours are later than now.
  const isGone = guest.presence === 'gone' && guest.goneAt !== null && hourAfter(guest.goneAt) <= hourOf(planning.now);
  const hours = hoursOf(guest, server.package, planning);
  if (!isGone && hours.length === 0) return credits;
  const kind = isGone ? 'close' : 'charge';
  const detail = { server: null, hours, why: whyNoPrice(hours) };
  return [
    { ...describeHours(hours, planning.prices), ...subjectOf(server), kind, key: `${kind} ${guest.id}`, detail },
    ...credits,
  ];
}

/** Hours that were charged though the guest had ended before them. */
function planCredit(
  { server, guest, entries }: { server: BilledServer; guest: BillingGuest; entries: readonly Transaction[] },
  { prices }: Planning,
): PlannedProposal[] {
  if (guest.presence !== 'gone' || guest.goneAt === null) return [];
  const end = hourAfter(guest.goneAt);
  const credited = entries.filter(({ kind }) => kind === 'credit').flatMap(rangeOf);
  const hours = entries.flatMap((entry) => {
    const { kind, fromHour, toHour, rate } = entry;
    if (kind !== 'charge' || fromHour === null || toHour === null || rate === null || toHour <= end) return [];
    return without([Math.max(fromHour, end), toHour], credited).map(([from, to]) => ({
      fromHour: from,
      toHour: to,
      cpus: null,
      memoryBytes: null,
      diskBytes: null,
      by: entry.id,
      rate,
      amount: negated(timesHours(rate, to - from)),
    }));
  });
  if (hours.length === 0) return [];
  const currencies = new Set(entries.flatMap(({ currency }) => currency ?? []));
  const why = currencies.size > 1 ? ['it was charged in several currencies'] : [];
  const [currency = prices.prices.currency] = currencies;
  const detail = { server: null, hours, why };
  return [
    {
      ...subjectOf(server),
      kind: 'credit',
      key: `credit ${guest.id}`,
      detail,
      rate: null,
      amount: sumOf(hours.map(({ amount }) => amount)),
      currency,
      priceVersion: prices.version,
    },
  ];
}

function subjectOf({ guestId, accountKey, name }: BilledServer) {
  return { accountKey, panelName: '', findingId: null, guestId, recordId: null, subject: name };
}

function hoursOf(guest: BillingGuest, named: string | null, { facts, prices, now }: Planning) {
  const charged = facts.transactions.filter(({ guestId, kind }) => guestId === guest.id && kind === 'charge');
  const refused = facts.rejected.filter(({ guestId, kind }) => guestId === guest.id && kind !== 'credit');
  const ends = guest.goneAt === null || guest.presence !== 'gone' ? Infinity : hourAfter(guest.goneAt);
  return unbilledHours(prices.prices, {
    sightings: facts.sightings.filter(({ guestId }) => guestId === guest.id),
    package: named,
    settled: [...charged.flatMap(rangeOf), ...refused.flatMap(({ detail }) => detail.hours.flatMap(rangeOf))],
    endHour: Math.min(hourOf(now), ends),
  });
}

function rangeOf({ fromHour, toHour }: { fromHour: number | null; toHour: number | null }): HourRange[] {
  return fromHour === null || toHour === null ? [] : [[fromHour, toHour]];
}

function whyNoPrice(hours: readonly { rate: string | null }[]): string[] {
  return hours.some(({ rate }) => rate === null) ? ['the price list has no price for it'] : [];
}

/** What somebody has rejected is not proposed again, unless it is another finding or says something else. */
function wasRejected(proposal: PlannedProposal, { rejected }: BillingFacts): boolean {
  return rejected.some(({ key, ...before }) => {
    if (key !== proposal.key) return false;
    return proposal.kind === 'create'
      ? before.findingId === proposal.findingId
      : contentOf({ key, ...before }) === contentOf(proposal);
  });
}

function contentOf(proposal: PlannedProposal | BillingProposal): string {
  const { kind, key, accountKey, subject, detail, amount, currency, priceVersion } = proposal;
  return canonicalJson([kind, key, accountKey, subject, detail, amount, currency, priceVersion]);
}
