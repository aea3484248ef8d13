import type { Connection } from '../db/connection.ts';
import { placeholder } from '../db/dialect.ts';
import { Where } from '../db/where.ts';

/** The newest version of the feed, and the revision of the history. */
export interface FeedPosition {
  /** Of the database as it is now: it is another one once a backup took its place. */
  epoch: string;
  rev: number;
  /** 0 before the first. */
  version: number;
  /** Milliseconds since 1970. With the version it tells a step from that of another copy of the database. */
  at: number;
}

/** What changed after a version. */
export interface FeedChanges {
  providers: readonly { providerId: string; fromSeq: number }[];
  hasOperations: boolean;
}

/** Who holds the lease of a provider: a run that is under way. */
export interface RunningSync {
  providerId: string;
  holder: string;
  since: Date;
}

/** The same machine, seen by another provider. */
export interface SeenElsewhere {
  hostId: string;
  providerId: string;
  otherId: string;
  otherProviderId: string;
}

const FEED = { noun: 'feed', key: ['version'] } as const;

/** Where the feed stands, and what changed since an earlier version. Reads only. */
export class FeedRepository {
  readonly #reader: Connection['reader'];

  constructor({ reader }: Pick<Connection, 'reader'>) {
    this.#reader = reader;
  }

  async position(): Promise<FeedPosition> {
    const sql = `SELECT m."epoch", m."rev", COALESCE(v."version", 0) AS "version", v."at" FROM "meta" m
      LEFT JOIN "feed_versions" v ON v."version" = (SELECT MAX("version") FROM "feed_versions") WHERE m."id" = 1`;
    const position = await this.#reader.find({ sql, ...FEED }, (row) => ({
      epoch: row.text('epoch'),
      rev: row.number('rev'),
      version: row.number('version'),
      at: row.timeOrNull('at')?.getTime() ?? 0,
    }));
    return position ?? { epoch: '', rev: 0, version: 0, at: 0 };
  }

  /** Whether this version is one of this database, and everything since it is known. */
  async isKept({ version, at }: Pick<FeedPosition, 'version' | 'at'>): Promise<boolean> {
    const sql = `SELECT "version", "at" FROM "feed_versions" WHERE "version" >= ${placeholder(this.#reader.provider, 1)}
      ORDER BY "version" LIMIT 1`;
    const first = await this.#reader.find({ sql, values: [version], ...FEED }, (row) => ({
      version: row.number('version'),
      at: row.time('at').getTime(),
    }));
    if (version === 0) return at === 0 && (first === null || first.version === 1);
    return first?.version === version && first.at === at;
  }

  async changesSince(version: number): Promise<FeedChanges> {
    const sql = `SELECT "providerId", MIN("seq") AS "seq" FROM "feed_versions"
      WHERE "version" > ${placeholder(this.#reader.provider, 1)} GROUP BY "providerId"`;
    const query = { sql, values: [version], noun: 'feed', key: ['providerId'] };
    const rows = await this.#reader.list(query, (row) => ({
      providerId: row.textOrNull('providerId'),
      fromSeq: row.numberOrNull('seq') ?? 0,
    }));
    const providers = rows.flatMap(({ providerId, fromSeq }) => (providerId === null ? [] : [{ providerId, fromSeq }]));
    return { providers, hasOperations: rows.length > providers.length };
  }

  /** Ids of the rows of a provider that changed at a step of it or later, also of what is gone. */
  async changedIds(
    table: 'guests' | 'nodes' | 'storages',
    { providerId, fromSeq }: FeedChanges['providers'][number],
  ): Promise<string[]> {
    const where = new Where(this.#reader.provider).is('"providerId"', '=', providerId).is('"seq"', '>=', fromSeq);
    const sql = `SELECT "id" FROM "${table}" ${where.sql}`;
    return this.#reader.list({ sql, values: where.values, noun: 'change' }, (row) => row.text('id'));
  }

  /** The guests that people connect to, by the name of the entry. */
  async importedNames(): Promise<Map<string, string>> {
    const sql = 'SELECT "guestId", "name" FROM "import_marks" WHERE "archivedAt" IS NULL';
    const query = { sql, noun: 'import mark', key: ['guestId'] };
    return new Map(await this.#reader.list(query, (row) => [row.text('guestId'), row.text('name')]));
  }

  /** Where the machines of a provider that it cannot observe are seen now, by their uuid, or because they were moved there; or one. */
  async seenElsewhere(providerId: string, hostId?: string): Promise<SeenElsewhere[]> {
    const where = new Where(this.#reader.provider).is('g."providerId"', '=', providerId).is('g."id"', '=', hostId);
    const sql = `SELECT g."id", g."providerId", o."id" AS "otherId", o."providerId" AS "otherProviderId" FROM "guests" g
      JOIN "guests" o ON o."providerId" <> g."providerId" AND o."presence" = 'present'
        AND ((g."uuid" IS NOT NULL AND o."uuid" = g."uuid") OR o."previousId" = g."id")
      JOIN "providers" p ON p."id" = o."providerId" AND p."removedAt" IS NULL
      ${where.sql} AND g."presence" <> 'present' ORDER BY g."id", o."id"`;
    return this.#reader.list({ sql, values: where.values, noun: 'guest' }, (row) => ({
      hostId: row.text('id'),
      providerId: row.text('providerId'),
      otherId: row.text('otherId'),
      otherProviderId: row.text('otherProviderId'),
    }));
  }

  /** CPU (0 to 1), memory used and seconds since the start of guests that have such figures, by id. */
  async telemetry(): Promise<Record<string, [number | null, number | null, number | null]>> {
    const sql = `SELECT t."guestId", t."cpu", t."memoryUsedBytes", t."uptimeSeconds" FROM "guest_telemetry" t
      JOIN "guests" g ON g."id" = t."guestId" WHERE g."presence" = 'present' AND g."status" = 'running'`;
    const rows = await this.#reader.list({ sql, noun: 'telemetry', key: ['guestId'] }, (row) => ({
      id: row.text('guestId'),
      figures: [
        row.numberOrNull('cpu'),
        row.numberOrNull('memoryUsedBytes'),
        row.numberOrNull('uptimeSeconds'),
      ] as const,
    }));
    return Object.fromEntries(rows.map(({ id, figures: [cpu, memory, uptime] }) => [id, [cpu, memory, uptime]]));
  }

  /** By the clock of the database: leases that are over are left out. */
  async runningSyncs(now: Date): Promise<RunningSync[]> {
    const { provider } = this.#reader;
    const where = new Where(provider);
    const moment = provider === 'sqlite' ? where.parameter(now) : 'now()';
    const sql = `SELECT "id", "leaseHolder", "leaseSince" FROM "providers"
      WHERE "leaseHolder" IS NOT NULL AND "leaseSince" IS NOT NULL AND "leaseUntil" > ${moment} ORDER BY "id"`;
    return this.#reader.list({ sql, values: where.values, noun: 'lease' }, (row) => ({
      providerId: row.text('id'),
      holder: row.text('leaseHolder'),
      since: row.time('leaseSince'),
    }));
  }
}
