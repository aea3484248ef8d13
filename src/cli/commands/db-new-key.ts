import { Command } from 'commander';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { escapeText } from '../output/escape.ts';

const HELP = `
The inventory key seals the settings of providers and notifiers and marks the secrets of guests. It is stored in the user's configuration
directory, not in the database; every machine that collects for the inventory has a copy. Create a new key only if the key is
lost, or if somebody else may have it. Afterwards each stored provider and notifier has to be confirmed again, and the other
machines need the new file.

Examples:
  $ rollcall db new-key
  $ rollcall db new-key --yes`;

export function newKeyCommand(context: CliContext): Command {
  return new Command('new-key')
    .description('create a new inventory key to replace one that is lost or known to others')
    .option('--yes', 'do not ask for confirmation')
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
      for (const { name } of await (await context.app.notifiers()).list()) {
        context.output.note(`to confirm its settings: rollcall notify confirm ${name}`);
      }
    });
}
