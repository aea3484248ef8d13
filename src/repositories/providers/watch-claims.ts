import * as z from 'zod';
import type { ProviderSchedule } from '../../types/inventory.ts';
import { PARTIAL_TRIGGERS } from '../../types/presence.ts';
import type { ProviderConfig, SealSettings } from '../../types/provider.ts';
import type { Connection } from '../db/connection.ts';
import { momentSql } from '../db/database-clock.ts';
import { placeholder } from '../db/dialect.ts';
import { decode } from '../db/stored-json.ts';
import { stampProvider } from '../feed/feed-head.ts';
import { ensureProvider } from './ensure-provider.ts';

/** The fields of a provider that `watch` needs. Times are this machine's, even if the database has its own clock. */
export interface WatchRow {
  id: string;
  name: string;
  isEnabled: boolean;
  schedule: ProviderSchedule;
  lastRunAt: Date | null;
  /** Number of consecutive failed runs. */
  failures: number;
  retryAt: Date | null;
  pausedAt: Date | null;
  pauseReason: string | null;
  claim: { holder: string; isOver: boolean } | null;
  isRunning: boolean;
}

const TTL_MS = 30_000;
const NOW = z.array(z.object({ now: z.coerce.date() }));
const ERROR = z.object({ code: z.string() }).nullable();
const REQUESTED = z.array(z.string());
/** The search for the last full run reads this many runs; some of them may be runs of single scopes, started by hand. */
const MOST_RUNS = 50;

/** Records which `watch` looks after which provider, and its failures. Shared by all processes of one database. */
export class WatchClaims {
  readonly #connection: Pick<Connection, 'db' | 'provider' | 'reader' | 'writer'>;
  readonly #seal: SealSettings;

  constructor(connection: Pick<Connection, 'db' | 'provider' | 'reader' | 'writer'>, seal: SealSettings = () => '') {
    this.#connection = connection;
    this.#seal = seal;
  }

  async list(now: Date): Promise<WatchRow[]> {
    const databaseNow = await this.#now(now);
    const rows = await this.#connection.db.provider.findMany({
      where: { removedAt: null },
      orderBy: { name: 'asc' },
      omit: { endpoints: true, tls: true, credential: true, identity: true, permissions: true, incompleteSince: true },
    });
    const isOver = (until: Date | null) => until === null || until < databaseNow;
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      isEnabled: row.isEnabled,
      schedule: {
        autoDiscover: row.autoDiscover,
        discoverInterval: row.discoverInterval,
        discoverCron: row.discoverCron,
      },
      lastRunAt: row.lastRunAt,
      failures: row.failures,
      retryAt: row.retryAt && new Date(row.retryAt.getTime() - databaseNow.getTime() + now.getTime()),
      pausedAt: row.pausedAt,
      pauseReason: row.pauseReason,
      claim: row.watchHolder === null ? null : { holder: row.watchHolder, isOver: isOver(row.watchUntil) },
      isRunning: row.leaseHolder !== null && !isOver(row.leaseUntil),
    }));
  }

  /** Stores a provider that only the environment describes, so that it can be claimed. */
  async ensure(config: ProviderConfig, now: Date): Promise<void> {
    await ensureProvider(this.#connection, config, { now, seal: this.#seal });
  }

  /** Claims a provider that is unclaimed, or that `from` has claimed until now; false if another process was faster. */
  async take(id: string, { holder, from, now }: { holder: string; from: string | null; now: Date }): Promise<boolean> {
    const { writer, provider } = this.#connection;
    const [first, second, third] = [1, 2, 3].map((index) => placeholder(provider, index));
    const moment = momentSql(provider, now);
    const sql = `UPDATE "providers" SET "watchHolder" = ${first}, "watchSince" = ${moment},
        "watchUntil" = ${momentSql(provider, now, TTL_MS)}
      WHERE "id" = ${second} AND ("watchHolder" IS NULL OR "watchHolder" = ${third} OR "watchUntil" < ${moment})
      RETURNING "id"`;
    const taken = await writer.write({ sql, values: [holder, id, from ?? ''], noun: 'claim' }, () => true);
    return taken.length > 0;
  }

  /** Extends all claims of a holder by another 30 s. Claims that another holder took over are not extended. */
  async renew(holder: string, now: Date): Promise<void> {
    const { db, provider } = this.#connection;
    const until = momentSql(provider, now, TTL_MS);
    const sql = `UPDATE "providers" SET "watchUntil" = ${until} WHERE "watchHolder" = ${placeholder(provider, 1)}`;
    await db.$executeRawUnsafe(sql, holder);
  }

  /** Releases one claim, or all. */
  async release(holder: string, id?: string): Promise<void> {
    await this.#connection.db.provider.updateMany({
      where: { watchHolder: holder, ...(id !== undefined && { id }) },
      data: { watchHolder: null, watchSince: null, watchUntil: null },
    });
  }

  /** Counts a failure. With a reason, the provider is paused until somebody enables it. */
  async recordFailure(
    id: string,
    { now, retryAfterMs, pauseReason }: { now: Date; retryAfterMs: number; pauseReason: string | null },
  ): Promise<void> {
    const { writer, provider } = this.#connection;
    const [first, second] = [1, 2].map((index) => placeholder(provider, index));
    const pause = pauseReason === null ? '' : `, "pausedAt" = ${momentSql(provider, now)}`;
    const sql = `UPDATE "providers" SET "failures" = "failures" + 1,
      "retryAt" = ${momentSql(provider, now, retryAfterMs)}, "pauseReason" = ${first}${pause} WHERE "id" = ${second}`;
    await writer.transaction(async (tx) => {
      await tx.execute(sql, pauseReason, id);
      if (pauseReason !== null) await stampProvider(tx, provider, { providerId: id, at: now });
    });
  }

  /** How many of the last consecutive runs failed with this code. */
  async countFailures(id: string, code: string, take: number): Promise<number> {
    const runs = await this.#runs(id, take);
    const other = runs.findIndex(({ error }) => decode(ERROR, error, 'a run')?.code !== code);
    return other < 0 ? runs.length : other;
  }

  /** Start of the last run that read all scopes; null before the first. */
  async lastFullRunAt(id: string, scopes: number): Promise<Date | null> {
    const runs = await this.#runs(id, MOST_RUNS);
    const full = runs.find(({ requested }) => decode(REQUESTED, requested, 'a run').length === scopes);
    return full?.startedAt ?? null;
  }

  async #runs(providerId: string, take: number) {
    return this.#connection.db.syncRun.findMany({
      where: { providerId, trigger: { notIn: [...PARTIAL_TRIGGERS] } },
      orderBy: [{ finishedAt: 'desc' }, { startedAt: 'desc' }],
      take,
      select: { startedAt: true, requested: true, error: true },
    });
  }

  async #now(now: Date): Promise<Date> {
    const { db, provider } = this.#connection;
    if (provider === 'sqlite') return now;
    const rows: unknown = await db.$queryRawUnsafe('SELECT now() AS "now"');
    return decode(NOW, rows, 'the time')[0]?.now ?? now;
  }
}
