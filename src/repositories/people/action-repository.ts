import type { ActionRecord } from '../../types/people.ts';
import type { Connection } from '../db/connection.ts';
import { Cells, columnsOf, insertSql } from './cells.ts';
import { toAction } from './people-rows.ts';

const COLUMNS = ['id', 'at', 'actor', 'via', 'address', 'action', 'target', 'detail', 'outcome'] as const;
const NOUN = 'action';

export interface ActionQuery {
  take: number;
  /** As names of users are compared: in upper or lower case. */
  actor?: string | undefined;
  action?: string | undefined;
  target?: string | undefined;
  /** Older than this one of the list. */
  before?: { at: Date; id: string } | undefined;
}

export class ActionRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer' | 'provider'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer' | 'provider'>) {
    this.#connection = connection;
  }

  async add(record: ActionRecord): Promise<void> {
    const { writer, provider } = this.#connection;
    const cells = new Cells(provider);
    const sql = insertSql('action_records', { ...record, detail: { json: record.detail } }, cells);
    await writer.transaction((tx) => tx.execute(sql, ...cells.values));
  }

  /** The newest first. */
  async list({ take, actor, action, target, before }: ActionQuery): Promise<ActionRecord[]> {
    const { reader, provider } = this.#connection;
    const cells = new Cells(provider);
    const conditions = Object.entries({ action, target }).flatMap(([column, text]) =>
      text === undefined ? [] : [`a."${column}" = ${cells.add(text)}`],
    );
    // Users of the operating system may have capitals, which the record keeps.
    if (actor !== undefined) conditions.push(`lower(a."actor") = lower(${cells.add(actor)})`);
    if (before) {
      const [at, same, id] = [before.at, before.at, before.id].map((value) => cells.add(value));
      conditions.push(`(a."at" < ${at} OR (a."at" = ${same} AND a."id" < ${id}))`);
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const sql = `SELECT ${columnsOf(COLUMNS, 'a')} FROM "action_records" a ${where}
      ORDER BY a."at" DESC, a."id" DESC LIMIT ${take}`;
    return reader.list({ sql, values: cells.values, noun: NOUN }, toAction);
  }
}
