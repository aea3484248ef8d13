import type { Provider } from '../../../src/protocol/resources.ts';

export function scheduleText({ schedule }: Pick<Provider, 'schedule'>): string {
  if (!schedule.autoDiscover) return 'by hand';
  if (schedule.discoverCron !== null) return `cron ${schedule.discoverCron}`;
  if (schedule.discoverInterval !== null) return `every ${schedule.discoverInterval} min`;
  return 'as the watcher is set';
}
