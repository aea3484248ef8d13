import type { OwnFinding, OwnServer, Finding as Shown, Proposal as ShownProposal } from '../../protocol/reconcile.ts';
import type { AccountServer } from '../../services/reconcile/account-server-service.ts';
import type { OwnFinding as AccountFinding } from '../../services/reconcile/account-servers.ts';
import type { ShownFinding } from '../../services/reconcile/finding-service.ts';
import type { BillingProposal } from '../../types/billing.ts';
import { toIso } from '../auth/answers.ts';

export function toOwnServer({ guest, isExternal, findings }: AccountServer): OwnServer {
  return {
    id: guest.id,
    name: guest.name,
    kind: guest.kind,
    status: guest.status,
    cpus: guest.cpus,
    memoryBytes: guest.memoryBytes,
    diskBytes: guest.diskBytes,
    os: guest.os?.name ?? null,
    addresses: [...new Set(guest.addresses.map(({ address }) => address))],
    firstSeenAt: toIso(guest.firstSeenAt),
    isExternal,
    findings,
  };
}

export function toOwnFindingAnswer(finding: AccountFinding): OwnFinding {
  const { comparisons, firstSeenAt, lastSeenAt } = finding;
  return {
    ...finding,
    comparisons: [...comparisons],
    firstSeenAt: toIso(firstSeenAt),
    lastSeenAt: toIso(lastSeenAt),
  };
}

export function toFindingAnswer({ key: _key, toldAt: _toldAt, evidence, ...finding }: ShownFinding): Shown {
  return {
    ...finding,
    evidence: {
      text: evidence.text,
      comparisons: [...evidence.comparisons],
      guests: [...evidence.guests],
      records: [...evidence.records],
    },
    firstSeenAt: toIso(finding.firstSeenAt),
    lastSeenAt: toIso(finding.lastSeenAt),
    closedAt: toIso(finding.closedAt),
    acceptedUntil: toIso(finding.acceptedUntil),
  };
}

export function toProposalAnswer(proposal: BillingProposal): ShownProposal {
  const { id, kind, state, accountKey, panelName, guestId, subject, rate, amount, currency, createdAt } = proposal;
  const money = { rate, amount, currency };
  return { id, kind, state, accountKey, panelName, guestId, subject, ...money, createdAt: toIso(createdAt) };
}
