import { Command } from 'commander';
import type { EndpointHealth } from '../../types/endpoint.ts';
import type { ProviderStatus } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import type { Column, Tone } from '../output/column.ts';
import { formatAge, formatDuration, formatLocal, plural } from '../output/format.ts';
import type { View } from '../output/output.ts';

const TONE: Readonly<Record<string, Tone>> = { complete: 'good', failed: 'bad' };

const COLUMNS: readonly Column<ProviderStatus>[] = [
  { key: 'provider', raw: ({ providerName }) => providerName },
  {
    key: 'outcome',
    raw: ({ lastRun }) => lastRun?.outcome ?? 'never synced',
    tone: ({ lastRun }) => TONE[lastRun?.outcome ?? ''] ?? 'warn',
  },
  {
    key: 'lastRun',
    header: 'LAST RUN',
    raw: ({ lastRun }) => lastRun?.finishedAt,
    text: ({ lastRun }, { now }) => formatAge(lastRun?.finishedAt ?? null, now),
  },
  {
    key: 'lastComplete',
    header: 'LAST COMPLETE',
    raw: ({ lastCompleteAt }) => lastCompleteAt,
    text: ({ lastCompleteAt }, { now }) => formatAge(lastCompleteAt, now),
  },
  { key: 'present', raw: ({ guests }) => guests.present, align: 'right' },
  { key: 'unobservable', raw: ({ guests }) => guests.unobservable, align: 'right' },
  { key: 'held', raw: ({ held }) => held.length, align: 'right' },
  { key: 'gone', raw: ({ guests }) => guests.gone, align: 'right', detail: 'wide' },
  {
    key: 'interval',
    raw: ({ schedule }) => schedule.discoverInterval,
    text: ({ schedule: { discoverInterval } }) =>
      discoverInterval === null ? '' : formatDuration(discoverInterval * 60_000),
    align: 'right',
    detail: 'wide',
  },
  {
    key: 'endpoints',
    raw: ({ endpoints }) => endpoints.filter((endpoint) => !isDown(endpoint) && endpoint.lastOkAt !== null).length,
    text: ({ endpoints }) =>
      `${endpoints.filter((endpoint) => !isDown(endpoint) && endpoint.lastOkAt !== null).length}/${endpoints.length}`,
    align: 'right',
    detail: 'wide',
  },
  { key: 'running', raw: ({ lease }) => lease?.holder, detail: (rows) => rows.some(({ lease }) => lease !== null) },
];

const HELP = `
Examples:
  $ rollcall sync-status
  $ rollcall sync-status -o json | jq '.[] | select(.lastRun.outcome != "complete")'`;

export function syncStatusCommand(context: CliContext): Command {
  return new Command('sync-status').addHelpText('after', HELP).action(async () => {
    const { provider } = context.options;
    const statuses = await (await context.inventory()).syncStatus({ ...(provider && { provider }) });
    const view: View<readonly ProviderStatus[], ProviderStatus> = {
      columns: COLUMNS,
      rows: (value) => value,
      ref: ({ providerName }) => providerName,
      empty: 'nothing is watched yet: set PROXMOX_VE_ENDPOINT and PROXMOX_VE_API_TOKEN and run `rollcall discover-all`',
      layout: (value, draw) => [draw.table(value), ...value.map((status) => details(status, draw.now))].join(''),
    };
    await context.output.print(statuses, view);
  });
}

function details(status: ProviderStatus, now: Date): string {
  const { providerName, lastRun, incomplete, unobservable, held, endpoints } = status;
  const lines = [
    ...(lastRun?.error ? [`last run failed: ${lastRun.error.message}`] : []),
    ...endpoints.filter(isDown).map((endpoint) => downText(endpoint, now)),
    ...incomplete.map(
      ({ scope, since, issue }) =>
        `${scope} not seen whole since ${formatLocal(since)} (${formatAge(since, now)})${issue === null ? '' : `: ${issue.message}`}`,
    ),
    ...unobservable.map(({ reason, count }) => `${plural(count, 'guest')} unobservable: ${reason}`),
    ...held.map(
      ({ vmid, name, reason, runs, firstHeldAt }) =>
        `removal of ${vmid}${name === null ? '' : ` ${name}`} held back since ${formatLocal(firstHeldAt)} (${plural(runs, 'run')}): ${reason}`,
    ),
  ];
  return lines.length === 0 ? '' : `\n${providerName}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

/** An address that the cluster told of and that never answered is none that anybody counts on. */
function isDown({ failures, isConfigured, lastOkAt }: EndpointHealth): boolean {
  return failures > 0 && (isConfigured || lastOkAt !== null);
}

function downText({ url, node, error, lastOkAt, retryAt }: EndpointHealth, now: Date): string {
  const name = node === null ? url : `${url} (${node})`;
  const answered = lastOkAt === null ? 'it never answered' : `last answer ${formatLocal(lastOkAt)}`;
  const retry = retryAt !== null && retryAt > now ? `, next try ${formatLocal(retryAt)}` : '';
  return `${name} cannot be used: ${error ?? 'the connection failed'}; ${answered}${retry}`;
}
