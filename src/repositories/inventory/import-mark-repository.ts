import { IMPORT_FORMATS, type ImportLogin, type ImportMark } from '../../types/import-mark.ts';
import { PRESENCES, type Presence } from '../../types/presence.ts';
import { BulkWriter } from '../db/bulk-write.ts';
import type { Connection } from '../db/connection.ts';
import { placeholder, type UpsertSpec } from '../db/dialect.ts';
import type { Row } from '../db/row.ts';
import { stampGuests } from '../feed/stamp-guests.ts';

const IMPORT_MARKS = {
  table: 'import_marks',
  columns: {
    guestId: 'text',
    connectionId: 'text',
    name: 'text',
    format: 'text',
    target: 'text',
    address: 'text',
    login: 'json',
    importedAt: 'datetime',
    importedBy: 'text',
    archivedAt: 'datetime',
  },
  key: ['guestId'],
} as const satisfies UpsertSpec;

/** A later incarnation of a guest: where it was moved to, or what was restored from it. */
export interface Successor {
  id: string;
  previousId: string;
  presence: Presence;
}

/**
 * Which guests people said they connect to. It imports little, so that what commands share that know nothing of it stays in one file of
 * the bundle.
 */
export class ImportMarkRepository {
  readonly #connection: Pick<Connection, 'provider' | 'reader' | 'writer'>;

  constructor(connection: Pick<Connection, 'provider' | 'reader' | 'writer'>) {
    this.#connection = connection;
  }

  /** With the presence of each guest as a run recorded it, also where its provider was removed. By name. */
  async list(): Promise<{ mark: ImportMark; presence: Presence }[]> {
    const columns = Object.keys(IMPORT_MARKS.columns).map((column) => `m."${column}"`);
    const sql = `SELECT ${columns.join(', ')}, g."presence" FROM "import_marks" m JOIN "guests" g ON g."id" = m."guestId"
      ORDER BY m."name", m."guestId"`;
    return this.#connection.reader.list({ sql, noun: 'import mark', key: ['guestId'] }, (row) => ({
      mark: toMark(row),
      presence: row.word('presence', PRESENCES),
    }));
  }

  /** The first one of each guest first. */
  async listSuccessors(): Promise<Successor[]> {
    const sql = `SELECT "id", "previousId", "presence" FROM "guests" WHERE "previousId" IS NOT NULL ORDER BY "firstSeenAt", "id"`;
    return this.#connection.reader.list({ sql, noun: 'guest' }, (row) => ({
      id: row.text('id'),
      previousId: row.text('previousId'),
      presence: row.word('presence', PRESENCES),
    }));
  }

  /** In one transaction. `dropped`: ids of guests whose marks are removed, before the others are written. */
  async save(marks: readonly ImportMark[], dropped: readonly string[], at: Date): Promise<void> {
    const { writer, provider } = this.#connection;
    await writer.transaction(async (tx) => {
      const remove = `DELETE FROM "import_marks" WHERE "guestId" = ${placeholder(provider, 1)}`;
      for (const id of dropped) await tx.execute(remove, id);
      const rows = marks.map((mark) => ({ ...mark }));
      await new BulkWriter(tx, provider).upsert(IMPORT_MARKS, rows);
      await stampGuests(tx, provider, { guestIds: [...dropped, ...marks.map(({ guestId }) => guestId)], at });
    });
  }
}

function toMark(row: Row): ImportMark {
  return {
    guestId: row.text('guestId'),
    connectionId: row.text('connectionId'),
    name: row.text('name'),
    format: row.word('format', IMPORT_FORMATS),
    target: row.text('target'),
    address: row.textOrNull('address'),
    login: row.json('login', isLogin),
    importedAt: row.time('importedAt'),
    importedBy: row.text('importedBy'),
    archivedAt: row.timeOrNull('archivedAt'),
  };
}

function isLogin(value: unknown): value is ImportLogin {
  return (
    typeof value === 'object' && value !== null && Object.values(value).every((field) => typeof field === 'string')
  );
}
