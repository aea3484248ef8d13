import { setTimeout as sleep } from 'node:timers/promises';
import { isLeft } from '../../app/open-actions.ts';
import type { OperationService } from '../../services/operations/operation-service.ts';
import { AppError } from '../../types/errors.ts';
import { isEnded, type Operation } from '../../types/operation.ts';
import type { CliContext } from '../context.ts';
import { EXIT, statusOfError } from '../exit-status.ts';
import { continueAction } from './continue-action.ts';
import { progressText } from './operation-view.ts';

const LOOK_EVERY_MS = 1000;

/**
 * Tells what an operation does until it has ended, and ends as it did. An action that nobody performs any more is followed from here.
 * Throws AppError('interrupted').
 */
export async function followOperation(
  context: CliContext,
  service: Pick<OperationService, 'get'>,
  first: Operation,
): Promise<Operation> {
  const { io, output } = context;
  let told = '';
  for (let operation = first; ; operation = await service.get(first.id)) {
    if (isEnded(operation.state)) return ended(context, operation);
    if (operation.kind === 'action' && (await isLeft(context.app, operation.id))) {
      await continueAction(context, operation);
      return service.get(first.id);
    }
    const text = `${operation.state}${operation.progress === null ? '' : `: ${progressText(operation.progress)}`}`;
    if (text !== told) output.note(`operation ${operation.id} ${text}`);
    told = text;
    await sleep(LOOK_EVERY_MS, undefined, { signal: io.signal }).catch(() => undefined);
    if (io.signal.aborted) throw new AppError('interrupted', 'not followed any longer; the operation goes on');
  }
}

function ended(context: CliContext, operation: Operation): Operation {
  if (operation.state === 'failed') context.status = statusOfError(operation.error?.code ?? 'server');
  else if (operation.state === 'cancelled') context.status = EXIT.failed;
  return operation;
}
