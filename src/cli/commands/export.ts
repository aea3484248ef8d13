import { Command, Option } from 'commander';
import { DAY_MS } from '../../services/exports/days.ts';
import type { ExportFormat, ExportOptions, Inventory, InventoryPart } from '../../services/exports/export-format.ts';
import { EXPORT_FORMATS } from '../../services/exports/formats.ts';
import { staleness } from '../../services/exports/freshness.ts';
import { parseDurationMs } from '../../text/time.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { writeExport } from '../exports/write-export.ts';
import { selectorArgument } from '../options.ts';
import { selectorOf } from '../resources/name-filters.ts';

interface SharedOptions extends ExportOptions {
  file?: string;
  allowStale?: true;
  maxAge: number;
  push?: string;
  token?: string;
  dryRun?: true;
}

const HELP = `
An inventory is stale or partial if the last run of a provider was not complete or is older than --max-age, or if guests are
unobservable or their removal is held back. It is not exported, and the status is 5; --allow-stale exports it all the same, and the
formats that can say so mark it. --provider limits both to some providers.

Examples:
${EXPORT_FORMATS.map(({ examples }) => `  $ ${examples[0]}`).join('\n')}`;

export function exportCommand(context: CliContext): Command {
  const command = new Command('export').usage('<format> [options] [selectors...]').addHelpText('after', HELP);
  for (const format of EXPORT_FORMATS) command.addCommand(formatCommand(context, format));
  return command;
}

function formatCommand(context: CliContext, format: ExportFormat): Command {
  const command = new Command(format.name)
    .description(`write ${format.about}`)
    .addArgument(selectorArgument())
    .addOption(new Option('-f, --file <path>', 'write to this file, in place of standard output'))
    .addOption(new Option('--allow-stale', 'export an inventory that is stale or partial, too'))
    .addOption(
      new Option('--max-age <duration>', 'an inventory is stale after this time: 2h, 7d')
        .argParser((text) => parseDurationMs(text))
        .default(DAY_MS, '24h'),
    );
  for (const { flags, about } of format.options ?? []) command.addOption(new Option(flags, about));
  const examples = `Examples:\n${format.examples.map((example) => `  $ ${example}`).join('\n')}`;
  return command
    .addHelpText('after', `\n${format.help === undefined ? '' : `${format.help}\n\n`}${examples}`)
    .action(async (selectors: string[], options: SharedOptions) => {
      refuseListing(context, format);
      if (format.isBinary && options.file === undefined)
        throw new AppError('usage', `${format.name} is written to a file`, {
          hint: `add --file guests.${format.name}`,
        });
      if (options.push === undefined ? (options.token ?? options.dryRun) !== undefined : options.file !== undefined)
        throw new AppError('usage', '--token and --dry-run need --push, which takes no --file');
      const inventory = await readInventory(context, selectors, { ...options, reads: format.reads ?? [] });
      const { push } = options;
      if (push !== undefined) {
        const { pushNetbox } = await import('../exports/push-netbox.ts');
        return pushNetbox(context, inventory, selectors, { ...options, push });
      }
      const render = await format.load();
      const rendered = await render(inventory, options);
      writeExport(context, rendered, options.file);
      for (const warning of rendered.warnings) context.output.warn(warning);
    });
}

/** Options of lists would be ignored: AppError('usage'). */
function refuseListing({ options }: CliContext, { name }: ExportFormat): void {
  const { output, columns, sort } = options;
  if (output === 'table' && columns === undefined && sort === undefined) return;
  throw new AppError('usage', `export ${name} has a form of its own, without -o, --columns and --sort`, {
    hint: 'write it to a file with --file; list-guests -o csv takes columns',
  });
}

/** Throws AppError('incomplete') for one that is stale or partial, unless that is allowed. */
async function readInventory(
  context: CliContext,
  selectors: readonly string[],
  options: SharedOptions & { reads: readonly InventoryPart[] },
): Promise<Inventory> {
  const { allowStale, maxAge, reads } = options;
  const { provider } = context.options;
  const now = context.now();
  const selector = await selectorOf(context, selectors, undefined);
  const inventory = await context.app.inventory();
  const statuses = await inventory.syncStatus({ ...(provider && { provider }) });
  const problems = staleness(statuses, now, maxAge);
  if (statuses.length === 0) problems.push('nothing has been recorded yet');
  if (problems.length > 0 && allowStale !== true) {
    throw new AppError('incomplete', ['The inventory is stale or partial, and was not exported', ...problems], {
      hint: 'run `rollcall discover-all`, or add --allow-stale',
    });
  }
  for (const problem of problems) context.output.warn(problem);
  const guests = await inventory.listGuests({ ...(provider && { provider }), ...(selector && { selector }) });
  const only = selector && new Set(guests.map(({ providerName, node }) => placeOf(providerName, node)));
  const isMeant = (providerName: string, node: string): boolean => only?.has(placeOf(providerName, node)) ?? true;
  const nodes = reads.includes('nodes') ? await inventory.listNodes({ ...(provider && { provider }) }) : [];
  const storages = reads.includes('storages') ? await inventory.listStorages({ ...(provider && { provider }) }) : [];
  const meant = { guests, nodes: nodes.filter(({ providerName, name }) => isMeant(providerName, name)) };
  return {
    ...meant,
    problems,
    madeAt: now,
    storages: storages.filter(
      ({ providerName, onNodes }) => only === undefined || onNodes.some(({ node }) => isMeant(providerName, node)),
    ),
    servers: reads.includes('servers') ? await inventory.serverNames() : new Set(),
    ...(reads.includes('actions') ? await readActions(context, selectors, options) : { actions: [], begin: null }),
    lifecycle: reads.includes('lifecycle') ? await (await context.app.lifecycle()).reportOf(now, meant) : null,
  };
}

async function readActions(
  context: CliContext,
  selectors: readonly string[],
  options: ExportOptions,
): Promise<Pick<Inventory, 'actions' | 'begin'>> {
  const { historySince } = await import('../../services/exports/html.ts');
  const { readActions: read } = await import('../exports/read-actions.ts');
  return read(context, selectors, historySince(context.now(), options));
}

function placeOf(providerName: string, node: string): string {
  return JSON.stringify([providerName, node]);
}
