import { Command, Option } from 'commander';
import type { Target } from '../../app/config/select-providers.ts';
import { parseDurationMs } from '../../text/time.ts';
import type { CliContext } from '../context.ts';
import { statusOfResult, worstStatus } from '../exit-status.ts';
import {
  acceptRemovalsOption,
  askPowerOption,
  concurrencyOption,
  guestBudgetOption,
  maxGuestsOption,
  parallelOption,
  timeoutOption,
} from '../options.ts';
import { afterTrust } from '../providers/offer-trust.ts';
import { discoverView, problemsOf } from '../runs/discover-view.ts';
import { type SyncMethod, syncTargets, tellProblems } from '../runs/run-sync.ts';

interface DiscoverOptions {
  acceptRemovals?: true;
  timeout: number;
  concurrency?: number;
  maxGuests: number;
  guestBudget: number;
  parallel: number;
  askPower?: true;
  wait?: number;
}

interface Discovery {
  name: string;
  method: SyncMethod;
  /** What it reads, in the plural. */
  noun: string;
}

const DISCOVERIES: readonly Discovery[] = [
  { name: 'discover-all', method: 'syncAll', noun: 'nodes, guests, storages and tasks' },
  { name: 'discover-vms', method: 'syncVMs', noun: 'virtual machines' },
  { name: 'discover-containers', method: 'syncContainers', noun: 'containers' },
  { name: 'discover-storage', method: 'syncStorage', noun: 'storages' },
  { name: 'discover-tasks', method: 'syncTasks', noun: 'tasks' },
  { name: 'discover-nodes', method: 'syncNodes', noun: 'nodes' },
];

function help(name: string): string {
  return `
Providers are read in parallel, and the failure of one does not affect the others. Nothing is written to Proxmox VE. If another
process is syncing a provider, the run of that provider fails and says which process it is and since when; --wait 60 waits up to
a minute for it to end. --quiet prints only problems, for cron.
With -o json or yaml the result is always a list with one sync result for each provider.

Examples:
  $ rollcall ${name}
  $ rollcall ${name} --provider prod --timeout 5m
  $ rollcall ${name} --quiet --wait 60
  $ rollcall ${name} -o json | jq '.[].summary'`;
}

/** One of the commands `discover-…`. */
export function discoverCommand(name: string): (context: CliContext) => Command {
  const discovery = DISCOVERIES.find((one) => one.name === name);
  if (discovery === undefined) throw new Error(`there is no command ${name}`);
  return (context) => createCommand(context, discovery);
}

function createCommand(context: CliContext, { name, method, noun }: Discovery): Command {
  return new Command(name)
    .description(`read ${noun} of every provider, record them, and print what was created, removed and changed`)
    .addOption(acceptRemovalsOption())
    .addOption(timeoutOption())
    .addOption(concurrencyOption())
    .addOption(maxGuestsOption())
    .addOption(guestBudgetOption())
    .addOption(askPowerOption())
    .addOption(parallelOption())
    .addOption(
      new Option('--wait <seconds>', 'wait this long for the run of another process to end').argParser((text) =>
        /^\d+$/.test(text) ? Number(text) * 1000 : parseDurationMs(text),
      ),
    )
    .addHelpText('after', help(name))
    .action(async ({ acceptRemovals, timeout, wait, guestBudget, askPower, ...options }: DiscoverOptions) => {
      const targets = await context.app.targets();
      const sync = (some: readonly Target[]) =>
        syncTargets(context, some, {
          ...options,
          method,
          acceptRemovals: acceptRemovals === true,
          timeoutMs: timeout,
          waitMs: wait,
          innerBudgetMs: guestBudget,
          asksPower: askPower === true,
        });
      const synced = await afterTrust(context, targets, { results: await sync(targets), sync });
      const { markResults } = await import('../imports/mark-results.ts');
      const results = await markResults(context, synced);
      context.status = worstStatus(results.map(statusOfResult));
      const isTold = context.options.quiet !== true || context.options.output !== 'table';
      if (isTold) await context.output.print(results, await discoverView(context, results, noun));
      else for (const { message, hint } of results.flatMap(problemsOf)) context.output.problem(message, hint);
      tellProblems(context, results);
      const removed = new Set(results.flatMap(({ removedHosts }) => removedHosts.map(({ id }) => id)));
      await context.warnOfOrphans(context.options.quiet ? removed : undefined);
      const { deliverAfterRun } = await import('../notify/deliver-after.ts');
      await deliverAfterRun(context);
    });
}
