import { types } from 'node:util';
import type { NotifyService } from '../../services/notify/notify-service.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';

/** What the end of a sync may take for notifications. */
const BUDGET_MS = 10_000;

/** Tells of what the runs have recorded. A failure is said, and changes nothing about the sync: the next run tries again. */
export async function deliverAfterRun(context: CliContext): Promise<void> {
  await whateverComes(context, async () => undefined);
}

/** Tells that the history is not whole. */
export async function tellHistory(
  context: CliContext,
  problems: readonly { where: string; message: string }[],
): Promise<void> {
  await whateverComes(context, async (service) => service.tellHistory(problems));
}

async function whateverComes(context: CliContext, prepare: (service: NotifyService) => Promise<void>): Promise<void> {
  const { app, output, io } = context;
  try {
    if ((await (await app.notifiers()).list()).length === 0) return;
    const service = await app.notify();
    await prepare(service);
    for (const { notifier, error, hint } of await service.run({ budgetMs: BUDGET_MS, signal: io.signal })) {
      if (error !== null) output.problem(`notifier ${notifier}: ${error}`, hint);
    }
  } catch (error) {
    const why = types.isNativeError(error) ? error.message : String(error);
    output.problem(`notifications were not delivered: ${why}`, error instanceof AppError ? error.hint : undefined);
  }
}
