import type { BillingRepository } from '../../repositories/reconcile/billing-repository.ts';
import type { Applied, LedgerRepository } from '../../repositories/reconcile/ledger-repository.ts';
import type { BilledServer, BillingProposal, ProposalState, Transaction } from '../../types/billing.ts';
import { AppError } from '../../types/errors.ts';
import { type AccountTotal, accountTotals } from './account-totals.ts';
import { type ExportedTransaction, toExported } from './export-book.ts';
import { findRule } from './find-rule.ts';
import { planEntries } from './plan-entries.ts';
import { countWithoutAccount, planProposals, wantedProposals } from './plan-proposals.ts';
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

export interface Proposing {
  opened: number;
  outdated: number;
  /** All that are open. */
  proposals: BillingProposal[];
  /** What to do about guests that could not be proposed. */
  hints: readonly string[];
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

  /** Compares what is stored, and returns all open proposals. */
  async propose(): Promise<Proposing> {
    const { billing, prices, clock, newId } = this.#deps;
    const current = await prices.current();
    const facts = await billing.loadFacts();
    const plan = planProposals(facts, current, clock());
    const opened = await billing.save(
      plan.outdate,
      plan.open.map((proposal) => ({ ...proposal, id: newId() })),
      clock(),
    );
    const proposals = await billing.list({ state: 'open' });
    return { opened, outdated: plan.outdate.length, proposals, hints: hintsOf(countWithoutAccount(facts, clock())) };
  }

  async list(query: { state?: ProposalState; account?: string | undefined } = {}): Promise<BillingProposal[]> {
    return this.#deps.billing.list(query);
  }

  /** By its id, or the beginning of it. Throws AppError('not-found'), 'ambiguous'. */
  async get(id: string): Promise<BillingProposal> {
    const found = id === '' ? [] : await this.#deps.billing.find(id);
    const [only, ...others] = found;
    if (only !== undefined && others.length === 0) return only;
    if (only === undefined) {
      throw new AppError('not-found', `there is no proposal ${id}`, { hint: 'see `rollcall billing list`' });
    }
    throw new AppError('ambiguous', `several proposals begin with ${id}`, {
      hint: `name one: ${found.map((one) => one.id).join(', ')}`,
    });
  }

  /** Each proposal once, also where several ids name it. Throws as {@link get}. */
  async named(ids: readonly string[], by: string): Promise<ChosenProposal[]> {
    const found = await Promise.all(ids.map((id) => this.get(id)));
    return [...new Map(found.map((proposal) => [proposal.id, proposal])).values()].map((proposal) => ({
      proposal,
      by,
    }));
  }

  /** Open proposals that can be applied, and of which nothing is in doubt. */
  async applicable(by: string): Promise<ChosenProposal[]> {
    return (await this.list({ state: 'open' })).filter(isApplicable).map((proposal) => ({ proposal, by }));
  }

  /** Those that a rule of the price list applies, with that rule. */
  async byRule(): Promise<ChosenProposal[]> {
    const current = await this.prices.current();
    return (await this.list({ state: 'open' })).filter(isApplicable).flatMap((proposal) => {
      const rule = findRule(current, proposal);
      return rule === null ? [] : [{ proposal, by: `rule ${rule} of price list ${current.version}` }];
    });
  }

  /** One after the other, each in a transaction of its own, as far as what is known now proposes the same. */
  async apply(chosen: readonly ChosenProposal[], reason: string | null): Promise<AppliedProposal[]> {
    if (chosen.length === 0) return [];
    const { billing, prices, clock } = this.#deps;
    const facts = await billing.loadFacts();
    const wanted = wantedProposals(facts, await prices.current(), clock());
    const servers = new Map(facts.servers.map((server) => [server.guestId, server]));
    const applied: AppliedProposal[] = [];
    for (const { proposal, by } of chosen) {
      const { id, subject, guestId } = proposal;
      const [why = whyOutdated(proposal, wanted)] = proposal.detail.why;
      const server = servers.get(guestId) ?? null;
      applied.push({
        id,
        subject,
        ...(why === null ? await this.#write(proposal, server, { by, reason }) : refused(why)),
      });
    }
    return applied;
  }

  async #write(proposal: BillingProposal, server: BilledServer | null, decision: Decision): Promise<Applied> {
    const { ledger, clock, newId } = this.#deps;
    if (proposal.kind !== 'create' && server === null) return refused('the server is not in the account book');
    const now = clock();
    return ledger.apply(planEntries(proposal, server, { ...decision, now, newId }), now);
  }

  /** Throws AppError('not-found') if it was decided meanwhile. */
  async reject({ id }: BillingProposal, { by, reason }: { by: string; reason: string }): Promise<void> {
    if (await this.#deps.billing.reject(id, { by, reason, now: this.#deps.clock() })) return;
    throw new AppError('not-found', `proposal ${id} is not open any more`, { hint: `rollcall billing show ${id}` });
  }

  /** Totals are rounded as the price list says. */
  async book({ account }: { account?: string | undefined } = {}): Promise<Book> {
    const { billing, prices } = this.#deps;
    const [servers, transactions] = await Promise.all([
      billing.servers({ account }),
      billing.transactions({ account }),
    ]);
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

function isApplicable({ detail }: BillingProposal): boolean {
  return detail.why.length === 0 && detail.doubts.length === 0;
}

function hintsOf(withoutAccount: number): string[] {
  if (withoutAccount === 0) return [];
  const what =
    withoutAccount === 1
      ? '1 external server has no account and is'
      : `${withoutAccount} external servers have no account and are`;
  return [`${what} not proposed; \`rollcall accounts rules set\` says whose guests are`];
}

function refused(why: string): Applied {
  return { rev: null, why };
}
