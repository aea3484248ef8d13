import { type Command, Option } from 'commander';
import type { GuestOrder } from '../../services/actions/order-plans.ts';
import { AppError } from '../../types/errors.ts';
import { wholeNumber } from '../options.ts';

/** What every command that changes guests takes. */
export interface ActOptions {
  dryRun?: true;
  yes?: true;
  many?: true;
  planOut?: string;
  reason?: string;
  parallel: number;
  perNode: number;
  perStorage: number;
  order: GuestOrder;
  keepGoing?: true;
  wait: boolean;
}

export const ACT_HELP = `
REF is NAME, VMID, PROVIDER/NAME or PROVIDER/VMID; a selector ('tag=web,status=running') means every guest that it matches. First
everything about each guest is read from the cluster, and shown with what will be done to it; immediately before that it is read
again, and a guest that is not as it was is left alone (exit status 9). Nothing is sent twice. The provider has to allow it:
\`rollcall providers update NAME --allow …\`.
`;

/** Options of a command that changes guests. */
export function withActOptions(command: Command): Command {
  return command
    .addOption(new Option('--dry-run', 'show the plan, and send nothing'))
    .addOption(new Option('--yes', 'do not ask: for scripts'))
    .addOption(new Option('--many', 'with --yes: also where it is more than 20 % of the running guests of a provider'))
    .addOption(new Option('--plan-out <file>', 'write the plan to a file, for `rollcall apply`, and send nothing'))
    .addOption(new Option('--reason <text>', 'why, for the history'))
    .addOption(new Option('--parallel <n>', 'guests at a time').argParser(wholeNumber(1)).default(4))
    .addOption(new Option('--per-node <n>', 'guests at a time on one node').argParser(wholeNumber(1)).default(2))
    .addOption(
      new Option('--per-storage <n>', 'guests at a time that write to one storage')
        .argParser(wholeNumber(1))
        .default(1),
    )
    .addOption(
      new Option('--order <how>', 'given, startup (of each guest; backwards where they are stopped), or tag:db,app,web')
        .argParser(parseOrder)
        .default({ by: 'given' }, 'given'),
    )
    .addOption(new Option('--keep-going', 'leave out guests that are refused, and go on after one that failed'))
    .addOption(new Option('--no-wait', 'do not wait for the last task of each guest; prints the id of the operation'));
}

function parseOrder(text: string): GuestOrder {
  if (text === 'given' || text === 'startup') return { by: text };
  const tags = text.startsWith('tag:')
    ? text
        .slice(4)
        .split(',')
        .filter((tag) => tag !== '')
    : [];
  if (tags.length > 0) return { by: 'tag', tags };
  throw new AppError('usage', '--order takes given, startup, or tag: with tags after it', {
    hint: '--order tag:db,app,web',
  });
}
