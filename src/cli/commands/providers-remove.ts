import { Command } from 'commander';
import { AppError } from '../../types/errors.ts';
import { noSuchProvider } from '../config/select-providers.ts';
import type { CliContext } from '../context.ts';
import { plural } from '../output/format.ts';

const HELP = `
Its nodes, guests, storages, tasks and runs are removed from the database; the recorded changes stay, so that the history
still verifies. Nothing happens in Proxmox VE.

Examples:
  $ rollcall providers remove old-lab --yes`;

export function removeProviderCommand(context: CliContext): Command {
  return new Command('remove')
    .description('forget a provider and its inventory')
    .argument('<name>')
    .option('--yes', 'remove it even when guests are recorded for it')
    .addHelpText('after', HELP)
    .action(async (name: string, { yes }: { yes?: true }) => {
      const inventory = await context.inventory();
      const all = await inventory.listProviders();
      if (!all.some((one) => one.name === name)) throw noSuchProvider([name], all);
      const guests = (await inventory.listGuests({ presence: 'all' })).filter(
        ({ providerName }) => providerName === name,
      );
      if (guests.length > 0 && yes !== true) {
        throw new AppError(
          'usage',
          `${name} has ${plural(guests.length, 'recorded guest')}, which would be forgotten`,
          {
            hint: `rollcall providers remove ${name} --yes`,
          },
        );
      }
      await (await context.providerRepository()).remove(name);
      context.output.note(`removed ${name}`);
    });
}
