import type { OpenedActions } from '../../app/open-actions.ts';
import type { ActionEvent } from '../../services/actions/action-run.ts';
import type { ActionAuthor, HeldAction, PerformedAction } from '../../services/actions/action-service.ts';
import { type ShownAction, type ShownStep, shownAction } from '../../services/actions/shown-action.ts';
import type { ActionPlan, OperationStep } from '../../types/action.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitStatus, statusOfError, worstStatus } from '../exit-status.ts';
import type { View } from '../output/output.ts';
import type { ActOptions } from './act-options.ts';
import { STEP_VIEW_COLUMNS } from './result-view.ts';

type RunOptions = Pick<ActOptions, 'parallel' | 'perNode' | 'perStorage' | 'keepGoing' | 'wait'>;

/** Begins an operation and performs it, telling what happens; prints what became of each guest. */
export async function performPlan(
  context: CliContext,
  opened: OpenedActions,
  { plan, options, author }: { plan: ActionPlan; options: RunOptions; author: ActionAuthor },
): Promise<void> {
  const { parallel, perNode, perStorage, keepGoing = false } = options;
  const held = await opened.service.begin(plan, author, { parallel, perNode, perStorage, keepGoing });
  context.output.note(`operation ${held.id}`);
  await performOperation(context, opened, { held, options, isBulk: plan.guests.length > 1 });
}

/** Performs what is left of an operation that this process has taken. */
export async function performOperation(
  context: CliContext,
  opened: OpenedActions,
  { held, options, isBulk }: { held: HeldAction; options: RunOptions; isBulk: boolean },
): Promise<void> {
  const { io } = context;
  const { parallel, perNode, perStorage, keepGoing = false, wait } = options;
  const done = await opened.service.perform(held, {
    limits: { parallel, perNode, perStorage },
    keepsGoing: keepGoing,
    follows: wait,
    stop: io.signal,
    insist: io.insistence ?? NEVER,
    onEvent: (event) => tell(context, event, isBulk),
  });
  await context.output.print(shownAction(done), RESULT_VIEW);
  if (!done.isOver) tellOpen(context, done);
  context.status = statusOf(done);
}

const NEVER = new AbortController().signal;

const RESULT_VIEW: View<ShownAction, ShownStep> = {
  columns: STEP_VIEW_COLUMNS,
  rows: ({ steps }) => steps,
  ref: ({ provider, vmid }) => `${provider}/${vmid}`,
};

function tell({ output, options }: CliContext, event: ActionEvent, isBulk: boolean): void {
  if (event.kind === 'stops') {
    const names = event.underWay.map(nameOf).join(', ');
    const rest = names === '' ? '' : `; under way: ${names}. Ctrl-C again leaves them to themselves`;
    output.warn(`nothing new is begun: ${event.why}${rest}`);
  } else if (options.quiet !== true) tellStep(output, event, isBulk);
}

function tellStep(output: CliContext['output'], event: Exclude<ActionEvent, { kind: 'stops' }>, isBulk: boolean): void {
  const name = nameOf(event.step);
  if (event.kind === 'sent') output.note(`${name}: ${event.call.words}${event.ref === null ? '' : `  ${event.ref}`}`);
  else if (event.kind === 'line' && !isBulk) output.note(`${name}: | ${event.line}`);
  else if (event.kind === 'skipped') output.note(`${name}: not begun`);
  else if (event.kind === 'ended')
    output.note(`${name}: ${event.end.state}${event.end.message === null ? '' : `: ${event.end.message}`}`);
}

function tellOpen({ output }: CliContext, { operationId, steps }: PerformedAction): void {
  const waiting = steps.filter(({ state }) => state === 'waiting').length;
  const running = steps.filter(({ state }) => state === 'running').length;
  output.note(`operation ${operationId} is not over: ${running} under way, ${waiting} not begun`);
  output.hint(`rollcall operations ${waiting > 0 ? 'resume' : 'follow'} ${operationId}`);
}

function nameOf({ subject }: OperationStep): string {
  return subject.name ?? `${subject.providerName}/${subject.vmid}`;
}

/** The worst of all guests: those that are not as they were planned count before those that failed. */
function statusOf({ ends, stopped, isOver }: PerformedAction): ExitStatus {
  const statuses = [...ends.values()].flatMap(({ code }) => (code === null ? [] : [statusOfError(code)]));
  const interrupted = stopped === 'interrupted' && !isOver ? [EXIT.interrupted] : [];
  return worstStatus([...statuses, ...interrupted]);
}
