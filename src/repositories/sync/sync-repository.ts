import { OUTCOMES, type Outcome } from '../../types/audit-record.ts';
import type { OperationCall } from '../../types/evidence.ts';
import type { KnownState, SyncPlan, Unexplained } from '../../types/plan.ts';
import type { ProviderConfig, SealSettings } from '../../types/provider.ts';
import type { RecordedEvidence } from '../../types/recorded-evidence.ts';
import type { Connection } from '../db/connection.ts';
import { placeholder } from '../db/dialect.ts';
import { discardUnproven, type EnsuredProvider, ensureProvider } from '../providers/ensure-provider.ts';
import { acquireLease, type Lease, type LeaseRequest, releaseLease, renewLease } from '../providers/provider-lease.ts';
import { applyPlan } from './apply-plan.ts';
import { loadKnown } from './load-known.ts';
import { loadUnexplained } from './load-unexplained.ts';
import { loadOperationCalls } from './operation-calls.ts';
import { findRecordedEvidence } from './recorded-evidence.ts';

const KNOWN_TASKS_PER_NODE = 100;

/** The reads and writes of a sync. */
export class SyncRepository {
  readonly #connection: Connection;
  readonly #seal: SealSettings;

  /** `seal`: seals recorded settings that the environment has changed. */
  constructor(connection: Connection, seal: SealSettings = () => '') {
    this.#connection = connection;
    this.#seal = seal;
  }

  /** Finds the provider of that name or creates it; updates endpoints, trust and credential references that differ. */
  async ensureProvider(config: ProviderConfig, now: Date): Promise<EnsuredProvider> {
    return ensureProvider(this.#connection, config, { now, seal: this.#seal });
  }

  /**
   * Deletes a provider that no run has read yet, with its failed runs; false if it is in use or was read in the meantime.
   */
  async discardUnproven(id: string, now: Date): Promise<boolean> {
    return discardUnproven(this.#connection, id, now);
  }

  /** Takes the provider's lease. Throws AppError `locked`, which names its holder and the time. */
  async acquireLease(providerId: string, request: LeaseRequest): Promise<Lease> {
    return acquireLease(this.#connection, providerId, request);
  }

  /** Throws AppError `locked` if another process has taken it. */
  async renewLease(providerId: string, lease: Lease, until: Pick<LeaseRequest, 'now' | 'ttlMs'>): Promise<void> {
    await renewLease(this.#connection, providerId, lease, until);
  }

  async releaseLease(providerId: string, lease: Lease): Promise<void> {
    await releaseLease(this.#connection, providerId, lease);
  }

  async loadKnown(providerId: string): Promise<KnownState> {
    return loadKnown(this.#connection.reader, providerId);
  }

  /** The newest 100 tasks of each node, by `ref`, and all that were still running: the reading of tasks may stop there. */
  async knownTasks(providerId: string): Promise<ReadonlyMap<string, Outcome>> {
    const { reader, provider } = this.#connection;
    const [first, second] = [placeholder(provider, 1), placeholder(provider, 2)];
    const sql = `SELECT t."ref", t."outcome" FROM "nodes" n JOIN "audit_records" t
      ON t."providerId" = n."providerId" AND t."source" = 'task' AND t."place" = n."name" AND t."at" >= COALESCE((
        SELECT x."at" FROM "audit_records" x
        WHERE x."providerId" = n."providerId" AND x."source" = 'task' AND x."place" = n."name"
        ORDER BY x."at" DESC LIMIT 1 OFFSET ${KNOWN_TASKS_PER_NODE - 1}), '1970-01-01')
      WHERE n."providerId" = ${first}
      UNION SELECT "ref", "outcome" FROM "audit_records"
      WHERE "providerId" = ${second} AND "source" = 'task' AND "endedAt" IS NULL`;
    const query = { sql, values: [providerId, providerId], noun: 'task', key: ['ref'] };
    return new Map(await reader.list(query, (row) => [row.text('ref'), row.word('outcome', OUTCOMES)]));
  }

  /** The evidence already in the history of some vmids; `since`: when all guests were listed last. */
  async recordedEvidence(providerId: string, of: { vmids: readonly number[]; since: Date }): Promise<RecordedEvidence> {
    return findRecordedEvidence(this.#connection.reader, providerId, of);
  }

  /** What actions have done to some guests since a time, or are doing. Asked once everything else was read: a call is stored before it is sent. */
  async operationCalls(
    providerId: string,
    of: { nativeIds: readonly string[]; since: Date },
  ): Promise<OperationCall[]> {
    return loadOperationCalls(this.#connection.reader, providerId, of);
  }

  /** What records may explain that came late; `since`: the earliest time that they tell of. */
  async unexplained(providerId: string, since: Date): Promise<Unexplained> {
    return loadUnexplained(this.#connection.reader, providerId, since);
  }

  /**
   * Writes a run and all its findings in one transaction, or nothing. Without changes it makes no revision and returns
   * null. A run that is already stored is not stored again. With `lease`, it writes only if no other process took it since;
   * otherwise it throws AppError `locked`, so that a process that slept past its expiry cannot commit.
   */
  async apply(plan: SyncPlan, { lease }: { lease?: Lease } = {}): Promise<{ rev: number | null }> {
    return { rev: await this.#connection.writer.transaction((tx) => applyPlan(tx, this.#connection, plan, lease)) };
  }
}
