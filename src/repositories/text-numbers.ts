import type { BulkWriter } from './bulk-write.ts';
import type { DbTransaction } from './connection.ts';
import { bulkJson, storableText, textListSql } from './dialect.ts';
import { TEXTS } from './history-tables.ts';

/**
 * The numbers that stand for texts in the history; new ones are made. To be called while the row of `meta` is locked: a
 * number is the one after the highest, without a sequence that a copy of the database would have to bring along.
 */
export async function textNumbers(
  tx: DbTransaction,
  bulk: BulkWriter,
  texts: Iterable<string>,
): Promise<(text: string) => number> {
  const wanted = [...new Set([...texts].map(storableText))];
  const known =
    wanted.length === 0
      ? []
      : await tx.$queryRawUnsafe<{ id: number; text: string }[]>(
          `SELECT "id", "text" FROM "texts" WHERE "text" IN (${textListSql(bulk.provider)})`,
          bulkJson(wanted),
        );
  const numbers = new Map(known.map(({ id, text }) => [text, id]));
  const unknown = wanted.filter((text) => !numbers.has(text));
  if (unknown.length > 0) {
    const [last] = await tx.$queryRawUnsafe<{ id: number }[]>('SELECT COALESCE(MAX("id"), 0) AS "id" FROM "texts"');
    const next = Number(last?.id ?? 0) + 1;
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
