import type { StoredPanel } from '../../types/panel.ts';
import type { Connection } from '../db/connection.ts';
import { dateParameter, placeholder } from '../db/dialect.ts';
import { PANEL_COLUMNS, toPanel } from './panel-rows.ts';

const SELECT = `SELECT ${PANEL_COLUMNS.map((column) => `p."${column}"`).join(', ')} FROM "panels" p`;

type NewPanel = Pick<StoredPanel, 'id' | 'name' | 'type' | 'settings' | 'seal'>;

/** What a reading of a panel found. `issue` null: its list was whole, with so many records. */
export interface PanelOutcome {
  at: Date;
  count: number | null;
  issue: string | null;
}

/** Panels as they are stored, and how they were last read. */
export class PanelRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer'>) {
    this.#connection = connection;
  }

  /** By name. */
  async list(): Promise<StoredPanel[]> {
    return this.#connection.reader.list({ sql: `${SELECT} ORDER BY p."name"`, noun: 'panel' }, toPanel);
  }

  /** False if the name is taken. */
  async add({ id, name, type, settings, seal }: NewPanel, now: Date): Promise<boolean> {
    const { writer } = this.#connection;
    const marks = this.#marks(6);
    marks[3] = this.#json(marks[3] ?? '');
    const sql = `INSERT INTO "panels" ("id", "name", "type", "settings", "seal", "createdAt") VALUES (${marks.join(', ')})
      ON CONFLICT ("name") DO NOTHING RETURNING "id"`;
    const values = [id, name, type, JSON.stringify(settings), seal, dateParameter(writer.provider, now)];
    return (await writer.write({ sql, values, noun: 'panel' }, () => true)).length > 0;
  }

  /** Where it is and how it is read; what was read so far is kept. */
  async update({ id, settings, seal }: Pick<StoredPanel, 'id' | 'settings' | 'seal'>): Promise<void> {
    const [first = '', second, third] = this.#marks(3);
    const sql = `UPDATE "panels" SET "settings" = ${this.#json(first)}, "seal" = ${second} WHERE "id" = ${third}`;
    await this.#write(sql, JSON.stringify(settings), seal, id);
  }

  /** With the links of its records. */
  async remove(id: string): Promise<void> {
    const [first] = this.#marks(1);
    await this.#write(`DELETE FROM "panels" WHERE "id" = ${first}`, id);
  }

  async noteReading(id: string, { at, count, issue }: PanelOutcome): Promise<void> {
    const time = dateParameter(this.#connection.writer.provider, at);
    if (issue !== null) {
      const [first, second, third] = this.#marks(3);
      const sql = `UPDATE "panels" SET "lastReadAt" = ${first}, "lastIssue" = ${second} WHERE "id" = ${third}`;
      return this.#write(sql, time, issue, id);
    }
    const [first, second, third, fourth] = this.#marks(4);
    const sql = `UPDATE "panels" SET "lastReadAt" = ${first}, "lastCompleteAt" = ${second}, "lastCount" = ${third},
      "lastIssue" = NULL WHERE "id" = ${fourth}`;
    await this.#write(sql, time, time, count, id);
  }

  #marks(count: number): string[] {
    return Array.from({ length: count }, (_, index) => placeholder(this.#connection.writer.provider, index + 1));
  }

  #json(mark: string): string {
    return this.#connection.writer.provider === 'postgresql' ? `${mark}::jsonb` : mark;
  }

  async #write(sql: string, ...values: readonly unknown[]): Promise<void> {
    await this.#connection.writer.transaction((tx) => tx.execute(sql, ...values));
  }
}
