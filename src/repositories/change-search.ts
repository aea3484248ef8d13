import type { Change as ChangeRecord } from '../generated/sqlite/client.ts';
import type { ChangeEvent, ChangeKind, ResourceType } from '../types/history.ts';
import type { DatabaseProvider } from '../types/migration.ts';
import { bulkJson, placeholder, textListSql } from './dialect.ts';

/** What a search can leave to the database. Absent: any. */
export interface ChangeSelection {
  fromRev?: number;
  toRev?: number;
  resourceIds?: readonly string[];
  resourceTypes?: readonly ResourceType[];
  /** A change of one of these kinds or with one of these events. */
  kinds?: readonly ChangeKind[];
  events?: readonly ChangeEvent[];
  providerIds?: readonly string[];
  /**
   * Wildcards for actors, and for the paths that a patch touches. Both let too much through (upper case, and paths of other
   * depth): the caller looks again. They spare it a look at every row.
   */
  actors?: readonly string[];
  isUnknownActor?: boolean;
  paths?: readonly string[];
}

export interface ChangePage extends ChangeSelection {
  /** Only changes before this one. */
  before?: { rev: number; seq: number };
  take: number;
}

/** A change with its revision and its resource; null where these are not there any more. */
export interface FoundRow extends ChangeRecord {
  at: Date | null;
  runId: string | null;
  providerId: string | null;
  providerName: string | null;
  guestKind: string | null;
  vmid: number | null;
  name: string | null;
}

/** A path that JSON writes as it is. */
const PLAIN = /^[\w.*?-]+$/;

const COLUMNS = `c."rev", c."seq", c."resourceType", c."resourceId", c."kind", c."event", c."patch", c."actor", c."token",
  c."source", c."via", c."ref", c."confidence", c."effectiveAt", c."notBefore", c."digest", r."at", r."runId",
  COALESCE(r."providerId", g."providerId", n."providerId", s."providerId") AS "providerId", p."name" AS "providerName",
  g."kind" AS "guestKind", g."vmid", COALESCE(g."name", n."name", s."name") AS "name"`;

/** One page, newest first, with all that a reader wants to know of each change. */
export function changeSearchSql(provider: DatabaseProvider, page: ChangePage): { sql: string; values: unknown[] } {
  const values: unknown[] = [];
  // Each parameter is named once: better-sqlite3 counts its uses.
  const value = (given: unknown): string => placeholder(provider, values.push(given));
  const among = (list: readonly string[]): string => textListSql(provider, values.push(bulkJson(list)));
  const { before, take } = page;
  const conditions = [
    ...(page.fromRev !== undefined ? [`c."rev" >= ${value(page.fromRev)}`] : []),
    ...(page.toRev !== undefined ? [`c."rev" <= ${value(page.toRev)}`] : []),
    ...(before ? [`(c."rev", c."seq") < (${value(before.rev)}, ${value(before.seq)})`] : []),
    ...(page.resourceIds ? [`c."resourceId" IN (${among(page.resourceIds)})`] : []),
    ...(page.resourceTypes ? [`c."resourceType" IN (${among(page.resourceTypes)})`] : []),
    ...(page.kinds || page.events
      ? [`(c."kind" IN (${among(page.kinds ?? [])}) OR c."event" IN (${among(page.events ?? [])}))`]
      : []),
    ...(page.providerIds ? [`r."providerId" IN (${among(page.providerIds)})`] : []),
    ...actorConditions(page, value),
    ...pathConditions(page, value),
  ];
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const sql = `SELECT ${COLUMNS} FROM "changes" c LEFT JOIN "revisions" r ON r."rev" = c."rev"
    LEFT JOIN "guests" g ON c."resourceType" = 'guest' AND g."id" = c."resourceId"
    LEFT JOIN "nodes" n ON c."resourceType" = 'node' AND n."id" = c."resourceId"
    LEFT JOIN "storages" s ON c."resourceType" = 'storage' AND s."id" = c."resourceId"
    LEFT JOIN "providers" p ON p."id" = COALESCE(r."providerId", g."providerId", n."providerId", s."providerId")
    ${where} ORDER BY c."rev" DESC, c."seq" DESC LIMIT ${value(take)}`;
  return { sql, values };
}

function actorConditions({ actors, isUnknownActor }: ChangePage, value: (given: unknown) => string): string[] {
  if (actors === undefined) return [];
  const either = actors.flatMap((actor) => [
    `c."actor" LIKE ${value(likePattern(actor))} ESCAPE '\\'`,
    `c."actor" || '!' || c."token" LIKE ${value(likePattern(actor))} ESCAPE '\\'`,
  ]);
  if (isUnknownActor) either.push(`c."actor" IS NULL`);
  return [`(${either.join(' OR ')})`];
}

function pathConditions({ paths }: ChangePage, value: (given: unknown) => string): string[] {
  if (!paths?.every((path) => PLAIN.test(path))) return [];
  // A patch is `[["net0.bridge", …], …]`; PostgreSQL puts spaces after commas.
  const either = paths.map((path) => `CAST(c."patch" AS TEXT) LIKE ${value(`%["${likePattern(path)}%`)} ESCAPE '\\'`);
  return [`(${either.join(' OR ')})`];
}

function likePattern(wildcard: string): string {
  return wildcard
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}
