import { Command } from 'commander';
import { DEFAULT_MANIFEST } from '../../app/registry.ts';
import type { ProviderRow } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import { offering } from '../options.ts';
import { type Column, keysOf } from '../output/column.ts';
import { formatAge } from '../output/format.ts';
import type { View } from '../output/output.ts';
import { actorText, credentialText, scheduleText, stateOf, trustText } from '../providers/provider-words.ts';

/** What `providers list` and `providers show` know of a provider. */
export const PROVIDER_COLUMNS: readonly Column<ProviderRow>[] = [
  { key: 'name', raw: ({ name }) => name },
  {
    key: 'state',
    raw: stateOf,
    tone: (row) => (stateOf(row) === 'enabled' ? 'plain' : 'warn'),
    detail: (rows) => rows.some((row) => stateOf(row) !== 'enabled'),
  },
  { key: 'type', raw: ({ type }) => type, detail: (rows) => rows.some(({ type }) => type !== DEFAULT_MANIFEST.kind) },
  { key: 'cluster', raw: ({ clusterName }) => clusterName },
  { key: 'endpoints', raw: ({ endpoints }) => endpoints },
  {
    key: 'trust',
    raw: ({ tls }) => trustText(tls),
    spare: 2,
    tone: ({ tls }) => (tls.mode === 'insecure' ? 'warn' : 'plain'),
  },
  { key: 'credential', raw: ({ credential }) => credentialText(credential), spare: 1 },
  {
    key: 'allow',
    header: 'ALLOWED',
    raw: ({ allow }) => allow,
    detail: (rows) => rows.some(({ allow }) => allow.length > 0),
  },
  {
    key: 'actsAs',
    header: 'ACTS AS',
    raw: actorText,
    spare: 1,
    detail: (rows) => rows.some((row) => actorText(row) !== null),
  },
  { key: 'interval', raw: ({ schedule }) => schedule.discoverInterval, text: ({ schedule }) => scheduleText(schedule) },
  { key: 'cron', raw: ({ schedule }) => schedule.discoverCron, detail: 'named' },
  { key: 'autoDiscover', raw: ({ schedule }) => schedule.autoDiscover, detail: 'named' },
  {
    key: 'lastRunAt',
    header: 'LAST RUN',
    raw: ({ lastRunAt }) => lastRunAt,
    text: ({ lastRunAt }, { now }) => formatAge(lastRunAt, now),
  },
  { key: 'nodes', raw: ({ nodeNames }) => nodeNames, detail: 'wide' },
  { key: 'id', raw: ({ id }) => id, detail: 'wide' },
];

const EMPTY = 'no providers are stored: the environment is used (PROXMOX_VE_ENDPOINT, PROXMOX_VE_API_TOKEN)';

async function printProviders(context: CliContext, providers: readonly ProviderRow[]): Promise<void> {
  const view: View<readonly ProviderRow[], ProviderRow> = {
    columns: PROVIDER_COLUMNS,
    rows: (value) => value,
    ref: ({ name }) => name,
    empty: EMPTY,
  };
  await context.output.print(providers, view);
}

export function listProvidersCommand(context: CliContext): Command {
  return offering(new Command('list'), keysOf(PROVIDER_COLUMNS))
    .description('list the stored providers')
    .option('--all', 'also list removed providers')
    .addHelpText('after', '\nExamples:\n  $ rollcall providers list\n  $ rollcall providers list --all -o wide')
    .action(async ({ all }: { all?: true }) => {
      const { provider } = context.options;
      const query = { ...(provider && { provider }), ...(all && { includeRemoved: true }) };
      await printProviders(context, await (await context.app.inventory()).listProviders(query));
    });
}
