import { Command } from 'commander';
import { ACT_HELP, type ActOptions, withActOptions } from '../actions/act-options.ts';
import type { CliContext } from '../context.ts';

export function applyCommand(context: CliContext): Command {
  return withActOptions(new Command('apply').argument('<file>', 'a plan that --plan-out wrote'))
    .addHelpText(
      'after',
      `
Every guest of the plan is read and planned again. If anything about one is not as it was when the plan was made, the difference is
shown, nothing is sent, and the exit status is 9; with --keep-going such guests are left out.
${ACT_HELP}
Examples:
  $ rollcall shutdown tag=test --plan-out night.json
  $ rollcall apply night.json --reason CHG-4711
  $ rollcall apply night.json --yes --many`,
    )
    .action(async (file: string, options: ActOptions) => {
      const { applyPlan } = await import('../actions/apply-plan.ts');
      await applyPlan(context, file, options);
    });
}
