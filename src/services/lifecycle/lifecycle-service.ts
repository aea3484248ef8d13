import type { Filter, GuestRow, NodeRow } from '../../types/inventory.ts';
import type { LifecycleReport, LifecycleUrgency, LifecycleWarning } from '../../types/lifecycle.ts';
import type { InventoryService } from '../inventory/inventory-service.ts';
import { storedExpiries } from './expiry.ts';
import { planWarnings } from './plan-warnings.ts';

export interface LifecycleQuery {
  provider?: Filter;
  /** What ends later is left out. Default 365. */
  withinDays?: number;
  urgency?: readonly LifecycleUrgency[];
}

/** What is not supported any more, or soon will not be. Answers from the database: makes no request and writes nothing. */
export class LifecycleService {
  readonly #inventory: Pick<InventoryService, 'listGuests' | 'listNodes' | 'listProviders'>;

  constructor(inventory: Pick<InventoryService, 'listGuests' | 'listNodes' | 'listProviders'>) {
    this.#inventory = inventory;
  }

  /** What is over, and what ends within a year. */
  async warnings(now: Date): Promise<readonly LifecycleWarning[]> {
    return (await this.report(now)).warnings;
  }

  /** AppError('not-found') for a name that no provider has. */
  async report(now: Date, { provider, withinDays, urgency }: LifecycleQuery = {}): Promise<LifecycleReport> {
    const query = { ...(provider !== undefined && { provider }) };
    const providers = await this.#inventory.listProviders(query);
    const facts = {
      guests: await this.#inventory.listGuests(query),
      nodes: await this.#inventory.listNodes(query),
      providers,
      expiries: storedExpiries(providers),
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
    const providers = await this.#inventory.listProviders();
    return planWarnings({ ...rows, providers, expiries: [] }, { now });
  }
}
