import type { ExpiryRepository } from '../../repositories/inventory/expiry-repository.ts';
import type { Filter, GuestRow, NodeRow } from '../../types/inventory.ts';
import type { LifecycleReport, LifecycleUrgency, LifecycleWarning } from '../../types/lifecycle.ts';
import type { InventoryService } from '../inventory/inventory-service.ts';
import { type Expiring, storedExpiries } from './expiry.ts';
import { planWarnings } from './plan-warnings.ts';

export interface LifecycleQuery {
  provider?: Filter;
  /** What ends later is left out. Default 365. */
  withinDays?: number;
  urgency?: readonly LifecycleUrgency[];
}

export interface LifecycleDeps {
  inventory: Pick<InventoryService, 'listGuests' | 'listNodes' | 'listProviders'>;
  expiries: Pick<ExpiryRepository, 'list'>;
  renewalOf: Expiring['renewalOf'];
}

/** What is not supported any more, or soon will not be. Answers from the database: makes no request and writes nothing. */
export class LifecycleService {
  readonly #deps: LifecycleDeps;

  constructor(deps: LifecycleDeps) {
    this.#deps = deps;
  }

  /** What is over, and what ends within a year. */
  async warnings(now: Date): Promise<readonly LifecycleWarning[]> {
    return (await this.report(now)).warnings;
  }

  /** AppError('not-found') for a name that no provider has. */
  async report(now: Date, { provider, withinDays, urgency }: LifecycleQuery = {}): Promise<LifecycleReport> {
    const query = { ...(provider !== undefined && { provider }) };
    const { inventory, expiries, renewalOf } = this.#deps;
    const providers = await inventory.listProviders(query);
    const expiring = { ...(await expiries.list()), renewalOf };
    const facts = {
      guests: await inventory.listGuests(query),
      nodes: await inventory.listNodes(query),
      providers,
      expiries: storedExpiries(providers, expiring),
    };
    const report = planWarnings(facts, { now, ...(withinDays !== undefined && { withinDays }) });
    if (urgency === undefined) return report;
    return { ...report, warnings: report.warnings.filter((warning) => urgency.includes(warning.urgency)) };
  }

  /** Of rows that were read already, whatever there is besides. */
  async reportOf(
    now: Date,
    rows: { guests: readonly GuestRow[]; nodes: readonly NodeRow[] },
  ): Promise<LifecycleReport> {
    const providers = await this.#deps.inventory.listProviders();
    return planWarnings({ ...rows, providers, expiries: [] }, { now });
  }
}
