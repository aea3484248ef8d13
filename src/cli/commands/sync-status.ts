import { Command } from 'commander';
import type { EndpointHealth } from '../../types/endpoint.ts';
import { holderName } from '../../types/holder.ts';
import type { ProviderStatus, WatchState } from '../../types/inventory.ts';
import type { Issue } from '../../types/observation.ts';
import { skewOf, skewText } from '../../types/server-clock.ts';
import type { CliContext } from '../context.ts';
import { offering } from '../options.ts';
import { type Column, keysOf, type Tone } from '../output/column.ts';
import { formatAge, formatDuration, formatLocal, formatNextTry, plural } from '../output/format.ts';
import type { View } from '../output/output.ts';

const CLOCKS_MS = 30_000;

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
    isSolid: true,
    header: 'LAST RUN',
    raw: ({ lastRun }) => lastRun?.finishedAt,
    text: ({ lastRun }, { now }) => formatAge(lastRun?.finishedAt ?? null, now),
  },
  {
    key: 'lastComplete',
    spare: 2,
    isSolid: true,
    header: 'LAST COMPLETE',
    raw: ({ lastCompleteAt }) => lastCompleteAt,
    text: ({ lastCompleteAt }, { now }) => formatAge(lastCompleteAt, now),
  },
  { key: 'present', raw: ({ guests }) => guests.present, align: 'right', spare: 3 },
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
  {
    key: 'nextRun',
    header: 'NEXT RUN',
    raw: ({ nextRunAt }) => nextRunAt,
    text: ({ nextRunAt, watch }, { now }) => (watch.pausedAt !== null ? 'paused' : dueText(nextRunAt, now)),
    tone: ({ watch }) => (watch.pausedAt !== null ? 'bad' : 'plain'),
    detail: (rows) => rows.some(({ nextRunAt, watch }) => nextRunAt !== null || watch.pausedAt !== null),
  },
  {
    key: 'watcher',
    spare: 1,
    raw: ({ watch }) => watch.watcher?.holder,
    text: ({ watch }, { now }) => (isThere(watch, now) ? holderName(watch.watcher?.holder ?? '') : ''),
    detail: (rows) => rows.some(({ watch }) => watch.watcher !== null),
  },
  {
    key: 'running',
    raw: ({ lease }) => lease?.holder,
    text: ({ lease }, { now }) =>
      lease === null ? '' : `${holderName(lease.holder)} for ${formatDuration(now.getTime() - lease.since.getTime())}`,
    detail: (rows) => rows.some(({ lease }) => lease !== null),
  },
];

const HELP = `
\`verify\` does not cover runs and their outcomes.

Examples:
  $ rollcall sync-status
  $ rollcall sync-status -o json | jq '.[] | select(.lastRun.outcome != "complete")'`;

export function syncStatusCommand(context: CliContext): Command {
  return offering(new Command('sync-status'), keysOf(COLUMNS))
    .addHelpText('after', HELP)
    .action(async () => {
      const { provider } = context.options;
      const statuses = await (await context.app.inventory()).syncStatus({ ...(provider && { provider }) });
      const view: View<readonly ProviderStatus[], ProviderStatus> = {
        columns: COLUMNS,
        rows: (value) => value,
        ref: ({ providerName }) => providerName,
        empty:
          'nothing is watched yet: set PROXMOX_VE_ENDPOINT and PROXMOX_VE_API_TOKEN and run `rollcall discover-all`',
        layout: (value, draw) => [
          draw.table(value),
          ...value.flatMap((status) => details(status, draw.now)).map((line) => draw.line(line)),
        ],
      };
      await context.output.print(statuses, view);
      await context.warnOfOrphans();
    });
}

function details(status: ProviderStatus, now: Date): string[] {
  const { providerName, lastRun, incomplete, unobservable, unavailableStorages, held, endpoints, watch } = status;
  const lines = [
    ...(lastRun?.error ? [`last run failed: ${lastRun.error.message}`] : []),
    ...watchLines(watch, { providerName, now }),
    ...clockLines(lastRun?.warnings ?? []),
    ...endpoints.filter(isDown).map((endpoint) => downText(endpoint, now)),
    ...incompleteLines(incomplete, now),
    ...unobservable.map(({ reason, count }) => `${plural(count, 'guest')} unobservable: ${reason}`),
    ...unavailableStorages.map(({ name, nodes }) => `storage ${name} is not available on ${nodes.join(', ')}`),
    ...held.map(
      ({ nativeId, name, reason, runs, firstHeldAt }) =>
        `removal of ${nativeId}${name === null ? '' : ` ${name}`} held back since ${formatLocal(firstHeldAt)} (${plural(runs, 'run')}): ${reason}`,
    ),
  ];
  return lines.length === 0 ? [] : ['', `${providerName}:`, ...lines.map((line) => `  ${line}`)];
}

/** What the rights leave out is one line, however many nodes there are. */
function incompleteLines(incomplete: ProviderStatus['incomplete'], now: Date): string[] {
  const limited = incomplete.filter(({ issue, missing }) => issue?.code === 'filtered' && missing !== undefined);
  const [first] = limited;
  const since = (time: Date): string => `since ${formatLocal(time)} (${formatAge(time, now)})`;
  const byRights = [...new Set(limited.flatMap(({ missing = [] }) => missing))].join(', ');
  return [
    ...(first === undefined ? [] : [`limited by its rights ${since(first.since)}: the token lacks ${byRights}`]),
    ...incomplete
      .filter((one) => !limited.includes(one))
      .map(
        ({ scope, since: from, issue }) =>
          `${scope} not seen whole ${since(from)}${issue === null ? '' : `: ${issue.message}`}`,
      ),
  ];
}

function clockLines(warnings: readonly Issue[]): string[] {
  const skewMs = skewOf(warnings);
  return skewMs === 0 ? [] : [skewText(skewMs)];
}

function watchLines(watch: WatchState, { providerName, now }: { providerName: string; now: Date }): string[] {
  const { pausedAt, pauseReason, failures, retryAt, watcher } = watch;
  if (pausedAt !== null) {
    const why = pauseReason === null ? '' : `: ${pauseReason}`;
    return [`paused since ${formatLocal(pausedAt)}${why}; \`rollcall providers enable ${providerName}\` resumes it`];
  }
  const retry = retryAt === null ? '' : `, ${formatNextTry(retryAt, now)}`;
  return [
    ...(failures > 0 ? [`${plural(failures, 'run')} failed in a row${retry}`] : []),
    ...(watcher !== null && !isThere(watch, now) ? [`its watcher ${holderName(watcher.holder)} is gone`] : []),
  ];
}

/** The clocks of two machines may differ a little. */
function isThere({ watcher }: WatchState, now: Date): boolean {
  return watcher !== null && watcher.until.getTime() > now.getTime() - CLOCKS_MS;
}

function dueText(at: Date | null, now: Date): string {
  if (at === null) return '';
  return at > now ? `in ${formatDuration(at.getTime() - now.getTime())}` : 'due';
}

/** An address that the cluster told of and that never answered is none that anybody counts on. */
function isDown({ failures, isConfigured, lastOkAt }: EndpointHealth): boolean {
  return failures > 0 && (isConfigured || lastOkAt !== null);
}

function downText({ url, node, error, lastOkAt, retryAt }: EndpointHealth, now: Date): string {
  const name = node === null ? url : `${url} (${node})`;
  const answered = lastOkAt === null ? 'it never answered' : `last answer ${formatLocal(lastOkAt)}`;
  const retry = retryAt !== null && retryAt > now ? `, ${formatNextTry(retryAt, now)}` : '';
  return `${name} cannot be used: ${error ?? 'the connection failed'}; ${answered}${retry}`;
}
