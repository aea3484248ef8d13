import type { BulkWriter } from '../db/bulk-write.ts';
import { bulkJson, storableText, textListSql } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { TEXTS } from './history-tables.ts';

/**
 * The numbers of texts in the history; new texts get new numbers. Call it while the row of `meta` is locked: a new number
 * is the highest plus one, so a copy of the database has no sequence to carry over.
 */
export async function textNumbers(
  { list }: SqlTransaction,
  bulk: BulkWriter,
  texts: Iterable<string>,
): Promise<(text: string) => number> {
  const wanted = [...new Set([...texts].map(storableText))];
  const known =
    wanted.length === 0
      ? []
      : await list(
          {
            sql: `SELECT "id", "text" FROM "texts" WHERE "text" IN (${textListSql(bulk.provider)})`,
            values: [bulkJson(wanted)],
            noun: 'text',
          },
          (row) => ({ id: row.number('id'), text: row.text('text') }),
        );
  const numbers = new Map(known.map(({ id, text }) => [text, id]));
  const unknown = wanted.filter((text) => !numbers.has(text));
  if (unknown.length > 0) {
    const last = { sql: 'SELECT COALESCE(MAX("id"), 0) AS "id" FROM "texts"', noun: 'text' };
    const [next = 1] = await list(last, (row) => row.number('id') + 1);
    const rows = unknown.map((text, index) => ({ id: next + index, text }));
    await bulk.upsert(TEXTS, rows);
    for (const { id, text } of rows) numbers.set(text, id);
  }
  return (text) => {
    const number = numbers.get(storableText(text));
    if (number === undefined) throw new Error(`no number was asked for ${text}`);
    return number;
  };
}
