import { types } from 'node:util';
import type { NotifyService } from '../../services/notify/notify-service.ts';
import { AppError } from '../../types/errors.ts';
import type { StoredNotifier } from '../../types/notify.ts';
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
  await whateverComes(context, async (service, notifiers) => service.tellHistory(notifiers, problems));
}

async function whateverComes(
  context: CliContext,
  prepare: (service: NotifyService, notifiers: readonly StoredNotifier[]) => Promise<void>,
): Promise<void> {
  const { app, output, io } = context;
  try {
    const notifiers = await (await app.notifiers()).list();
    if (notifiers.length === 0) return;
    const service = await app.notify();
    await prepare(service, notifiers);
    const reports = await service.run(notifiers, { budgetMs: BUDGET_MS, signal: io.signal });
    for (const { notifier, error, hint } of reports) {
      if (error !== null) output.problem(`notifier ${notifier}: ${error}`, hint);
    }
  } catch (error) {
    const why = types.isNativeError(error) ? error.message : String(error);
    output.problem(`notifications were not delivered: ${why}`, error instanceof AppError ? error.hint : undefined);
  }
}
