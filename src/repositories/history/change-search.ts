import type { DatabaseProvider } from '../../types/migration.ts';
import { bulkJson, placeholder, textListSql } from '../db/dialect.ts';
import type { ReadQuery } from '../db/reader.ts';
import { changeIdSql, EXPLAINED_SQL, LABEL_OF_CHANGE, REV_OF_CHANGE } from './change-codec.ts';

/** The conditions that the database can check. An absent field matches any change. */
export interface ChangeSelection {
  fromRev?: number;
  toRev?: number;
  /** Numbers of resources and of labels in `texts`. */
  resources?: readonly number[];
  labels?: readonly number[];
  providerIds?: readonly string[];
  /**
   * Wildcards for the paths that a patch touches. They also match paths of other depth, so the caller must filter the
   * result; they save it from checking every row.
   */
  paths?: readonly string[];
}

export interface ChangePage extends ChangeSelection {
  /** Only changes before this one. */
  before?: { rev: number; seq: number };
  /** Only changes after this one, and the oldest first. */
  after?: { rev: number; seq: number };
  take: number;
}

const COUNT = { noun: 'count of changes', key: ['label'] } as const;

/** A path that JSON writes unchanged. */
const PLAIN = /^[\w.*?-]+$/;

/** Null if the revision or the resource no longer exists. */
const MORE_COLUMNS = `r."runId", COALESCE(r."providerId", g."providerId", n."providerId", o."providerId") AS "providerId",
  p."name" AS "providerName", g."kind" AS "guestKind", g."vmid", COALESCE(g."name", n."name", o."name") AS "name"`;
const MORE_JOINS = `LEFT JOIN "guests" g ON g."id" = t."text" LEFT JOIN "nodes" n ON n."id" = t."text"
  LEFT JOIN "storages" o ON o."id" = t."text"
  LEFT JOIN "providers" p ON p."id" = COALESCE(r."providerId", g."providerId", n."providerId", o."providerId")`;

/** One page, newest first unless `after` is given, with the names that readers show for each change. */
export function changeSearch(database: DatabaseProvider, page: ChangePage): ReadQuery {
  const values: unknown[] = [];
  // Each parameter is named once: better-sqlite3 counts its uses.
  const value = (given: unknown): string => placeholder(database, values.push(given));
  const among = (list: readonly string[]): string => textListSql(database, values.push(bulkJson(list)));
  const { before, after, take } = page;
  const conditions = [
    ...(before ? [`c."id" < ${changeIdSql(before.rev, before.seq)}`] : []),
    ...(after ? [`c."id" > ${changeIdSql(after.rev, after.seq)}`] : []),
    ...rowConditions(page),
    ...(page.providerIds ? [`r."providerId" IN (${among(page.providerIds)})`] : []),
    ...pathConditions(database, page, value),
  ];
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const { columns, from, noun, key } = EXPLAINED_SQL;
  const sql = `SELECT ${columns}, ${MORE_COLUMNS} FROM ${from} ${MORE_JOINS}
    ${where} ORDER BY c."id" ${after ? 'ASC' : 'DESC'} LIMIT ${value(take)}`;
  return { sql, values, noun, key };
}

/** Counts all changes, first sights by label, or first sights of containers. */
export type CountedChanges = 'all' | 'first sights by label' | 'first sights of containers';

/** The number of changes, per `label` if counted by label. Ignores paths. */
export function changeCount(
  database: DatabaseProvider,
  selection: ChangeSelection & { withoutLabels?: readonly number[] },
  counted: CountedChanges,
): ReadQuery {
  const { providerIds, withoutLabels = [] } = selection;
  const values: unknown[] = [];
  const isByLabel = counted === 'first sights by label';
  const isOfContainers = counted === 'first sights of containers';
  const conditions = [
    ...rowConditions(selection),
    ...(providerIds ? [`r."providerId" IN (${textListSql(database, values.push(bulkJson(providerIds)))})`] : []),
    ...(withoutLabels.length > 0 ? [`c."label" NOT IN (${withoutLabels.join(', ')})`] : []),
    ...(counted === 'all' ? [] : ['c."notBeforeMs" IS NULL']),
    ...(isOfContainers ? [`g."kind" = 'lxc'`] : []),
  ];
  const sql = `SELECT ${isByLabel ? 'c."label"' : '0 AS "label"'}, COUNT(*) AS "count" FROM "changes" c
    ${providerIds ? `LEFT JOIN "revisions" r ON r."rev" = ${REV_OF_CHANGE}` : ''}
    ${isOfContainers ? 'JOIN "texts" t ON t."id" = c."resource" JOIN "guests" g ON g."id" = t."text"' : ''}
    ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} ${isByLabel ? 'GROUP BY c."label"' : ''}`;
  return { sql, values, ...COUNT };
}

function rowConditions({ fromRev, toRev, resources, labels }: ChangeSelection): string[] {
  return [
    ...(fromRev !== undefined ? [`c."id" >= ${changeIdSql(fromRev)}`] : []),
    ...(toRev !== undefined ? [`c."id" < ${changeIdSql(toRev + 1)}`] : []),
    ...(resources ? [isOneOf('c."resource"', resources)] : []),
    ...(labels ? [labelCondition(labels)] : []),
  ];
}

/** The label of an explanation counts in place of that of its change; few changes have one. */
function labelCondition(labels: readonly number[]): string {
  return `CASE WHEN c."id" IN (SELECT e."change" FROM "explanations" e)
    THEN ${isOneOf(LABEL_OF_CHANGE, labels)} ELSE ${isOneOf('c."label"', labels)} END`;
}

/** A single number is compared with `=`, so that an index returns the rows in order. */
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
  // In patches and documents, a path begins after a quote.
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
