import type { Connection } from '../repositories/db/connection.ts';
import { BillingRepository } from '../repositories/reconcile/billing-repository.ts';
import { LedgerRepository } from '../repositories/reconcile/ledger-repository.ts';
import { SettingRepository } from '../repositories/reconcile/setting-repository.ts';
import { BillingService } from '../services/billing/billing-service.ts';
import { PriceService } from '../services/billing/price-service.ts';
import type { Machine } from './machine.ts';
import type { SettingsGate } from './settings-gate.ts';

export interface BillingParts {
  machine: Pick<Machine, 'clock' | 'newId'>;
  connection(): Promise<Connection>;
  gate(): Promise<Pick<SettingsGate, 'requireKey'>>;
}

/** What there is to bill, and what was billed. */
export async function openBilling(app: BillingParts): Promise<BillingService> {
  const { clock, newId } = app.machine;
  const connection = await app.connection();
  const settings = new SettingRepository(connection);
  const key = async () => (await app.gate()).requireKey('the price list');
  return new BillingService({
    billing: new BillingRepository(connection),
    ledger: new LedgerRepository(connection),
    prices: new PriceService({ settings, key, clock }),
    clock,
    newId,
  });
}
