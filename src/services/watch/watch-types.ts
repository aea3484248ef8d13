import type { ProviderConfig } from '../../types/provider.ts';
import type { SyncResult } from '../../types/sync-result.ts';
import type { SyncService } from '../sync/sync-service.ts';

/** A provider to watch, as currently configured by the command line, the environment and the database. */
export interface WatchTarget {
  name: string;
  /** Stored if the provider is not in the database yet. */
  config: ProviderConfig;
  /** The connection is reopened when this text changes. */
  settings: string;
  open(): Promise<OpenedSync>;
}

/** A connection that stays open between runs. */
export interface OpenedSync {
  service: Pick<SyncService, 'syncAll' | 'syncChanged'>;
  /** Requests to the cluster so far. */
  requestCount(): number;
  close(): void;
}

export type Level = 'info' | 'warn' | 'error';

/** The outcome of a full run or of a poll. */
export interface RunReport {
  provider: string;
  /** `run`: a full run; `feeds`: a poll, with the partial run that it may have caused. */
  kind: 'run' | 'feeds';
  /** null for a poll without changes. */
  result: SyncResult | null;
  durationMs: number;
  /** Requests to the cluster. */
  calls: number;
}

/** Receives everything that `watch` reports. */
export interface WatchReport {
  say(level: Level, message: string, about?: { provider?: string; hint?: string | undefined }): void;
  ended(run: RunReport): Promise<void> | void;
  /** The providers that this process has claimed. */
  watches(providers: readonly { name: string; isPaused: boolean }[]): void;
}

export interface WatchOptions {
  /** For providers with neither an interval nor a cron expression of their own. */
  intervalMs: number;
  /** Time between two polls of the feeds; null disables them. */
  feedIntervalMs: number | null;
  /** Number of concurrent full runs. */
  parallel: number;
  /** Deadline of a full run, and of a poll with its partial run. */
  timeoutMs: number;
  /** How long a run in progress may continue after the stop signal. */
  graceMs: number;
  /** Wait after the first failure. */
  retryMs: number;
}
