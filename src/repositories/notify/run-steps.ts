import { PARTIAL_TRIGGERS, RUN_OUTCOMES, type RunOutcome } from '../../types/presence.ts';
import type { Connection } from '../db/connection.ts';
import { dateParameter, placeholder } from '../db/dialect.ts';
import type { Row } from '../db/row.ts';

/** A run that ended otherwise than the one before it. */
export interface RunStep {
  id: string;
  providerId: string;
  providerName: string;
  finishedAt: Date;
  outcome: RunOutcome;
  /** Of the run before; of the first one, as if a complete one had been before. */
  previous: RunOutcome;
  error: string | null;
}

/** A provider whose data may be too old. */
export interface ProviderAge {
  id: string;
  name: string;
  lastCompleteAt: Date;
}

const PARTIAL = PARTIAL_TRIGGERS.map((trigger) => `'${trigger}'`).join();

/** What notifications read of runs. Partial runs between two full ones do not count: the next full run tells of trouble. */
export class RunStepRepository {
  readonly #connection: Pick<Connection, 'reader'>;

  constructor(connection: Pick<Connection, 'reader'>) {
    this.#connection = connection;
  }

  /** Full runs that ended at or after a time, and otherwise than the one before; the oldest first. */
  async listSteps(since: Date): Promise<RunStep[]> {
    const { reader } = this.#connection;
    const sql = `SELECT * FROM (
        SELECT r."id", r."providerId", p."name", r."finishedAt", r."outcome", r."error",
          COALESCE((SELECT x."outcome" FROM "sync_runs" x WHERE x."providerId" = r."providerId" AND x."trigger" NOT IN (${PARTIAL})
            AND x."finishedAt" < r."finishedAt" ORDER BY x."finishedAt" DESC LIMIT 1), 'complete') AS "previous"
        FROM "providers" p JOIN "sync_runs" r ON r."providerId" = p."id"
        WHERE r."finishedAt" >= ${placeholder(reader.provider, 1)} AND p."removedAt" IS NULL AND r."trigger" NOT IN (${PARTIAL})) s
      WHERE s."outcome" <> s."previous" ORDER BY s."finishedAt", s."id"`;
    return reader.list({ sql, values: [dateParameter(reader.provider, since)], noun: 'run' }, toStep);
  }

  /** When the last full run of any provider ended; null: there was none. */
  async lastEnd(): Promise<Date | null> {
    const sql = `SELECT p."id", (SELECT r."finishedAt" FROM "sync_runs" r WHERE r."providerId" = p."id" AND r."trigger" NOT IN (${PARTIAL})
        ORDER BY r."finishedAt" DESC LIMIT 1) AS "finishedAt" FROM "providers" p WHERE p."removedAt" IS NULL`;
    const ends = await this.#connection.reader.list({ sql, noun: 'provider' }, (row) => row.timeOrNull('finishedAt'));
    return ends.reduce((last, end) => (end !== null && (last === null || end > last) ? end : last), null);
  }

  /** Enabled providers that were read completely before a time, and not since. */
  async listStale(before: Date): Promise<ProviderAge[]> {
    const { reader } = this.#connection;
    const sql = `SELECT "id", "name", "lastCompleteAt", "isEnabled" FROM "providers"
      WHERE "lastCompleteAt" < ${placeholder(reader.provider, 1)} AND "removedAt" IS NULL ORDER BY "name"`;
    const values = [dateParameter(reader.provider, before)];
    const rows = await reader.list({ sql, values, noun: 'provider' }, (row) => ({
      id: row.text('id'),
      name: row.text('name'),
      lastCompleteAt: row.time('lastCompleteAt'),
      isEnabled: row.boolean('isEnabled'),
    }));
    return rows.filter(({ isEnabled }) => isEnabled).map(({ isEnabled: _, ...age }) => age);
  }
}

function toStep(row: Row): RunStep {
  return {
    id: row.text('id'),
    providerId: row.text('providerId'),
    providerName: row.text('name'),
    finishedAt: row.time('finishedAt'),
    outcome: row.word('outcome', RUN_OUTCOMES),
    previous: row.word('previous', RUN_OUTCOMES),
    error: row.jsonOrNull('error', isError)?.message ?? null,
  };
}

function isError(value: unknown): value is { message: string } | null {
  if (value === null) return true;
  return typeof value === 'object' && 'message' in value && typeof value.message === 'string';
}
