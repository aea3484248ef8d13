import type { EndpointHealth, EndpointReport } from '../types/endpoint.ts';
import { BulkWriter } from './bulk-write.ts';
import type { Connection } from './connection.ts';
import type { UpsertSpec } from './dialect.ts';
import type { Row } from './row.ts';
import { selected, Where } from './where.ts';

/** That an address still answers is written this often at most. */
const OK_GRANULARITY_MS = 60_000;

const ENDPOINT_HEALTH = {
  table: 'endpoint_health',
  columns: {
    providerId: 'text',
    url: 'text',
    isConfigured: 'bool',
    node: 'text',
    fingerprint: 'text',
    lastOkAt: 'datetime',
    lastFailedAt: 'datetime',
    failures: 'int',
    error: 'text',
    retryAt: 'datetime',
  },
  key: ['providerId', 'url'],
} as const satisfies UpsertSpec;

/** What runs found out of the addresses of clusters, for the runs after them. */
export class EndpointHealthRepository {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Of the stored provider of that name, configured addresses first; none for one that is not stored yet. */
  async load(providerName: string): Promise<EndpointReport[]> {
    const where = this.#where().is('p."name"', '=', providerName).is('p."removedKey"', '=', '');
    return this.#list('JOIN "providers" p ON p."id" = h."providerId"', where, toReport);
  }

  async list(providerId?: string): Promise<EndpointHealth[]> {
    const where = this.#where().is('h."providerId"', '=', providerId);
    return this.#list('', where, (row) => ({ providerId: row.text('providerId'), ...toReport(row) }));
  }

  /**
   * Writes what differs from `before`, which is what is stored, where that is worth it, and gives back what is stored then.
   * A sync over an unchanged cluster costs one statement, or none shortly after another.
   */
  async save(
    providerId: string,
    before: readonly EndpointReport[],
    now: readonly EndpointReport[],
  ): Promise<readonly EndpointReport[]> {
    const { db, provider } = this.#connection;
    const known = new Map(before.map((report) => [report.url, report]));
    const changed = now.filter((report) => isWorthWriting(known.get(report.url), report));
    if (changed.length > 0) {
      await new BulkWriter(db, provider).upsert(
        ENDPOINT_HEALTH,
        changed.map((report) => ({ providerId, ...report })),
      );
    }
    const kept = new Set(now.map(({ url }) => url));
    const forgotten = [...known.keys()].filter((url) => !kept.has(url));
    if (forgotten.length > 0) await db.endpointHealth.deleteMany({ where: { providerId, url: { in: forgotten } } });
    return now.map((report) => (changed.includes(report) ? report : (known.get(report.url) ?? report)));
  }

  /** So that every address is tried at once, as after a change of what is trusted. */
  async forget(providerId: string): Promise<void> {
    await this.#connection.db.endpointHealth.deleteMany({ where: { providerId } });
  }

  #where(): Where {
    return new Where(this.#connection.provider);
  }

  #list<T>(join: string, where: Where, toValue: (row: Row) => T): Promise<T[]> {
    const columns = selected(Object.keys(ENDPOINT_HEALTH.columns), 'h');
    const order = 'ORDER BY h."providerId", h."isConfigured" DESC, h."node", h."url"';
    return this.#connection.reader.list(
      {
        sql: `SELECT ${columns} FROM "endpoint_health" h ${join} ${where.sql} ${order}`,
        values: where.values,
        noun: 'endpoint',
        key: ENDPOINT_HEALTH.key,
      },
      toValue,
    );
  }
}

function toReport(row: Row): EndpointReport {
  return {
    url: row.text('url'),
    node: row.textOrNull('node'),
    isConfigured: row.boolean('isConfigured'),
    fingerprint: row.textOrNull('fingerprint'),
    lastOkAt: row.timeOrNull('lastOkAt'),
    lastFailedAt: row.timeOrNull('lastFailedAt'),
    failures: row.number('failures'),
    error: row.textOrNull('error'),
    retryAt: row.timeOrNull('retryAt'),
  };
}

function isWorthWriting(before: EndpointReport | undefined, now: EndpointReport): boolean {
  if (before === undefined) return true;
  const { lastOkAt: okBefore, ...factsBefore } = before;
  const { lastOkAt: okNow, ...factsNow } = now;
  if (JSON.stringify(sorted(factsBefore)) !== JSON.stringify(sorted(factsNow))) return true;
  return Math.abs((okNow?.getTime() ?? 0) - (okBefore?.getTime() ?? 0)) >= OK_GRANULARITY_MS;
}

function sorted(facts: object): unknown[] {
  return Object.entries(facts).sort(([one], [other]) => one.localeCompare(other));
}
