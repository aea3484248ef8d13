import * as z from 'zod';
import { openActions } from '../../app/open-actions.ts';
import { AppError } from '../../types/errors.ts';
import type { Operation } from '../../types/operation.ts';
import { actionIo } from '../actions/act.ts';
import { performOperation } from '../actions/perform-plan.ts';
import type { CliContext } from '../context.ts';

const LIMITS = z.object({
  parallel: z.number().int().min(1),
  perNode: z.number().int().min(1),
  perStorage: z.number().int().min(1),
  keepGoing: z.boolean(),
});

/**
 * Goes on with an action whose process is gone: follows what it began, and begins what it did not. Throws AppError('locked') while its
 * process is there.
 */
export async function continueAction(context: CliContext, operation: Operation): Promise<void> {
  const limits = LIMITS.safeParse(operation.parameters);
  if (!limits.success) throw new AppError('database', `the database holds a damaged row, operation ${operation.id}`);
  const opened = await openActions(context.app, actionIo(context));
  try {
    const held = await opened.service.takeOver(operation);
    const { keepGoing, ...rest } = limits.data;
    const options = { ...rest, ...(keepGoing && { keepGoing: true as const }), wait: true };
    await performOperation(context, opened, { held, options, isBulk: true });
  } finally {
    opened.close();
  }
}
