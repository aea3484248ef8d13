import { Command } from 'commander';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { escapeText } from '../output/escape.ts';

const HELP = `
The key of an inventory seals the settings of its providers and marks the secrets of guests. It lies in the configuration
directory of the user, not in the database; every machine that collects for the inventory has a copy. Make a new one only when
it is lost, or when somebody else may have it: afterwards each stored provider has to be confirmed again, and the other machines
need the new file.

Examples:
  $ rollcall db new-key
  $ rollcall db new-key --yes`;

export function newKeyCommand(context: CliContext): Command {
  return new Command('new-key')
    .description('make a new inventory key, in place of one that is lost or known to others')
    .option('--yes', 'without a question')
    .addHelpText('after', HELP)
    .action(async ({ yes }: { yes?: true }) => {
      const { ask } = context.io;
      const question = 'Make a new key? Every stored provider has to be confirmed again.';
      if (yes !== true && ask === undefined) {
        throw new AppError('usage', 'a new key makes every stored provider unconfirmed', {
          hint: 'rollcall db new-key --yes',
        });
      }
      if (yes !== true && !(await ask?.confirm(escapeText(question)))) {
        context.output.note('nothing was changed');
        return;
      }
      const file = await (await context.app.gate()).replaceKey();
      context.output.note(
        `the inventory key is ${file} from now on: copy it to the other machines that collect for it`,
      );
      const stored = await (await context.app.inventory()).listProviders();
      for (const { name } of stored.filter(({ settingsRev }) => settingsRev !== null)) {
        context.output.note(`to confirm its settings: rollcall providers confirm ${name}`);
      }
    });
}
