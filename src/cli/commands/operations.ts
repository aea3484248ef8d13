import { Command, Option } from 'commander';
import { commandActor } from '../../app/user-name.ts';
import { AppError } from '../../types/errors.ts';
import { OPERATION_STATES, type Operation, type OperationState } from '../../types/operation.ts';
import type { CliContext } from '../context.ts';
import { OPERATION_COLUMNS, operationPairs } from '../operations/operation-view.ts';
import { limitOption, offering, watched } from '../options.ts';
import { keysOf } from '../output/column.ts';
import type { View } from '../output/output.ts';

const HELP = `
An operation is work that somebody asked for: a sync, a test of the connection, to trust a certificate, or an action on guests. All
but actions wait in the database until a \`serve\` or \`watch\` of this inventory performs them, one at a time for each provider, and
whoever asks for the same meanwhile gets the same operation. An action is performed by the command that asked for it; if that is gone,
\`operations resume\` goes on with it. The history is kept.

Examples:
  $ rollcall operations list --state waiting,running
  $ rollcall operations show 7f3k
  $ rollcall operations follow 7f3k
  $ rollcall operations cancel 7f3k`;

export function operationsCommand(context: CliContext): Command {
  const command = new Command('operations').usage('<command> [options]').addHelpText('after', HELP);
  for (const make of [
    listOperationsCommand,
    showOperationCommand,
    followOperationCommand,
    cancelOperationCommand,
    resumeOperationCommand,
  ]) {
    command.addCommand(make(context));
  }
  return command;
}

function listOperationsCommand(context: CliContext): Command {
  return watched(context, offering(new Command('list'), keysOf(OPERATION_COLUMNS)))
    .description('list operations, the newest first')
    .addOption(
      offering(new Option('--state <states>', 'only in these states').argParser(parseStates), OPERATION_STATES),
    )
    .addOption(limitOption(50))
    .addHelpText(
      'after',
      `
-o json has the parameters and everything else of an operation but its result, which \`operations show\` has.

Examples:
  $ rollcall operations list
  $ rollcall operations list --state waiting,running --watch
  $ rollcall operations list --provider prod --state failed -o json`,
    )
    .action(async ({ state, limit }: { state?: OperationState[]; limit: number }) => {
      const { provider } = context.options;
      const service = await context.app.operations();
      const found = await service.list({ limit: limit + 1, states: state, provider });
      const view: View<readonly Operation[], Operation> = {
        columns: OPERATION_COLUMNS,
        rows: (value) => value,
        ref: ({ id }) => id,
        empty: 'no operations',
        footer: async () => (found.length > limit ? ['and more before these: raise --limit'] : []),
      };
      await context.output.print(found.slice(0, limit), view);
    });
}

function showOperationCommand(context: CliContext): Command {
  return new Command('show')
    .description('show one operation: who asked for it, its progress, how it ended')
    .argument('<id>', 'id of an operation, or its beginning')
    .addHelpText(
      'after',
      `
-o json has its result as well: of a sync what \`discover-all -o json\` prints for one provider, of a test the steps that
\`providers test -o json\` prints. Of earlier syncs of a provider, the result lists no unchanged guests (existingHosts).

Examples:
  $ rollcall operations show 7f3k
  $ rollcall operations show 7f3k -o json | jq '.result.summary'`,
    )
    .action(async (id: string) => {
      const operation = await (await context.app.operations()).get(id);
      await print(context, operation);
      if (operation.kind === 'action') return;
      if (operation.result !== null) context.output.hint('-o json prints its result as well');
    });
}

function followOperationCommand(context: CliContext): Command {
  return new Command('follow')
    .description('tell what an operation does until it has ended')
    .argument('<id>', 'id of an operation, or its beginning')
    .addHelpText(
      'after',
      `
Ends as the operation did. The tasks of an action whose process is gone, or that was begun with --no-wait, are followed from here.
Ctrl-C ends the following, not the operation.

Examples:
  $ rollcall shutdown web-01 --no-wait --yes
  $ rollcall operations follow 7f3k`,
    )
    .action(async (id: string) => {
      const service = await context.app.operations();
      const { followOperation } = await import('../operations/follow-operation.ts');
      await print(context, await followOperation(context, service, await service.get(id)));
    });
}

function resumeOperationCommand(context: CliContext): Command {
  return new Command('resume')
    .description('go on with an action whose process is gone')
    .argument('<id>', 'id of an operation, or its beginning')
    .addHelpText(
      'after',
      `
What the process had sent is followed, or looked for: nothing is sent twice. Guests that it had not begun with are planned again, and
left alone where they are not as they were when the plan was confirmed.

Examples:
  $ rollcall operations list --state running
  $ rollcall operations resume 7f3k`,
    )
    .action(async (id: string) => {
      const operation = await (await context.app.operations()).get(id);
      if (operation.kind !== 'action') {
        throw new AppError(
          'usage',
          `operation ${operation.id} is a ${operation.kind}, which a \`watch\` goes on with by itself`,
        );
      }
      const { continueAction } = await import('../operations/continue-action.ts');
      await continueAction(context, operation);
    });
}

function cancelOperationCommand(context: CliContext): Command {
  return new Command('cancel')
    .description('cancel an operation that waits or runs')
    .argument('<id>', 'id of an operation, or its beginning')
    .addHelpText(
      'after',
      `
One that waits is cancelled at once. One that runs ends within seconds, and nothing of it is stored; a sync that has stored its
result by then is done all the same. Of an action nothing new is begun; what is under way on the servers goes on to its end.

Examples:
  $ rollcall operations cancel 7f3k`,
    )
    .action(async (id: string) => {
      const service = await context.app.operations();
      const before = await service.get(id);
      if (before.finishedAt !== null) throw ended(before);
      const operation = await service.cancel(before.id, commandActor());
      if (operation.finishedAt !== null && operation.state !== 'cancelled') throw ended(operation);
      if (operation.kind === 'action') await endLeft(context, operation);
      await print(context, await service.get(operation.id));
    });
}

/** Nobody else would hear that an action is to end whose process is gone. */
async function endLeft(context: CliContext, operation: Operation): Promise<void> {
  const { isLeft } = await import('../../app/open-actions.ts');
  if (!(await isLeft(context.app, operation.id))) return;
  const { continueAction } = await import('../operations/continue-action.ts');
  await continueAction(context, operation);
}

function ended({ id, state }: Operation): AppError {
  return new AppError('not-found', `operation ${id} has ended already: ${state}`, {
    hint: `rollcall operations show ${id}`,
  });
}

async function print(context: CliContext, operation: Operation): Promise<void> {
  if (operation.kind === 'action') return printAction(context, operation);
  await context.output.print(operation, {
    columns: OPERATION_COLUMNS,
    rows: (value) => [value],
    ref: ({ id }) => id,
    layout: (value, draw) => [draw.plain(operationPairs(value))],
  });
}

async function printAction(context: CliContext, operation: Operation): Promise<void> {
  const { stepsOf } = await import('../../app/open-actions.ts');
  const { STEP_VIEW_COLUMNS } = await import('../actions/result-view.ts');
  const { shownStep } = await import('../../services/actions/shown-action.ts');
  const steps = (await stepsOf(context.app, operation.id)).map(shownStep);
  await context.output.print(
    { ...operation, steps },
    {
      columns: STEP_VIEW_COLUMNS,
      rows: (value) => value.steps,
      ref: () => operation.id,
      layout: (value, draw) => [draw.plain(operationPairs(value)), draw.table(value.steps)],
    },
  );
}

function parseStates(text: string, previous: readonly OperationState[] = []): OperationState[] {
  const words = text.split(',').map((word) => word.trim());
  const states = words.flatMap((word) => OPERATION_STATES.find((state) => state === word) ?? []);
  if (states.length === words.length) return [...previous, ...states];
  throw new AppError('usage', `--state takes ${OPERATION_STATES.join(', ')}`);
}
