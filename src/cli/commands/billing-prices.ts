import path from 'node:path';
import { Argument, Command } from 'commander';
import { openBilling } from '../../app/open-billing.ts';
import { userName } from '../../app/user-name.ts';
import { readRegularFile } from '../../files/regular-file.ts';
import { AppError } from '../../types/errors.ts';
import type { PriceVersion } from '../../types/price-list.ts';
import type { CliContext } from '../context.ts';
import { wholeNumber } from '../options.ts';
import type { View } from '../output/output.ts';

const MAX_BYTES = 1024 * 1024;

const HELP = `
Examples:
  $ rollcall billing prices set prices.yaml
  $ rollcall billing prices show -o yaml`;

export function pricesCommand(context: CliContext): Command {
  return new Command('prices')
    .description('set and show the price list')
    .usage('<command> [options]')
    .addHelpText('after', HELP)
    .addCommand(setPricesCommand(context))
    .addCommand(showPricesCommand(context));
}

function setPricesCommand(context: CliContext): Command {
  return new Command('set')
    .description('store a price list, in place of the one that is in effect')
    .argument('<file>', 'YAML or JSON')
    .addHelpText(
      'after',
      `
Every problem of the file is told at once, with its line. Earlier versions are kept; what was charged stays as it is.

Examples:
  $ rollcall billing prices set prices.yaml`,
    )
    .action(async (file: string) => {
      const text = readText(path.resolve(context.io.cwd, file), file);
      const { parsePriceList } = await import('../../services/billing/price-list.ts');
      const prices = parsePriceList(text, file);
      const { version } = await (await openBilling(context.app)).prices.set(prices, userName());
      context.output.note(`the price list has version ${version} now`);
    });
}

function showPricesCommand(context: CliContext): Command {
  return new Command('show')
    .description('show the price list that is in effect, or an earlier one')
    .addArgument(new Argument('[version]', 'of the price list, as transactions name it').argParser(wholeNumber(1)))
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall billing prices show
  $ rollcall billing prices show 1
  $ rollcall billing prices show -o json | jq .prices`,
    )
    .action(async (version: number | undefined) => {
      const { prices } = await openBilling(context.app);
      const shown = version === undefined ? await prices.current() : await prices.version(version);
      await context.output.print(shown, PRICES_VIEW);
    });
}

interface PriceRow {
  name: string;
  per: string;
  amount: string;
}

const PRICES_VIEW: View<PriceVersion, PriceRow> = {
  columns: [
    { key: 'name', raw: ({ name }) => name },
    { key: 'per', raw: ({ per }) => per },
    { key: 'amount', raw: ({ amount }) => amount, align: 'right' },
  ],
  rows: ({ prices }) => {
    const { packages, byCore, byGiB, byDiskGiB } = prices;
    const units = Object.entries({ core: byCore, 'GiB-of-memory': byGiB, 'GiB-of-disk': byDiskGiB });
    return [...packages, ...units.flatMap(([name, price]) => (price === undefined ? [] : [{ name, ...price }]))];
  },
  ref: ({ name }) => name,
  footer: async ({ version, prices }) => [
    `version ${version}, in ${prices.currency}; hours in which guests are ${prices.charge} are charged, a month has ${prices.hoursPerMonth}`,
  ],
};

function readText(target: string, name: string): string {
  try {
    return readRegularFile(target, { maxBytes: MAX_BYTES });
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('configuration', `${name} cannot be read`, { hint: 'name a file in YAML or JSON' });
  }
}
