import type { RunReport, WatchReport } from '../../services/watch/watch-types.ts';
import type { Issue } from '../../types/observation.ts';
import type { SyncResult } from '../../types/sync-result.ts';
import { changePrinter } from '../changes/follow-changes.ts';
import type { CliContext } from '../context.ts';
import type { WatchDeliveries } from '../notify/watch-deliveries.ts';
import { formatLocal, plural } from '../output/format.ts';
import type { WatchLog } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Prints each result as a line on standard output. Errors and new warnings go to the log. */
export function watchReport(
  context: CliContext,
  log: WatchLog,
  { metrics, deliveries }: { metrics: Metrics | null; deliveries: Pick<WatchDeliveries, 'wake'> },
): WatchReport {
  const told = new Map<string, ReadonlySet<string>>();
  const printRows = changeRows(context);
  return {
    say: (level, message, about) => log.say(level, message, about),
    async ended(run) {
      metrics?.ended(run, context.now());
      const { provider, result, kind } = run;
      if (result === null) return;
      deliveries.wake();
      context.output.result(result, resultLine(run, result, context.now()));
      await printRows(result);
      if (result.error) log.say('error', result.error.message, { provider, hint: result.error.hint });
      if (kind !== 'run' || result.outcome === 'failed') return;
      const before = told.get(provider);
      for (const issue of result.warnings)
        if (!before?.has(keyOf(issue))) log.say('warn', issue.message, { provider, hint: issue.hint });
      told.set(provider, new Set(result.warnings.map(keyOf)));
    },
    watches(providers) {
      metrics?.watches(providers.map(({ name }) => name));
    },
  };
}

/** Prints the changes of a run as rows of `show-changes`. JSON has them in the result. */
function changeRows(context: CliContext): (result: SyncResult) => Promise<void> {
  if (context.options.output === 'json') return async () => undefined;
  const print = changePrinter(context, { hasHead: false });
  return async ({ runId }) => {
    if (runId !== null) await print(await (await context.app.history()).listChanges({ run: runId }));
  };
}

/** The message about clock skew varies by a second from run to run, so its code identifies it. */
function keyOf({ code, message }: Issue): string {
  return code === 'clock-skew' ? code : message;
}

function resultLine({ kind }: RunReport, { providerName, outcome, summary }: SyncResult, now: Date): string {
  const { total, new: appeared, removed, changed } = summary;
  const what = `${plural(total, 'guest')}, ${appeared} created, ${removed} removed, ${changed} changed`;
  return `${formatLocal(now)} ${providerName}: ${kind === 'feeds' ? 'poll' : outcome}, ${what}`;
}
