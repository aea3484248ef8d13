import { Command } from 'commander';
import type { ProviderRow } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import { formatAge, formatLocal } from '../output/format.ts';
import type { View } from '../output/output.ts';
import { actorText, allowText, credentialText, scheduleText, stateOf, trustText } from '../providers/provider-words.ts';
import { PROVIDER_COLUMNS } from './providers-list.ts';

export function showProviderCommand(context: CliContext): Command {
  return new Command('show')
    .description('show one stored provider')
    .argument('<name>')
    .addHelpText('after', '\nExamples:\n  $ rollcall providers show prod\n  $ rollcall providers show prod -o json')
    .action(async (name: string) => {
      const view: View<ProviderRow, ProviderRow> = {
        columns: PROVIDER_COLUMNS,
        rows: (value) => [value],
        ref: (row) => row.name,
        layout: (row, draw) => [draw.plain(sheet(row, draw.now))],
      };
      await context.output.print(await context.app.storedProvider(name), view);
    });
}

function sheet(provider: ProviderRow, now: Date): { key: string; value: string }[] {
  const actor = actorText(provider);
  const { clusterName, nodeNames, schedule, tls, pausedAt, pauseReason } = provider;
  const paused =
    pausedAt === null ? '' : ` since ${formatLocal(pausedAt)}${pauseReason === null ? '' : `: ${pauseReason}`}`;
  return Object.entries({
    name: provider.name,
    id: provider.id,
    state: `${stateOf(provider)}${paused}`,
    cluster: clusterName ?? '-',
    nodes: nodeNames.length === 0 ? '-' : nodeNames.join(', '),
    endpoints: provider.endpoints.join(', '),
    trust: trustText(tls),
    ...pinLines(provider),
    credential: credentialText(provider.credential),
    allowed: allowText(provider.allow),
    ...(actor !== null && { 'acts as': actor }),
    interval: scheduleText(schedule) || '-',
    'last run': formatAge(provider.lastRunAt, now),
    'last complete': formatAge(provider.lastCompleteAt, now),
  }).map(([key, value]) => ({ key, value }));
}

function pinLines({ tls }: ProviderRow): Record<string, string> {
  if (tls.mode !== 'fingerprint') return {};
  const pins = Object.entries(tls.pins ?? {}).map(([where, pin]) => [`pin of ${where}`, pin]);
  return { ...(tls.sha256 !== '' && { pin: tls.sha256 }), ...Object.fromEntries(pins) };
}
