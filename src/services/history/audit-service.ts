import type { AuditRepository } from '../../repositories/maintenance/audit-repository.ts';
import type { PruneRepository } from '../../repositories/maintenance/prune-repository.ts';
import type { AuditReport, PruneOptions, PruneReport } from '../../types/history-query.ts';
import { COVERED, NOT_COVERED, PARTLY_COVERED } from './coverage.ts';
import { pruneHistory } from './prune.ts';
import { type VerifyOptions, verifyHistory } from './verify.ts';

export interface AuditDependencies {
  audit: AuditRepository;
  prune: PruneRepository;
}

/** Whether the record is whole, and what of it is kept. */
export class AuditService {
  readonly #deps: AuditDependencies;

  constructor(deps: AuditDependencies) {
    this.#deps = deps;
  }

  /** Walks the whole history; may run while something syncs. */
  async verify(options: Pick<VerifyOptions, 'heads'> = {}): Promise<AuditReport> {
    const report = await verifyHistory(this.#deps.audit, options);
    return { ...report, covered: COVERED, partlyCovered: PARTLY_COVERED, notCovered: NOT_COVERED };
  }

  /**
   * Drops details before a time, in one transaction. Verifies first: AppError('altered') when the history is not
   * whole. AppError('locked') when another prune came in between.
   */
  async prune(options: PruneOptions): Promise<PruneReport> {
    return pruneHistory(this.#deps, options);
  }
}
