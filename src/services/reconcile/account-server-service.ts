import type { AccountRepository } from '../../repositories/reconcile/account-repository.ts';
import type { BillingCounts } from '../../repositories/reconcile/billing-counts.ts';
import type { FindingRepository } from '../../repositories/reconcile/finding-repository.ts';
import type { ReconcileRepository } from '../../repositories/reconcile/reconcile-repository.ts';
import type { AccountRule } from '../../types/account.ts';
import { type Finding, isOpen } from '../../types/finding.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { StoredPanel } from '../../types/panel.ts';
import type { Principal } from '../../types/principal.ts';
import type { InventoryService } from '../inventory/inventory-service.ts';
import { accountOf, currentKey, type OwnFinding, serversOf, toOwnFinding } from './account-servers.ts';
import { toCompared } from './compared-guest.ts';
import { type OwnerFile, Owners } from './owners.ts';

export interface AccountServerDeps {
  inventory: Pick<InventoryService, 'listGuests'>;
  links: Pick<ReconcileRepository, 'owners' | 'lastRun'>;
  findings: Pick<FindingRepository, 'list'>;
  billing: Pick<BillingCounts, 'openProposals' | 'servers'>;
  accounts: Pick<AccountRepository, 'list'>;
  panels: () => Promise<readonly StoredPanel[]>;
  accountRules: () => Promise<{ rules: readonly AccountRule[]; files: ReadonlyMap<string, OwnerFile> }>;
  clock: () => Date;
}

/** A server as its owner sees it. */
export interface AccountServer {
  guest: GuestRow;
  /** No panel knows it. */
  isExternal: boolean;
  findings: number;
}

export interface AccountTotals {
  servers: number;
  running: number;
  findings: number;
  externalServers: number;
  billingRecords: { proposals: number; servers: number };
}

/** What accounts are told of: nothing of one account is in what another one gets. */
export class AccountServerService {
  readonly #deps: AccountServerDeps;

  constructor(deps: AccountServerDeps) {
    this.#deps = deps;
  }

  /** Of the account of somebody: that of the user, or the one that has `user:NAME` as an id. null: there is none. */
  async keyOf({ userId, accountKey, name }: Pick<Principal, 'userId' | 'accountKey' | 'name'>): Promise<string | null> {
    if (userId === null) return null;
    const accounts = await this.#deps.accounts.list();
    return accountKey === null ? (accountOf(`user:${name}`, accounts)?.id ?? null) : currentKey(accountKey, accounts);
  }

  async list(accountKey: string): Promise<AccountServer[]> {
    const guests = await this.#own(accountKey);
    const findings = (await this.#open(accountKey)).filter(({ guestId }) => guestId !== null);
    return guests.map((guest) => {
      const own = findings.filter(({ guestId }) => guestId === guest.id);
      return { guest, isExternal: own.some(({ kind }) => kind === 'external-server'), findings: own.length };
    });
  }

  /** Those that wait for somebody, the newest first. */
  async findings(accountKey: string): Promise<OwnFinding[]> {
    const own = new Set((await this.#own(accountKey)).map(({ id }) => id));
    return (await this.#open(accountKey)).map((finding) => toOwnFinding(finding, own));
  }

  /** Of one account, or of all. */
  async totals(accountKey: string | null): Promise<AccountTotals> {
    const { inventory, billing } = this.#deps;
    const of = accountKey ?? undefined;
    const guests = accountKey === null ? (await inventory.listGuests()).filter(isServer) : await this.#own(accountKey);
    const open = await this.#open(of);
    return {
      servers: guests.length,
      running: guests.filter(({ status }) => status === 'running').length,
      findings: open.length,
      externalServers: open.filter(({ kind }) => kind === 'external-server').length,
      billingRecords: { proposals: await billing.openProposals(of), servers: await billing.servers(of) },
    };
  }

  async #open(accountKey: string | undefined): Promise<Finding[]> {
    const now = this.#deps.clock();
    const found = await this.#deps.findings.list({ isOpen: true, accountKey });
    return found.filter((finding) => isOpen(finding, now));
  }

  async #own(accountKey: string): Promise<GuestRow[]> {
    const { inventory, links, findings, accounts, panels, accountRules } = this.#deps;
    const { rules, files } = await accountRules();
    const rows = (await inventory.listGuests()).filter(isServer);
    const mismatches = await findings.list({ isOpen: true, kinds: ['uuid-mismatch'] });
    const servers = serversOf(accountKey, {
      guests: rows.map(toCompared),
      owners: new Owners(await accounts.list(), rules, files),
      panels: await panels(),
      links: await links.owners(),
      replaced: new Set(mismatches.flatMap(({ guestId }) => guestId ?? [])),
    });
    const ids = new Set(servers.map(({ id }) => id));
    return rows.filter(({ id }) => ids.has(id));
  }
}

function isServer({ presence, isTemplate }: GuestRow): boolean {
  return presence !== 'gone' && !isTemplate;
}
