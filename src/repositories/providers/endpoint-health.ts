import type { EndpointReport } from '../../types/endpoint.ts';
import { BulkWriter } from '../db/bulk-write.ts';
import type { Connection } from '../db/connection.ts';
import type { UpsertSpec } from '../db/dialect.ts';
import { Where } from '../db/where.ts';
import { listEndpoints } from '../inventory/endpoint-rows.ts';

/** Minimum interval between two writes that an address still answers. */
const OK_GRANULARITY_MS = 60_000;

const ENDPOINT_HEALTH = {
  table: 'endpoint_health',
  columns: {
    providerId: 'text',
    url: 'text',
    node: 'text',
    isConfigured: 'bool',
    fingerprint: 'text',
    certificateEndsAt: 'datetime',
    lastOkAt: 'datetime',
    lastFailedAt: 'datetime',
    failures: 'int',
    error: 'text',
    retryAt: 'datetime',
  },
  key: ['providerId', 'url'],
} as const satisfies UpsertSpec;

/** The findings of runs about the addresses of clusters, for later runs. */
export class EndpointHealthRepository {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Returns the rows of the stored provider with that name; none for a provider that is not stored yet. */
  async load(providerName: string): Promise<EndpointReport[]> {
    const rows = await listEndpoints(this.#connection.reader, { name: providerName });
    return rows.map(({ providerId: _, ...report }) => report);
  }

  /**
   * Writes the differences from `before`, the stored rows, if they are worth a write, and returns the rows stored
   * afterwards. A sync of an unchanged cluster writes once, or not at all shortly after another.
   */
  async save(
    providerId: string,
    before: readonly EndpointReport[],
    now: readonly EndpointReport[],
  ): Promise<readonly EndpointReport[]> {
    const { writer, provider } = this.#connection;
    const known = new Map(before.map((report) => [report.url, report]));
    const changed = now.filter((report) => isWorthWriting(known.get(report.url), report));
    const kept = new Set(now.map(({ url }) => url));
    const forgotten = [...known.keys()].filter((url) => !kept.has(url));
    if (changed.length + forgotten.length > 0) {
      const rows = changed.map((report) => ({ providerId, ...report }));
      const where = new Where(provider).is('"providerId"', '=', providerId).among('"url"', forgotten);
      await writer.transaction(async (tx) => {
        await new BulkWriter(tx, provider).upsert(ENDPOINT_HEALTH, rows);
        if (forgotten.length > 0) await tx.execute(`DELETE FROM "endpoint_health" ${where.sql}`, ...where.values);
      });
    }
    return now.map((report) => (changed.includes(report) ? report : (known.get(report.url) ?? report)));
  }

  /** Makes every address available at once, for example after a change of trust. */
  async forget(providerId: string): Promise<void> {
    await this.#connection.db.endpointHealth.deleteMany({ where: { providerId } });
  }
}

function isWorthWriting(before: EndpointReport | undefined, now: EndpointReport): boolean {
  if (before === undefined) return true;
  if (factsOf(before) !== factsOf(now)) return true;
  return (now.lastOkAt?.getTime() ?? 0) - (before.lastOkAt?.getTime() ?? 0) >= OK_GRANULARITY_MS;
}

/** All fields except the time of the last answer. */
function factsOf(report: EndpointReport): string {
  const { node, isConfigured, fingerprint, certificateEndsAt, lastFailedAt, failures, error, retryAt } = report;
  return JSON.stringify([node, isConfigured, fingerprint, certificateEndsAt, lastFailedAt, failures, error, retryAt]);
}
