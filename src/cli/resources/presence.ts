import type { ProviderStatus } from '../../types/inventory.ts';
import { skewOf, skewText } from '../../types/server-clock.ts';
import { compileWildcard } from '../../types/wildcard.ts';
import type { CliContext } from '../context.ts';
import { formatAge, formatLocal, plural } from '../output/format.ts';

/** `lab: as of 3 min ago, complete`, and what could not be observed. For a past time, that time. */
export async function dataAge(context: CliContext, at?: Date): Promise<string[]> {
  if (at !== undefined) return [`as it was at ${formatLocal(at)}`];
  const { provider: names } = context.options;
  const all = await (await context.app.inventory()).syncStatus();
  const statuses = all.filter(({ providerName }) => !names || names.some((one) => compileWildcard(one)(providerName)));
  const now = context.now();
  if (all.length === 0) return ['nothing has been recorded yet: run `rollcall discover-all`'];
  return statuses.flatMap((status) => [
    ageLine(status, now),
    ...clockLines(status),
    ...unobservableLines(status, now),
    ...heldLines(status),
  ]);
}

function ageLine({ providerName, lastListedAt, lastRun }: ProviderStatus, now: Date): string {
  if (lastRun === null) return `${providerName}: never synced`;
  const outcome =
    lastRun.outcome === 'complete' ? 'complete' : `last run ${lastRun.outcome} ${formatAge(lastRun.finishedAt, now)}`;
  const asOf = lastRun.outcome === 'failed' ? lastListedAt : lastRun.finishedAt;
  return `${providerName}: as of ${formatAge(asOf, now)}, ${outcome}`;
}

function clockLines({ providerName, lastRun }: ProviderStatus): string[] {
  const skewMs = skewOf(lastRun?.warnings ?? []);
  return skewMs === 0 ? [] : [`${providerName}: ${skewText(skewMs)}`];
}

function unobservableLines({ providerName, unobservable }: ProviderStatus, now: Date): string[] {
  return unobservable.map(({ reason, count, since }) => {
    const ago = since === null ? '' : ` since ${formatAge(since, now)}`;
    return `${providerName}: ${plural(count, 'guest')} unobservable${ago}: ${reason}`;
  });
}

function heldLines({ providerName, held }: ProviderStatus): string[] {
  if (held.length === 0) return [];
  return [`${providerName}: ${plural(held.length, 'removal')} held back (see \`rollcall sync-status\`)`];
}

/** Says when the history begins, where a time before that was asked for. */
export async function noteBegin(context: CliContext, at: Date | undefined): Promise<void> {
  if (at === undefined) return;
  const { beginText } = await import('./history-begin.ts');
  const text = await beginText(context, at);
  if (text !== null) context.output.note(text);
}
