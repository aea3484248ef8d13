import { Command, Option } from 'commander';
import { openBilling } from '../../app/open-billing.ts';
import { userName } from '../../app/user-name.ts';
import type { BillingService, ChosenProposal } from '../../services/billing/billing-service.ts';
import type { BillingProposal } from '../../types/billing.ts';
import { AppError } from '../../types/errors.ts';
import { APPLIED_VIEW } from '../billing/billing-view.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { escapeText } from '../output/escape.ts';
import { plural } from '../output/format.ts';

interface ApplyOptions {
  all?: true;
  byRule?: true;
  reason?: string;
  yes?: true;
}

export function applyCommand(context: CliContext): Command {
  return new Command('apply')
    .description('write what proposals say into the account book')
    .argument('[ids...]', 'ids of proposals, or their beginnings')
    .addOption(new Option('--all', 'every open proposal that can be applied and has no doubts').conflicts('byRule'))
    .option('--by-rule', 'those that a rule of the price list lets apply without a person')
    .option('--reason <text>', 'why; it is kept with each transaction')
    .option('--yes', 'without asking')
    .addHelpText(
      'after',
      `
Each proposal is one transaction of the database. Whether it is still open, and whether none of its hours was charged meanwhile, is
checked under a lock: run again, or by several at once, it charges nothing twice. The exit status is 1 if something that was named
could not be applied.

Examples:
  $ rollcall billing apply 7f3k
  $ rollcall billing apply --all --yes --reason 'invoices of November'
  $ rollcall billing apply --by-rule --yes`,
    )
    .action(async (ids: string[], options: ApplyOptions) => {
      const service = await openBilling(context.app);
      const chosen = await choose(service, ids, options);
      if (chosen.length > 0 && !options.yes && !(await isConfirmed(context, chosen))) return;
      const applied = await service.apply(chosen, options.reason ?? null);
      if (applied.some(({ why }) => why !== null)) context.status = EXIT.failed;
      await context.output.print(applied, APPLIED_VIEW);
    });
}

async function choose(
  service: BillingService,
  ids: readonly string[],
  { all, byRule }: ApplyOptions,
): Promise<ChosenProposal[]> {
  if (ids.length > 0 && (all || byRule)) throw new AppError('usage', 'name proposals, or give --all or --by-rule');
  if (byRule) return service.byRule();
  if (all) return service.applicable(userName());
  if (ids.length === 0) {
    throw new AppError('usage', 'it does not say which proposals', { hint: 'rollcall billing list; or give --all' });
  }
  return service.named(ids, userName());
}

async function isConfirmed({ io, output }: CliContext, chosen: readonly ChosenProposal[]): Promise<boolean> {
  const what = `this writes ${plural(chosen.length, 'proposal')} into the account book, for good`;
  if (!io.ask) throw new AppError('usage', what, { hint: 'look at them with `rollcall billing list`; then add --yes' });
  output.say(...chosen.map(({ proposal }) => summary(proposal)));
  if (await io.ask.confirm(escapeText(`${what}. Write them?`))) return true;
  output.note('nothing was written');
  return false;
}

function summary({ id, kind, subject, amount, currency }: BillingProposal): string {
  return `${id}  ${kind}  ${subject}  ${amount ?? ''} ${currency ?? ''}`.trimEnd();
}

export function rejectCommand(context: CliContext): Command {
  return new Command('reject')
    .description('decide that a proposal is not applied; its hours are not proposed again')
    .argument('<id>', 'id of a proposal, or its beginning')
    .requiredOption('--reason <text>', 'why')
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall billing reject 7f3k --reason 'our own monitoring'`,
    )
    .action(async (id: string, { reason }: { reason: string }) => {
      const service = await openBilling(context.app);
      const proposal = await service.get(id);
      await service.reject(proposal, { by: userName(), reason });
      context.output.note(`rejected ${proposal.id}`);
    });
}
