import { OperationClaims } from '../repositories/operations/operation-claims.ts';
import { OperationRepository } from '../repositories/operations/operation-repository.ts';
import { OperationService } from '../services/operations/operation-service.ts';
import type { OperationWorker, Say } from '../services/operations/worker.ts';
import type { App } from './app.ts';
import type { PerformOptions } from './perform-operation.ts';

/** Operations at a time in one process. */
const PARALLEL = 4;

export interface WorkerOptions extends Omit<PerformOptions, 'warn'> {
  say: Say;
  /** Whether operations of this provider, or of none (null), are performed here; by default all are. */
  accepts?: (provider: string | null) => boolean;
}

/** What anybody asked for, to be performed by any process with a worker. */
export async function openOperations(app: App): Promise<OperationService> {
  const connection = await app.connection();
  const { clock, newId } = app.machine;
  return new OperationService({
    repository: new OperationRepository(connection),
    providers: async (query) => (await app.inventory()).listProviders(query),
    provider: (reference) => app.storedProvider(reference),
    record: async (by, action) => (await app.people()).actions.record(by, action),
    inventoryKey: async (name) => (await app.gate()).requireKey(name),
    clock,
    newId,
  });
}

/** Performs what was asked for in any process. `worker.run({ stop, abort })` returns once it was stopped and everything has ended. */
export async function openWorker(
  app: App,
  { say, accepts = () => true, ...perform }: WorkerOptions,
): Promise<OperationWorker> {
  const connection = await app.connection();
  const { OperationWorker: Worker } = await import('../services/operations/worker.ts');
  const { performOperation } = await import('./perform-operation.ts');
  const { isDeadHolder, ownHolder } = await import('./holder.ts');
  const { clock, newId } = app.machine;
  return new Worker({
    claims: new OperationClaims(connection),
    perform: performOperation(app, {
      ...perform,
      warn: (message, provider) => say('warn', message, provider === null ? undefined : { provider }),
    }),
    newHolder: () => `${ownHolder()}.${newId()}`,
    isDead: isDeadHolder,
    accepts: ({ providerName }) => accepts(providerName),
    clock,
    random: Math.random,
    say,
    parallel: PARALLEL,
  });
}
