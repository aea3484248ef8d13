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
An operation is work that somebody asked for: a sync, a test of the connection, or to trust a certificate. It waits in the database
until a \`serve\` or \`watch\` of this inventory performs it, one at a time for each provider. Whoever asks for the same meanwhile
gets the same operation. The history is kept.

Examples:
  $ rollcall operations list --state waiting,running
  $ rollcall operations show 7f3k
  $ rollcall operations cancel 7f3k`;

export function operationsCommand(context: CliContext): Command {
  const command = new Command('operations').usage('<command> [options]').addHelpText('after', HELP);
  for (const make of [listOperationsCommand, showOperationCommand, cancelOperationCommand]) {
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
      if (operation.result !== null) context.output.hint('-o json prints its result as well');
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
result by then is done all the same.

Examples:
  $ rollcall operations cancel 7f3k`,
    )
    .action(async (id: string) => {
      const service = await context.app.operations();
      const before = await service.get(id);
      if (before.finishedAt !== null) throw ended(before);
      const operation = await service.cancel(before.id, commandActor());
      if (operation.finishedAt !== null && operation.state !== 'cancelled') throw ended(operation);
      await print(context, operation);
    });
}

function ended({ id, state }: Operation): AppError {
  return new AppError('not-found', `operation ${id} has ended already: ${state}`, {
    hint: `rollcall operations show ${id}`,
  });
}

async function print(context: CliContext, operation: Operation): Promise<void> {
  await context.output.print(operation, {
    columns: OPERATION_COLUMNS,
    rows: (value) => [value],
    ref: ({ id }) => id,
    layout: (value, draw) => [draw.plain(operationPairs(value))],
  });
}

function parseStates(text: string, previous: readonly OperationState[] = []): OperationState[] {
  const words = text.split(',').map((word) => word.trim());
  const states = words.flatMap((word) => OPERATION_STATES.find((state) => state === word) ?? []);
  if (states.length === words.length) return [...previous, ...states];
  throw new AppError('usage', `--state takes ${OPERATION_STATES.join(', ')}`);
}
