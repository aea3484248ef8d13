import type { DatabaseProvider } from '../types/migration.ts';
import { CHANGE_SQL, changeIdSql, REV_OF_CHANGE } from './change-codec.ts';
import { bulkJson, placeholder, textListSql } from './dialect.ts';
import type { ReadQuery } from './reader.ts';

/** What a search can leave to the database. Absent: any. */
export interface ChangeSelection {
  fromRev?: number;
  toRev?: number;
  /** Numbers of resources and of labels, as `texts` has them. */
  resources?: readonly number[];
  labels?: readonly number[];
  providerIds?: readonly string[];
  /**
   * Wildcards for the paths that a patch touches. They let too much through (paths of other depth): the caller looks again.
   * They spare it a look at every row.
   */
  paths?: readonly string[];
}

export interface ChangePage extends ChangeSelection {
  /** Only changes before this one. */
  before?: { rev: number; seq: number };
  take: number;
}

const COUNT = { noun: 'count of changes', key: ['kind'] } as const;

/** A path that JSON writes as it is. */
const PLAIN = /^[\w.*?-]+$/;

/** Null where the revision or the resource are not there any more. */
const MORE_COLUMNS = `r."runId", COALESCE(r."providerId", g."providerId", n."providerId", o."providerId") AS "providerId",
  p."name" AS "providerName", g."kind" AS "guestKind", g."vmid", COALESCE(g."name", n."name", o."name") AS "name"`;
const MORE_JOINS = `LEFT JOIN "guests" g ON g."id" = t."text" LEFT JOIN "nodes" n ON n."id" = t."text"
  LEFT JOIN "storages" o ON o."id" = t."text"
  LEFT JOIN "providers" p ON p."id" = COALESCE(r."providerId", g."providerId", n."providerId", o."providerId")`;

/** One page, newest first, with all that a reader wants to know of each change. */
export function changeSearch(database: DatabaseProvider, page: ChangePage): ReadQuery {
  const values: unknown[] = [];
  // Each parameter is named once: better-sqlite3 counts its uses.
  const value = (given: unknown): string => placeholder(database, values.push(given));
  const among = (list: readonly string[]): string => textListSql(database, values.push(bulkJson(list)));
  const { before, take } = page;
  const conditions = [
    ...(before ? [`c."id" < ${changeIdSql(before.rev, before.seq)}`] : []),
    ...rowConditions(page),
    ...(page.providerIds ? [`r."providerId" IN (${among(page.providerIds)})`] : []),
    ...pathConditions(database, page, value),
  ];
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const { columns, from, noun, key } = CHANGE_SQL;
  const sql = `SELECT ${columns}, ${MORE_COLUMNS} FROM ${from} ${MORE_JOINS}
    ${where} ORDER BY c."id" DESC LIMIT ${value(take)}`;
  return { sql, values, noun, key };
}

/**
 * How many changes there are of each kind of resource, or together. Paths are left out of account. `isFirstSight`: only what was
 * there when it was first looked at.
 */
export function changeCount(
  database: DatabaseProvider,
  selection: ChangeSelection & { withoutLabels?: readonly number[] },
  { isFirstSight = false }: { isFirstSight?: boolean } = {},
): ReadQuery {
  const { providerIds, withoutLabels = [] } = selection;
  const values: unknown[] = [];
  const conditions = [
    ...rowConditions(selection),
    ...(providerIds ? [`r."providerId" IN (${textListSql(database, values.push(bulkJson(providerIds)))})`] : []),
    ...(withoutLabels.length > 0 ? [`c."label" NOT IN (${withoutLabels.join(', ')})`] : []),
    ...(isFirstSight ? ['c."notBeforeMs" IS NULL'] : []),
  ];
  const joins = providerIds ? `LEFT JOIN "revisions" r ON r."rev" = ${REV_OF_CHANGE}` : '';
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  if (!isFirstSight) {
    return { sql: `SELECT '' AS "kind", COUNT(*) AS "count" FROM "changes" c ${joins} ${where}`, values, ...COUNT };
  }
  const sql = `SELECT COALESCE(g."kind", n."kind", 'storage') AS "kind", COUNT(*) AS "count" FROM "changes" c ${joins}
    LEFT JOIN "texts" t ON t."id" = c."resource" LEFT JOIN "guests" g ON g."id" = t."text"
    LEFT JOIN (SELECT "id", 'node' AS "kind" FROM "nodes") n ON n."id" = t."text" ${where} GROUP BY 1`;
  return { sql, values, ...COUNT };
}

function rowConditions({ fromRev, toRev, resources, labels }: ChangeSelection): string[] {
  return [
    ...(fromRev !== undefined ? [`c."id" >= ${changeIdSql(fromRev)}`] : []),
    ...(toRev !== undefined ? [`c."id" < ${changeIdSql(toRev + 1)}`] : []),
    ...(resources ? [isOneOf('c."resource"', resources)] : []),
    ...(labels ? [isOneOf('c."label"', labels)] : []),
  ];
}

/** One number is compared with `=`, so that an index gives the rows in their order. */
function isOneOf(column: string, numbers: readonly number[]): string {
  if (numbers.length === 0) return '1 = 0';
  return numbers.length === 1 ? `${column} = ${numbers.join()}` : `${column} IN (${numbers.join(', ')})`;
}

function pathConditions(
  database: DatabaseProvider,
  { paths }: ChangePage,
  value: (given: unknown) => string,
): string[] {
  if (!paths?.every((path) => PLAIN.test(path))) return [];
  // LIKE ignores the case of ASCII letters on SQLite only.
  const like = database === 'postgresql' ? 'ILIKE' : 'LIKE';
  // In a patch and in a document alike, a path begins after a quote.
  const beginnings = paths.flatMap((path) => [likePattern(path), `pending.%${likePattern(path)}`]);
  const either = beginnings.map((beginning) => {
    const pattern = `%"${beginning}%`;
    return `COALESCE(c."patch", CAST(s."document" AS TEXT)) ${like} ${value(pattern)} ESCAPE '\\'`;
  });
  return [`(${either.join(' OR ')})`];
}

function likePattern(wildcard: string): string {
  return wildcard
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}
