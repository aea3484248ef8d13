import { base64Of, type StoredChange } from '../../repositories/history/change-codec.ts';
import { type EvidenceRows, type Explained, evidenceLines } from '../../repositories/history/evidence-rows.ts';
import type { StoredRevision } from '../../repositories/history/history-rows.ts';
import { evidenceDigest, isSyncDetail, rowsDigest, type SyncDetail } from '../../repositories/history/sync-detail.ts';
import type { AuditRepository } from '../../repositories/maintenance/audit-repository.ts';
import type { AuditedResource } from '../../repositories/maintenance/audited-resources.ts';
import type { Explanation } from '../../types/history.ts';
import type { Problem } from '../../types/history-query.ts';

/** A revision, and its readable changes. */
export interface ReadRevision {
  revision: StoredRevision;
  changes: readonly StoredChange[];
  explanations: readonly Explanation[];
}

interface Answering {
  rev: number;
  detail: SyncDetail;
  changes: readonly StoredChange[];
  /** What refers to records: its changes, or its explanations. */
  explained: readonly Explained[];
}

/** What a revision recorded of rows outside the chain. */
interface Recorded {
  rev: number;
  providerId: string;
  digest: string;
  /** Of the tasks and log lines that its changes refer to, as they are now. */
  evidence: string;
  /** What it created and removed. */
  fates: readonly { id: string; kind: 'created' | 'removed' }[];
}

/** Compares the rows that sync revisions answer for with what they recorded: see sync-detail.ts. */
export class RowCheck {
  readonly #audit: Pick<AuditRepository, 'findEvidence'>;
  /** Those that wait for the resources, or are wrong already. */
  readonly #recorded: Recorded[] = [];
  readonly #births = new Map<string, string>();
  readonly #ends = new Map<string, string>();

  constructor(audit: Pick<AuditRepository, 'findEvidence'>) {
    this.#audit = audit;
  }

  /** Reads the tasks and log lines of a page of revisions. */
  async revisions(page: readonly ReadRevision[]): Promise<void> {
    const byProvider = new Map<string, Answering[]>();
    for (const { revision, changes, explanations } of page) {
      const { rev, providerId, kind, detail } = revision;
      if ((kind !== 'sync' && kind !== 'explain') || providerId === null || !isSyncDetail(detail)) continue;
      const answering = { rev, detail, changes, explained: [...changes, ...explanations] };
      const others = byProvider.get(providerId);
      if (others) others.push(answering);
      else byProvider.set(providerId, [answering]);
    }
    for (const [providerId, revisions] of byProvider) {
      const explained = revisions.flatMap((revision) => revision.explained);
      const rows = await this.#audit.findEvidence(providerId, explained);
      for (const revision of revisions) this.#revision(providerId, revision, rows);
    }
  }

  #revision(providerId: string, { rev, detail, changes, explained }: Answering, rows: EvidenceRows): void {
    const [digest, open = [], absent = []] = detail;
    const lines = evidenceLines(explained, rows, { open, absent });
    const fates = changes.flatMap(({ resourceId: id, kind }) => (kind === 'changed' ? [] : [{ id, kind }]));
    const recorded = { rev, providerId, digest, evidence: evidenceDigest(lines), fates };
    if (fates.length > 0 || this.#digest(recorded) !== digest) this.#recorded.push(recorded);
  }

  /** To be called with every resource, before {@link problems}; again with those that were read again. */
  resource({ id, state }: AuditedResource): void {
    if (state.value === null) return;
    this.#births.set(id, state.value.birth);
    if (state.value.isGone) this.#ends.set(id, state.value.end);
  }

  /** A provider that was deleted took its rows along. */
  problems(providerIds: ReadonlySet<string>): Problem[] {
    return this.#recorded
      .filter((recorded) => providerIds.has(recorded.providerId) && this.#digest(recorded) !== recorded.digest)
      .map(({ rev }) => ({
        where: `revision ${rev}`,
        message:
          'the tasks and log lines that it refers to, or what it created and removed, are not as it recorded them',
      }));
  }

  #digest({ evidence, fates }: Recorded): string {
    const lines = fates.map(({ id, kind }) => (kind === 'created' ? this.#births : this.#ends).get(id) ?? '');
    return base64Of(rowsDigest(evidence, lines));
  }
}
