import { parseDurationMs } from '../../text/time.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderSchedule } from '../../types/inventory.ts';

/** What the command line says about when `watch` syncs a provider. */
export interface ScheduleFlags {
  /** `5m`, `off`. */
  interval?: string;
  /** A cron expression, `off`. */
  cron?: string;
  autoDiscover?: boolean;
}

/** What of the schedule changes. Throws AppError('usage'). */
export async function toSchedule({ interval, cron, autoDiscover }: ScheduleFlags): Promise<Partial<ProviderSchedule>> {
  const minutes = interval === undefined ? undefined : toMinutes(interval);
  const expression = cron === undefined ? undefined : await toExpression(cron);
  if (minutes && expression) {
    throw new AppError('usage', '--interval and --cron contradict each other', { hint: 'give one of them' });
  }
  return {
    // One takes the place of the other.
    ...(minutes !== undefined && { discoverInterval: minutes, ...(minutes !== null && { discoverCron: null }) }),
    ...(expression !== undefined && {
      discoverCron: expression,
      ...(expression !== null && { discoverInterval: null }),
    }),
    ...(autoDiscover !== undefined && { autoDiscover }),
  };
}

/** null for `off`. */
function toMinutes(text: string): number | null {
  if (text === 'off') return null;
  const ms = parseDurationMs(text);
  if (ms < 60_000) throw new AppError('usage', `'${text}' is too short an interval`, { hint: 'write 5m or 1h' });
  if (ms % 60_000 !== 0) {
    throw new AppError('usage', `'${text}' is no whole number of minutes`, { hint: 'write 5m or 1h' });
  }
  return ms / 60_000;
}

/** null for `off`. */
async function toExpression(text: string): Promise<string | null> {
  if (text === 'off') return null;
  const { Cron } = await import('croner');
  const hint = "write five fields, minute first: '*/10 * * * *' every ten minutes, '30 2 * * *' at half past two";
  let next: Date | null;
  try {
    next = new Cron(text, { paused: true, mode: '5-part' }).nextRun();
  } catch {
    throw new AppError('usage', `'${text}' is no cron expression`, { hint });
  }
  if (next === null) throw new AppError('usage', `'${text}' never comes`, { hint });
  return text;
}
