import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { statusOfResult, worstStatus } from '../exit-status.ts';
import { acceptRemovalsOption, concurrencyOption, timeoutOption } from '../options.ts';
import { discoverView } from './discover-view.ts';
import { type SyncMethod, syncTargets, tellProblems } from './run-sync.ts';

interface DiscoverOptions {
  acceptRemovals?: true;
  timeout?: number;
  concurrency?: number;
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
Providers are read side by side, and one that fails does not spoil the others. Nothing is written to Proxmox VE.
With -o json or yaml the result is always a list with one sync result for each provider.

Examples:
  $ rollcall ${name}
  $ rollcall ${name} --provider prod --timeout 5m
  $ rollcall ${name} --quiet || echo "see rollcall sync-status"
  $ rollcall ${name} -o json | jq '.[].summary'`;
}

export const discoverCommands = DISCOVERIES.map(
  (discovery) => (context: CliContext) => discoverCommand(context, discovery),
);

function discoverCommand(context: CliContext, { name, method, noun }: Discovery): Command {
  return new Command(name)
    .summary(`read and record ${noun}`)
    .description(`read ${noun} of every provider, record them, and print what is new, gone and changed`)
    .addOption(acceptRemovalsOption())
    .addOption(timeoutOption())
    .addOption(concurrencyOption())
    .addHelpText('after', help(name))
    .action(async ({ acceptRemovals, timeout, concurrency }: DiscoverOptions) => {
      const results = await syncTargets(context, await context.targets(), {
        method,
        trigger: 'manual',
        acceptRemovals: acceptRemovals === true,
        timeoutMs: timeout,
        concurrency,
      });
      context.status = worstStatus(results.map(statusOfResult));
      if (context.options.quiet !== true || context.options.output !== 'table') {
        await context.output.print(results, await discoverView(context, results, noun));
      }
      tellProblems(context, results);
    });
}
