import type { ProviderConfig } from '../../types/provider.ts';
import type { SyncResult } from '../../types/sync-result.ts';
import type { SyncService } from '../sync/sync-service.ts';

/** A provider to watch, as the command line, the environment and the database describe it at this moment. */
export interface WatchTarget {
  name: string;
  /** What is stored of it when it is not in the database yet. */
  config: ProviderConfig;
  /** Differs when the connection has to be opened anew. */
  settings: string;
  open(): Promise<OpenedSync>;
}

/** A connection that stays open between runs. */
export interface OpenedSync {
  service: Pick<SyncService, 'syncAll' | 'syncNews'>;
  /** Requests to the cluster so far. */
  requestCount(): number;
  close(): void;
}

export type Level = 'info' | 'warn' | 'error';

/** What became of a run or of a look at the feeds. */
export interface RunReport {
  provider: string;
  /** A full run, or a look at the cheap feeds. */
  kind: 'run' | 'feeds';
  /** null: a look at the feeds that found nothing. */
  result: SyncResult | null;
  durationMs: number;
  /** Requests to the cluster. */
  calls: number;
}

/** Where `watch` tells what it does. */
export interface WatchReport {
  say(level: Level, message: string, about?: { provider?: string; hint?: string | undefined }): void;
  ended(run: RunReport): Promise<void> | void;
  /** The providers that this process looks after. */
  watches(providers: readonly { name: string; isPaused: boolean }[]): void;
}

export interface WatchOptions {
  /** Of providers that have neither an interval nor a cron expression of their own. */
  intervalMs: number;
  /** Between two looks at the feeds; null: none. */
  feedIntervalMs: number | null;
  /** Full runs at a time. */
  parallel: number;
  /** How long a full run, or a look at the feeds with what it reads, may take. */
  timeoutMs: number;
  /** How long a run in progress may go on after the end was asked for. */
  graceMs: number;
  /** First wait after a failure. */
  retryMs: number;
}
