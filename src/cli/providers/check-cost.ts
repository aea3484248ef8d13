import { manifestOf } from '../../app/registry.ts';
import type { ConnectionCheck } from '../../providers/provider.ts';
import type { ProviderRow, ProviderSchedule, StoredRun } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import { plural } from '../output/format.ts';

/** Runs that are looked at. */
const MOST_RUNS = 50;
const MINUTES_A_DAY = 1_440;

/** How many requests the last full runs of a provider made. */
export async function checkCost(context: CliContext, row: ProviderRow): Promise<ConnectionCheck> {
  const runs = await (await context.app.inventory()).listRuns(row.id, MOST_RUNS);
  return { step: 'cost', ok: true, message: costText(runs, row.schedule, manifestOf(row).limits) };
}

/** Of stored runs, newest first. Pure. */
export function costText(
  runs: readonly Pick<StoredRun, 'counts'>[],
  { autoDiscover, discoverInterval }: Pick<ProviderSchedule, 'autoDiscover' | 'discoverInterval'>,
  limits: string | undefined,
): string {
  const requests = runs.flatMap(({ counts }) => counts.requests ?? []);
  const [last] = requests;
  const allowed = limits === undefined ? '' : `; the vendor takes ${limits}`;
  if (last === undefined) return `no run has counted its requests yet${allowed}`;
  const middle = medianOf(requests);
  const often = autoDiscover && discoverInterval !== null;
  const daily = often
    ? `, ${Math.round((MINUTES_A_DAY / discoverInterval) * middle)} a day at every ${discoverInterval} min`
    : '';
  return `${plural(last, 'request')} in the last run, ${middle} in the middle of ${plural(requests.length, 'run')}${daily}${allowed}`;
}

/** Of a list that is not empty. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
