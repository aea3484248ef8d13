import { Command } from 'commander';
import type { ProviderRow } from '../../types/inventory.ts';
import type { Credential, TlsTrust } from '../../types/provider.ts';
import { matches, noSuchProvider } from '../config/select-providers.ts';
import type { CliContext } from '../context.ts';
import type { Column } from '../output/column.ts';
import { formatAge, formatDuration } from '../output/format.ts';
import type { View } from '../output/output.ts';

function trustText(tls: TlsTrust): string {
  switch (tls.mode) {
    case 'system':
      return 'system CAs';
    case 'ca':
      return `CA ${tls.caFile}`;
    case 'fingerprint':
      return `fingerprint ${tls.sha256.slice(0, 11)}…`;
    case 'insecure':
      return 'INSECURE';
  }
}

function credentialText(credential: Credential): string {
  return credential.kind === 'token'
    ? `token ${credential.tokenId} (${credential.secretRef})`
    : `user ${credential.user} (${credential.passwordRef})`;
}

const COLUMNS: readonly Column<ProviderRow>[] = [
  { key: 'name', raw: ({ name }) => name },
  { key: 'cluster', raw: ({ clusterName }) => clusterName },
  { key: 'endpoints', raw: ({ endpoints }) => endpoints },
  { key: 'trust', raw: ({ tls }) => trustText(tls), tone: ({ tls }) => (tls.mode === 'insecure' ? 'warn' : 'plain') },
  { key: 'credential', raw: ({ credential }) => credentialText(credential) },
  {
    key: 'interval',
    raw: ({ schedule }) => schedule.discoverInterval,
    text: ({ schedule: { discoverInterval } }) => (discoverInterval === null ? '' : formatDuration(discoverInterval * 60_000)),
  },
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
    columns: COLUMNS,
    rows: (value) => value,
    ref: ({ name }) => name,
    empty: EMPTY,
  };
  await context.output.print(providers, view);
}

export function listProvidersCommand(context: CliContext): Command {
  return new Command('list')
    .description('list the stored providers')
    .addHelpText('after', '\nExamples:\n  $ rollcall providers list\n  $ rollcall providers list -o name')
    .action(async () => {
      const names = context.options.provider ?? [];
      const all = await (await context.inventory()).listProviders();
      await printProviders(
        context,
        all.filter(({ name }) => names.length === 0 || names.some((one) => matches(one, name))),
      );
    });
}

export function showProviderCommand(context: CliContext): Command {
  return new Command('show')
    .description('show one stored provider')
    .argument('<name>')
    .addHelpText('after', '\nExamples:\n  $ rollcall providers show prod\n  $ rollcall providers show prod -o json')
    .action(async (name: string) => {
      const all = await (await context.inventory()).listProviders();
      const provider = all.find((one) => one.name === name);
      if (!provider) throw noSuchProvider([name], all);
      const view: View<ProviderRow, ProviderRow> = {
        columns: COLUMNS,
        rows: (value) => [value],
        ref: (row) => row.name,
        layout: (row, draw) => draw.plain(sheet(row, draw.now)),
      };
      await context.output.print(provider, view);
    });
}

function sheet(provider: ProviderRow, now: Date): { key: string; value: string }[] {
  const { clusterName, nodeNames, schedule } = provider;
  const { discoverInterval } = schedule;
  return Object.entries({
    name: provider.name,
    id: provider.id,
    cluster: clusterName ?? '-',
    nodes: nodeNames.length === 0 ? '-' : nodeNames.join(', '),
    endpoints: provider.endpoints.join(', '),
    trust: trustText(provider.tls),
    credential: credentialText(provider.credential),
    interval: discoverInterval === null ? '-' : formatDuration(discoverInterval * 60_000),
    'last run': formatAge(provider.lastRunAt, now),
    'last complete': formatAge(provider.lastCompleteAt, now),
  }).map(([key, value]) => ({ key, value }));
}
