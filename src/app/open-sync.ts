import type { Provider } from '../providers/provider.ts';
import type { ProviderRules } from '../providers/rules.ts';
import type { Connection } from '../repositories/db/connection.ts';
import { EndpointHealthRepository } from '../repositories/providers/endpoint-health.ts';
import { InnerRepository } from '../repositories/sync/inner-repository.ts';
import { SyncRepository } from '../repositories/sync/sync-repository.ts';
import { sealWith } from '../services/providers/settings.ts';
import { SyncService } from '../services/sync/sync-service.ts';
import type { EndpointReport } from '../types/endpoint.ts';
import type { InventoryKey } from '../types/inventory-key.ts';
import type { ProviderConfig } from '../types/provider.ts';
import type { App, ConnectOptions, OpenedSync } from './app.ts';
import type { Target } from './config/provider-overrides.ts';
import { isDeadHolder, ownHolder } from './holder.ts';
import type { Machine } from './machine.ts';
import { loadEndpoints } from './provider-connection.ts';

/** A sync of one provider, over its own connection; must be closed. `warn`: where warnings go unless the options say so. */
export async function openSync(
  app: App,
  target: Target,
  options: ConnectOptions,
  warn: (message: string) => void,
): Promise<OpenedSync> {
  // What a newer version has stored is left to it, before anything else is said of it.
  const rules = await app.rulesOf(target.stored);
  const connection = await app.connection();
  const gate = await app.gate();
  await gate.requireConfirmed(target.stored);
  const { key, problem } = await gate.key();
  const { innerBudgetMs, onWarning = warn } = options;
  if (key === null) onWarning(`secrets of guests are hidden without a mark that shows changes: ${problem.message}`);
  const knownEndpoints = await loadEndpoints(app, target);
  const provider = await app.openProvider(target.used, { ...options, knownEndpoints: knownEndpoints ?? undefined });
  const { machine } = app;
  const parts = { connection, config: target.stored, machine, rules, knownEndpoints, key };
  const service = openSyncService(provider, { ...parts, ...(innerBudgetMs !== undefined && { innerBudgetMs }) });
  return { service, requestCount: () => provider.requestCount(), close: () => provider.close() };
}

interface SyncParts {
  connection: Connection;
  config: ProviderConfig;
  machine: Pick<Machine, 'clock' | 'newId'>;
  /** Of the provider's kind. */
  rules: ProviderRules;
  /** As they are stored; null: they stay as they are. */
  knownEndpoints?: readonly EndpointReport[] | null;
  /** null: this machine has no key of this inventory. */
  key: InventoryKey | null;
  /** What asking the systems inside guests may take, in milliseconds; 0: they are not asked. */
  innerBudgetMs?: number;
}

/** What takes the roll of one provider and records it, and how its addresses do. */
export function openSyncService(
  provider: Provider & { requestCount?: () => number },
  { connection, config, machine, rules, knownEndpoints = [], key, innerBudgetMs = 0 }: SyncParts,
): SyncService {
  const health = new EndpointHealthRepository(connection);
  let stored = knownEndpoints;
  return new SyncService({
    provider,
    rules,
    repository: new SyncRepository(connection, sealWith(key)),
    ...(innerBudgetMs > 0 && { inner: { repository: new InnerRepository(connection), budgetMs: innerBudgetMs } }),
    config,
    maskKey: key?.mask ?? null,
    clock: machine.clock,
    newId: machine.newId,
    holder: ownHolder(),
    ...(provider.requestCount !== undefined && { requestCount: () => provider.requestCount?.() ?? 0 }),
    isDead: isDeadHolder,
    afterRun: async (providerId) => {
      if (stored !== null) stored = await health.save(providerId, stored, provider.endpoints());
    },
  });
}
