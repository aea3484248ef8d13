import { canonicalJson } from '../../repositories/history/hash-chain.ts';
import type { BillingFacts } from '../../repositories/reconcile/billing-repository.ts';
import {
  type BilledServer,
  type BillingProposal,
  type ChargedHours,
  hourOf,
  type PlannedProposal,
  rangeOf,
} from '../../types/billing.ts';
import { type Finding, isOpen } from '../../types/finding.ts';
import { groupBy } from '../../types/group-by.ts';
import type { PriceVersion } from '../../types/price-list.ts';
import { factsByGuest, type GuestFacts } from './facts-by-guest.ts';
import { planCredits } from './plan-credits.ts';
import { planPanelCredit } from './plan-panel-credit.ts';
import { describeHours, subjectOf } from './proposal-parts.ts';
import { hourAfter, unbilledHours } from './unbilled-hours.ts';

export interface ProposalsPlan {
  open: readonly PlannedProposal[];
  /** Ids of open proposals that say what is not so any more. */
  outdate: readonly string[];
}

interface Planning {
  guests: ReadonlyMap<string, GuestFacts>;
  prices: PriceVersion;
  now: Date;
}

/** What there is to bill and to credit, by the keys of proposals. Pure. */
export function wantedProposals(facts: BillingFacts, prices: PriceVersion, now: Date): Map<string, PlannedProposal> {
  const planning = { guests: factsByGuest(facts), prices, now };
  const rejected = groupBy(facts.rejected, ({ key }) => key);
  const wanted = new Map<string, PlannedProposal>();
  for (const proposal of [
    ...facts.servers.flatMap((server) => planServer(server, planning)),
    ...facts.findings.filter((finding) => isOpen(finding, now)).flatMap((finding) => planFinding(finding, planning)),
  ]) {
    const { key } = proposal;
    if (!wanted.has(key) && !wasRejected(proposal, rejected.get(key) ?? [])) wanted.set(key, proposal);
  }
  return wanted;
}

/** How many guests would be proposed if something said whose they are. Pure. */
export function countWithoutAccount(facts: BillingFacts, now: Date): number {
  const guests = factsByGuest(facts);
  const unowned = facts.findings.filter((finding) => finding.accountKey === null && isOpen(finding, now));
  return new Set(unowned.flatMap((finding) => unrecorded(finding, guests)?.guest.id ?? [])).size;
}

/** The same, compared with the proposals that are open. Pure. */
export function planProposals(facts: BillingFacts, prices: PriceVersion, now: Date): ProposalsPlan {
  const wanted = wantedProposals(facts, prices, now);
  const outdate: string[] = [];
  for (const proposal of facts.open) {
    const next = wanted.get(proposal.key);
    if (next !== undefined && contentOf(next) === contentOf(proposal)) wanted.delete(proposal.key);
    else outdate.push(proposal.id);
  }
  return { open: [...wanted.values()], outdate };
}

function planFinding(finding: Finding, planning: Planning): PlannedProposal[] {
  if (finding.kind === 'external-server') return planCreate(finding, planning);
  const isCredit = finding.kind === 'billed-twice' || finding.kind === 'orphaned-record';
  return isCredit ? [planPanelCredit(finding, planning.prices)] : [];
}

/** The guest of an external server that could be recorded: a run that listed every guest must have seen it. */
function unrecorded({ kind, guestId }: Finding, guests: Planning['guests']): GuestFacts | null {
  const known = kind === 'external-server' && guestId !== null ? guests.get(guestId) : undefined;
  if (known === undefined || known.server !== null || known.sightings.length === 0) return null;
  return known.guest.presence === 'present' && !known.guest.isTemplate ? known : null;
}

function planCreate(finding: Finding, { guests, prices, now }: Planning): PlannedProposal[] {
  const { accountKey, panelName, recordId, subject } = finding;
  const known = unrecorded(finding, guests);
  if (known === null || accountKey === null) return [];
  const { id, providerId, nativeId, cpus, memoryBytes, diskBytes } = known.guest;
  const named = finding.evidence.comparisons.find(({ field }) => field === 'package')?.panel ?? null;
  const server = { name: subject, providerId, nativeId, package: named, cpus, memoryBytes, diskBytes };
  const hours = hoursOf(known, named, { prices, now });
  // The finding says that one panel does not know it; another one may charge for it.
  const others = known.panelNames.filter((name) => name !== panelName);
  const doubts = others.map((name) => `${name} has a record of it`);
  return [
    {
      ...describeHours(hours, prices),
      kind: 'create',
      key: `create ${id}`,
      accountKey,
      panelName,
      findingId: finding.id,
      guestId: id,
      recordId,
      subject,
      detail: { server, hours, why: whyNoPrice(hours), doubts },
    },
  ];
}

function planServer(server: BilledServer, { guests, prices, now }: Planning): PlannedProposal[] {
  const known = guests.get(server.guestId);
  if (known === undefined) return [];
  const { guest, transactions } = known;
  const credits = planCredits(server, known);
  if (transactions.some(({ kind }) => kind === 'close')) return credits;
  // While a clock is behind the end, some of the last hours are later than now.
  const isGone = guest.presence === 'gone' && guest.goneAt !== null && hourAfter(guest.goneAt) <= hourOf(now);
  const hours = hoursOf(known, server.package, { prices, now });
  if (!isGone && hours.length === 0) return credits;
  const kind = isGone ? 'close' : 'charge';
  const detail = { server: null, hours, why: whyNoPrice(hours), doubts: [] };
  return [
    { ...describeHours(hours, prices), ...subjectOf(server), kind, key: `${kind} ${guest.id}`, detail },
    ...credits,
  ];
}

function hoursOf(
  { guest, sightings, transactions, rejected }: GuestFacts,
  named: string | null,
  { prices, now }: Pick<Planning, 'prices' | 'now'>,
): ChargedHours[] {
  const charged = transactions.filter(({ kind }) => kind === 'charge');
  const refused = rejected.filter(({ kind }) => kind !== 'credit');
  const ends = guest.goneAt === null || guest.presence !== 'gone' ? Infinity : hourAfter(guest.goneAt);
  return unbilledHours(prices.prices, {
    sightings,
    package: named,
    settled: [...charged.flatMap(rangeOf), ...refused.flatMap(({ detail }) => detail.hours.flatMap(rangeOf))],
    endHour: Math.min(hourOf(now), ends),
  });
}

function whyNoPrice(hours: readonly { rate: string | null }[]): string[] {
  return hours.some(({ rate }) => rate === null) ? ['the price list has no price for it'] : [];
}

/** What somebody has rejected is not proposed again, unless it is another finding or says something else. */
function wasRejected(proposal: PlannedProposal, before: readonly BillingProposal[]): boolean {
  return before.some((one) =>
    proposal.kind === 'create' ? one.findingId === proposal.findingId : contentOf(one) === contentOf(proposal),
  );
}

function contentOf(proposal: PlannedProposal | BillingProposal): string {
  const { kind, key, accountKey, subject, detail, amount, currency, priceVersion } = proposal;
  return canonicalJson([kind, key, accountKey, subject, detail, amount, currency, priceVersion]);
}
