import { openBilling } from '../../src/app/open-billing.ts';
import { openAudit } from '../../src/app/open-services.ts';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { LedgerRepository } from '../../src/repositories/reconcile/ledger-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import type { BillingService } from '../../src/services/billing/billing-service.ts';
import { planEntries } from '../../src/services/billing/plan-entries.ts';
import { parsePriceList } from '../../src/services/billing/price-list.ts';
import { verifyHistory } from '../../src/services/history/verify.ts';
import type { BillingProposal } from '../../src/types/billing.ts';
import type { InventoryKey } from '../../src/types/inventory-key.ts';
import type { Observation } from '../../src/types/observation.ts';
import { CONFIG } from '../helpers/plans.ts';
import { SyncRuns } from '../helpers/sync-run.ts';
import { emptyState } from '../helpers/sync-state.ts';

export const PRICES = `
currency: EUR
charge: running
packages:
  - { name: S, per: month, amount: 5.00, cores: 2, memoryGiB: 2, diskGiB: 32 }
  - { name: M, per: hour, amount: 0.02, cores: 4, memoryGiB: 4, diskGiB: 64 }
byCore: { per: hour, amount: 0.01 }
apply:
  - { kinds: [charge, close], most: 100 }
`;

/** A database, its runs and its billing, on one clock. */
export class BillingWorld {
  readonly connection: Connection;
  readonly runs: SyncRuns;
  billing!: BillingService;
  now: Date;
  /** SQL that was sent. */
  readonly statements: string[];
  readonly #sync: SyncRepository;
  #ids = 0;
  #runs = 0;

  private constructor(connection: Connection, providerId: string, now: Date, statements: string[]) {
    this.connection = connection;
    this.statements = statements;
    this.now = now;
    this.runs = new SyncRuns(emptyState({ providerId }));
    this.#sync = new SyncRepository(connection);
  }

  async #openBilling(): Promise<void> {
    const machine = { clock: () => this.now, newId: () => `b${String(++this.#ids).padStart(6, '0')}` };
    const gate = { requireKey: async () => KEY };
    this.billing = await openBilling({ machine, connection: async () => this.connection, gate: async () => gate });
  }

  static async open(url: string, now: Date): Promise<BillingWorld> {
    const statements: string[] = [];
    const connection = await openDatabase(url, { onStatement: (sql) => statements.push(sql) });
    const { id } = await new SyncRepository(connection).ensureProvider(CONFIG, now);
    const world = new BillingWorld(connection, id, now, statements);
    await world.#openBilling();
    await world.billing.prices.set(parsePriceList(PRICES, 'prices.yaml'), 'alice');
    return world;
  }

  /** Stores a run of what was seen; gives how it ended. */
  async see(seen: Observation): Promise<string> {
    const { plan } = this.runs.run(seen);
    await this.#sync.apply({ ...plan, run: { ...plan.run, id: `run-${++this.#runs}` } });
    return plan.run.outcome;
  }

  /** As a comparison with panels would find it. */
  async find(guestId: string | null, over: Record<string, unknown> = {}): Promise<void> {
    const id = `f${++this.#ids}`;
    await this.connection.db.finding.create({
      data: {
        id,
        kind: 'external-server',
        key: id,
        openKey: id,
        severity: 'high',
        panelName: '',
        guestId,
        accountKey: 'acme',
        subject: `guest ${guestId}`,
        evidence: { text: 'nobody pays for it', comparisons: [], guests: [], records: [] },
        firstSeenAt: this.now,
        lastSeenAt: this.now,
        ...over,
      },
    });
  }

  async applyAll(): Promise<(string | null)[]> {
    const open = await this.billing.list({ state: 'open' });
    const chosen = open.map((proposal) => ({ proposal, by: 'alice' }));
    return (await this.billing.apply(chosen, 'test')).map(({ why }) => why);
  }

  /** As it would be applied by a process that compared it with what is known just before something else changed that. */
  async applyLate(proposal: BillingProposal, by: string): Promise<string | null> {
    const server = (await this.billing.book()).servers.find(({ guestId }) => guestId === proposal.guestId) ?? null;
    const deciding = { by, reason: null, now: this.now, newId: () => `late${String(++this.#ids).padStart(6, '0')}` };
    return (await new LedgerRepository(this.connection).apply(planEntries(proposal, server, deciding), this.now)).why;
  }

  /** Drops the details of changes from before a time. */
  async prune(before: Date, now: Date) {
    return (await openAudit(this.connection)).prune({ before, now });
  }

  async verify() {
    return verifyHistory(new AuditRepository(this.connection));
  }
}

const KEY = {
  id: 'k',
  mask: { secret: 'm'.repeat(64) },
  sealSecret: 's'.repeat(64),
} as unknown as InventoryKey;
