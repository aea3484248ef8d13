import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { recordAction } from '../providers/record-action.ts';

export function enableProviderCommand(context: CliContext): Command {
  return new Command('enable')
    .description('let commands connect to a provider again, and end its pause after failures')
    .argument('<name>')
    .addHelpText(
      'after',
      `
\`watch\` pauses a provider after its credential was refused repeatedly, so that no account is locked out. This command ends the
pause; so does \`providers update\` with another credential.

Examples:
  $ rollcall providers enable prod`,
    )
    .action(async (name: string) => {
      const { isEnabled } = await context.app.storedProvider(name);
      await (await context.app.providerRepository()).setEnabled(name, true, context.now());
      await recordAction(context, 'provider.enable', name);
      context.output.note(isEnabled ? `${name} is enabled; a pause has ended` : `enabled ${name}`);
    });
}

export function disableProviderCommand(context: CliContext): Command {
  return new Command('disable')
    .description('stop all commands from connecting to a provider; its recorded guests stay in every listing')
    .argument('<name>')
    .addHelpText('after', '\nExamples:\n  $ rollcall providers disable prod')
    .action(async (name: string) => {
      await context.app.storedProvider(name);
      await (await context.app.providerRepository()).setEnabled(name, false, context.now());
      await recordAction(context, 'provider.disable', name);
      context.output.note(`disabled ${name}; \`rollcall providers enable ${name}\` undoes it`);
    });
}
