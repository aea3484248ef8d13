import type { RunReport } from '../../services/watch/watch-types.ts';
import type { ProviderStatus } from '../../types/inventory.ts';
import { escapeText } from '../output/escape.ts';

/** The metrics that Prometheus scrapes. Labels name providers, outcomes and endpoints, never guests or secrets. */
export interface Metrics {
  readonly contentType: string;
  ended(run: RunReport, now: Date): void;
  watches(names: readonly string[]): void;
  render(): Promise<string>;
}

const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800];

/** Loads prom-client. Calls `readStatus` at each scrape; if the database does not answer, its gauges are left out. */
export async function openMetrics(readStatus: () => Promise<readonly ProviderStatus[]>): Promise<Metrics> {
  const { default: prom } = await import('prom-client');
  const registry = new prom.Registry();
  prom.collectDefaultMetrics({ register: registry });
  const shared = { registers: [registry] };
  const counter = (name: string, help: string, ...labelNames: string[]) => {
    const made = new prom.Counter({
      name: `rollcall_${name}`,
      help,
      labelNames: ['provider', ...labelNames],
      ...shared,
    });
    return { inc: (labels: Labels, by = 1) => made.inc(escapeLabels(labels), by) };
  };
  const gauge = (name: string, help: string, ...labelNames: string[]): Gauge => {
    const made = new prom.Gauge({ name: `rollcall_${name}`, help, labelNames: ['provider', ...labelNames], ...shared });
    return { set: (labels, value) => made.set(escapeLabels(labels), value), reset: () => made.reset() };
  };
  const runs = counter('runs_total', 'Runs that ended: full runs and partial runs', 'kind', 'outcome');
  const requests = counter('cluster_requests_total', 'Requests to the cluster');
  const changes = counter('changes_total', 'Guests that were recorded as new, gone or changed');
  const polls = counter('feed_looks_total', 'Polls of the feeds', 'outcome');
  const success = gauge('last_success_timestamp_seconds', 'End of the last run that did not fail');
  const claimed = gauge('watched', 'Whether this process has claimed the provider');
  const durations = new prom.Histogram({
    name: 'rollcall_run_duration_seconds',
    help: 'How long runs took',
    labelNames: ['provider', 'kind'],
    buckets: SECONDS,
    ...shared,
  });
  const stored = storedGauges(gauge);
  return {
    contentType: registry.contentType,
    ended({ provider, kind, result, durationMs, calls }, now) {
      requests.inc({ provider }, calls);
      // Dashboards use the name of this metric and its outcomes, so they keep their first wording.
      if (kind === 'feeds')
        polls.inc({ provider, outcome: result === null ? 'nothing' : result.success ? 'news' : 'failed' });
      if (result === null) return;
      runs.inc({ provider, kind, outcome: result.outcome });
      durations.observe(escapeLabels({ provider, kind }), durationMs / 1000);
      if (result.outcome === 'failed') return;
      success.set({ provider }, now.getTime() / 1000);
      changes.inc({ provider }, result.summary.new + result.summary.removed + result.summary.changed);
    },
    watches(names) {
      claimed.reset();
      for (const provider of names) claimed.set({ provider }, 1);
    },
    async render() {
      const statuses = await readStatus().catch(() => []);
      for (const one of stored) one.set(statuses);
      return registry.metrics();
    },
  };
}

type Labels = Readonly<Record<string, string>>;
type Gauge = { set(labels: Labels, value: number): void; reset(): void };

/** Names come from servers and from the database, and people print metrics in terminals. */
function escapeLabels(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, escapeText(value)]));
}

/** Gauges of what is in the database, whichever process wrote it. */
function storedGauges(gauge: (name: string, help: string, ...labels: string[]) => Gauge) {
  const of = (made: Gauge, fill: (status: ProviderStatus, made: Gauge) => void) => ({
    set(statuses: readonly ProviderStatus[]) {
      made.reset();
      for (const status of statuses) fill(status, made);
    },
  });
  return [
    of(gauge('guests', 'Guests in the inventory', 'presence'), ({ providerName: provider, guests }, made) => {
      for (const [presence, count] of Object.entries(guests)) made.set({ provider, presence }, count);
    }),
    of(gauge('endpoint_up', 'Whether an address of the cluster can be used', 'endpoint'), (status, made) => {
      for (const { url: endpoint, failures, lastOkAt } of status.endpoints) {
        if (lastOkAt !== null || failures > 0)
          made.set({ provider: status.providerName, endpoint }, failures > 0 ? 0 : 1);
      }
    }),
    of(gauge('lease_held', 'Whether a run is in progress, in any process'), ({ providerName: provider, lease }, made) =>
      made.set({ provider }, lease === null ? 0 : 1),
    ),
    of(gauge('failures', 'Runs that failed in a row'), ({ providerName: provider, watch }, made) =>
      made.set({ provider }, watch.failures),
    ),
    of(gauge('paused', 'Whether the credential was refused so often that it is no longer tried'), (status, made) =>
      made.set({ provider: status.providerName }, status.watch.pausedAt === null ? 0 : 1),
    ),
  ];
}
