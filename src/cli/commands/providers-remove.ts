import { Command } from 'commander';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { escapeText } from '../output/escape.ts';
import { plural } from '../output/format.ts';
import { recordAction } from '../providers/record-action.ts';

const HELP = `
The provider is no longer watched, and no listing shows its guests. Its history stays readable: show-changes, --at with a time
before the removal, show-vm --all. Its name and its cluster are free again; a provider that is added later is a new one.
The reference to its secret is deleted; the secret itself is not. Nothing changes in Proxmox VE.

Examples:
  $ rollcall providers remove old-lab --yes
  $ rollcall providers list --all`;

export function removeProviderCommand(context: CliContext): Command {
  return new Command('remove')
    .description('stop watching a provider; its history stays')
    .argument('<name>')
    .option('--yes', 'remove it even if guests are recorded for it')
    .addHelpText('after', HELP)
    .action(async (name: string, { yes }: { yes?: true }) => {
      const stored = await context.app.storedProvider(name);
      const guests = await (await context.app.inventory()).listGuests({ provider: name });
      if (guests.length > 0 && yes !== true && !(await isConfirmed(context, name, guests.length))) return;
      await (await context.app.providerRepository()).remove(stored, context.now());
      await recordAction(context, 'provider.remove', name);
      context.output.note(`removed ${name}; its history stays: rollcall show-changes --provider ${name}`);
    });
}

async function isConfirmed({ io, output }: CliContext, name: string, guests: number): Promise<boolean> {
  const what = `${name} has ${plural(guests, 'recorded guest')}, which would no longer be watched`;
  if (!io.ask) throw new AppError('usage', what, { hint: `rollcall providers remove ${name} --yes` });
  if (await io.ask.confirm(escapeText(`${what}. Remove it?`))) return true;
  output.note('nothing was changed');
  return false;
}
