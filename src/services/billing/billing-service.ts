import type { BillingRepository } from '../../repositories/reconcile/billing-repository.ts';
import type { LedgerRepository } from '../../repositories/reconcile/ledger-repository.ts';
import type { BilledServer, BillingProposal, ProposalState, Transaction } from '../../types/billing.ts';
import { AppError } from '../../types/errors.ts';
import { type AccountTotal, accountTotals } from './account-totals.ts';
import { type ExportedTransaction, toExported } from './export-book.ts';
import { findRule } from './find-rule.ts';
import { planEntries } from './plan-entries.ts';
import { planProposals, wantedProposals } from './plan-proposals.ts';
import type { PriceService } from './price-service.ts';
import { whyOutdated } from './why-outdated.ts';

interface BillingDependencies {
  billing: BillingRepository;
  ledger: LedgerRepository;
  prices: PriceService;
  clock: () => Date;
  newId: () => string;
}

export interface Decision {
  by: string;
  reason: string | null;
}

/** What became of a proposal that was to be applied; `why`: nothing was written. */
export interface AppliedProposal {
  id: string;
  subject: string;
  rev: number | null;
  why: string | null;
}

/** A proposal and who decided on it: a person, or a rule of the price list. */
export interface ChosenProposal {
  proposal: BillingProposal;
  by: string;
}

export interface Book {
  servers: readonly BilledServer[];
  transactions: readonly Transaction[];
  totals: readonly AccountTotal[];
}

/** Proposes what to bill and to credit, and keeps the account book of what somebody decided. */
export class BillingService {
  readonly prices: PriceService;
  readonly #deps: BillingDependencies;

  constructor(deps: BillingDependencies) {
    this.#deps = deps;
    this.prices = deps.prices;
  }

  /** Compares what is stored, and gives all open proposals. */
  async propose(): Promise<{ opened: number; outdated: number; proposals: BillingProposal[] }> {
    const { billing, prices, clock, newId } = this.#deps;
    const current = await prices.current();
    const plan = planProposals(await billing.loadFacts(), current, clock());
    const opened = await billing.save(
      plan.outdate,
      plan.open.map((proposal) => ({ ...proposal, id: newId() })),
      clock(),
    );
    return { opened, outdated: plan.outdate.length, proposals: await billing.list({ state: 'open' }) };
  }

  async list(query: { state?: ProposalState; account?: string | undefined } = {}): Promise<BillingProposal[]> {
    return this.#deps.billing.list(query);
  }

  /** By its id, or the beginning of it. Throws AppError('not-found'), 'ambiguous'. */
  async get(id: string): Promise<BillingProposal> {
    const all = await this.#deps.billing.list();
    const found = all.filter((one) => one.id === id);
    const [proposal, another] = found.length > 0 ? found : all.filter((one) => one.id.startsWith(id));
    if (id === '' || proposal === undefined) {
      throw new AppError('not-found', `there is no proposal ${id}`, { hint: 'rollcall billing list' });
    }
    if (another === undefined) return proposal;
    throw new AppError('ambiguous', `${id} is the beginning of several proposals`, { hint: 'give more of the id' });
  }

  /** Proposals that a rule of the price list applies, with that rule. */
  async byRule(): Promise<ChosenProposal[]> {
    const current = await this.prices.current();
    return (await this.list({ state: 'open' })).flatMap((proposal) => {
      const rule = findRule(current, proposal);
      const isFit = rule !== null && proposal.detail.why.length === 0;
      return isFit ? [{ proposal, by: `rule ${rule} of price list ${current.version}` }] : [];
    });
  }

  /** One after the other, each in a transaction of its own, as far as what is known now proposes the same. */
  async apply(chosen: readonly ChosenProposal[], reason: string | null): Promise<AppliedProposal[]> {
    if (chosen.length === 0) return [];
    const { billing, prices, clock } = this.#deps;
    const wanted = wantedProposals(await billing.loadFacts(), await prices.current(), clock());
    const applied: AppliedProposal[] = [];
    for (const { proposal, by } of chosen) {
      const [why = null] = proposal.detail.why;
      const refusal = why ?? whyOutdated(proposal, wanted);
      applied.push(await this.#apply(proposal, { by, reason }, refusal));
    }
    return applied;
  }

  async #apply(proposal: BillingProposal, { by, reason }: Decision, refusal: string | null): Promise<AppliedProposal> {
    const { billing, ledger, clock, newId } = this.#deps;
    const { id, subject, kind, guestId } = proposal;
    if (refusal !== null) return { id, subject, rev: null, why: refusal };
    const servers = kind === 'create' ? [] : await billing.servers();
    const server = servers.find((one) => one.guestId === guestId) ?? null;
    if (kind !== 'create' && server === null)
      return { id, subject, rev: null, why: 'the server is not in the account book' };
    const now = clock();
    const applied = await ledger.apply(planEntries(proposal, server, { by, reason, now, newId }), now);
    return { id, subject, ...applied };
  }

  /** Throws AppError('not-found') if it was decided meanwhile. */
  async reject({ id }: BillingProposal, { by, reason }: { by: string; reason: string }): Promise<void> {
    if (await this.#deps.billing.reject(id, { by, reason, now: this.#deps.clock() })) return;
    throw new AppError('not-found', `proposal ${id} is not open any more`, { hint: `rollcall billing show ${id}` });
  }

  /** Totals are rounded as the price list says. */
  async book({ account }: { account?: string | undefined } = {}): Promise<Book> {
    const { billing, prices } = this.#deps;
    const servers = await billing.servers({ account });
    const ids = new Set(servers.map(({ id }) => id));
    const transactions = (await billing.transactions()).filter(({ serverId }) => ids.has(serverId));
    const totals =
      transactions.length === 0 ? [] : accountTotals(servers, transactions, (await prices.current()).prices.rounding);
    return { servers, transactions, totals };
  }

  async exported({ since }: { since?: Date | undefined }): Promise<ExportedTransaction[]> {
    const { billing } = this.#deps;
    const accounts = new Map((await billing.servers()).map(({ id, accountKey }) => [id, accountKey]));
    const transactions = await billing.transactions({ since });
    return transactions.map((entry) => toExported(entry, accounts.get(entry.serverId) ?? null));
  }
}
