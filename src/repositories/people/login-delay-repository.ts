import type { Connection } from '../db/connection.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { Cells } from './cells.ts';

const NOUN = 'login delay';
const KEY = ['key'];

/** How an attempt is counted. */
export interface CountedAttempt {
  key: string;
  /** How long the next attempt waits after so many failures. */
  delayMs: (failures: number) => number;
}

/** Thrown to undo what was counted before. */
class Waiting extends Error {}

/**
 * Attempts are counted before a password is looked at, so that attempts at the same time cannot be more than those one after the
 * other: one of them takes the row, the others wait.
 */
export class LoginDelayRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer' | 'provider'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer' | 'provider'>) {
    this.#connection = connection;
  }

  /**
   * Counts an attempt under each key as failed, in the order of `attempts`, which is the same for all. Failures from before `forgetBefore`
   * do not count. Returns null; or, having counted nothing, when the next attempt is taken.
   */
  async begin(attempts: readonly CountedAttempt[], now: Date, forgetBefore: Date): Promise<Date | null> {
    const { writer, provider } = this.#connection;
    try {
      await writer.transaction(async (tx) => {
        for (const { key, delayMs } of attempts) {
          const cells = new Cells(provider);
          const values = [cells.add(key), cells.add(now), cells.add(now)].join(', ');
          const sql = `INSERT INTO "login_delays" ("key", "lastAt", "until", "failures") VALUES (${values}, 1)
            ON CONFLICT ("key") DO UPDATE SET "lastAt" = excluded."lastAt", "failures" =
              CASE WHEN "login_delays"."lastAt" < ${cells.add(forgetBefore)} THEN 1 ELSE "login_delays"."failures" + 1 END
            WHERE "login_delays"."until" <= ${cells.add(now)} RETURNING "key", "failures"`;
          const query = { sql, values: cells.values, noun: NOUN, key: KEY };
          const [failures] = await tx.list(query, (row) => row.number('failures'));
          if (failures === undefined) throw new Waiting();
          const set = new Cells(provider);
          const until = set.add(new Date(now.getTime() + delayMs(failures)));
          await tx.execute(`UPDATE "login_delays" SET "until" = ${until} WHERE "key" = ${set.add(key)}`, ...set.values);
        }
      });
      return null;
    } catch (error) {
      if (!(error instanceof Waiting)) throw error;
      return (
        (await this.#waitsUntil(
          attempts.map(({ key }) => key),
          now,
        )) ?? now
      );
    }
  }

  /** The attempt did not fail: its account starts anew, and its address has one failure less. */
  async succeed({ account, address }: { account: string; address: string }, now: Date): Promise<void> {
    const { writer, provider } = this.#connection;
    await writer.transaction(async (tx) => {
      const gone = new Cells(provider);
      await tx.execute(`DELETE FROM "login_delays" WHERE "key" = ${gone.add(account)}`, ...gone.values);
      await this.#takeBack(tx, address, now);
    });
  }

  /** Nothing was tried after all: each key has one failure less. */
  async withdraw({ account, address }: { account: string; address: string }, now: Date): Promise<void> {
    await this.#connection.writer.transaction(async (tx) => {
      for (const key of [account, address]) await this.#takeBack(tx, key, now);
    });
  }

  async #takeBack(tx: SqlTransaction, key: string, now: Date): Promise<void> {
    const cells = new Cells(this.#connection.provider);
    const sql = `UPDATE "login_delays" SET "until" = ${cells.add(now)}, "failures" = "failures" - 1
      WHERE "key" = ${cells.add(key)} AND "failures" > 0`;
    await tx.execute(sql, ...cells.values);
  }

  /** Drops delays that nobody waits for any more. */
  async forget(before: Date): Promise<void> {
    const cells = new Cells(this.#connection.provider);
    const sql = `DELETE FROM "login_delays" WHERE "lastAt" < ${cells.add(before)}`;
    await this.#connection.writer.transaction((tx) => tx.execute(sql, ...cells.values));
  }

  async #waitsUntil(keys: readonly string[], now: Date): Promise<Date | null> {
    const cells = new Cells(this.#connection.provider);
    const list = keys.map((key) => cells.add(key)).join(', ');
    const sql = `SELECT d."key", d."until" FROM "login_delays" d
      WHERE d."key" IN (${list}) AND d."until" > ${cells.add(now)} ORDER BY d."until" DESC LIMIT 1`;
    const query = { sql, values: cells.values, noun: NOUN, key: KEY };
    return this.#connection.reader.find(query, (row) => row.time('until'));
  }
}
