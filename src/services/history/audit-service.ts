import type { AuditRepository } from '../../repositories/audit-repository.ts';
import type { HistoryRepository } from '../../repositories/history-repository.ts';
import type { PruneRepository } from '../../repositories/prune-repository.ts';
import type { PruneOptions, PruneReport, VerifyReport } from '../../types/history-query.ts';
import { pruneHistory } from './prune.ts';
import { verifyHistory } from './verify.ts';

export interface AuditDependencies {
  audit: AuditRepository;
  history: HistoryRepository;
  prune: PruneRepository;
}

/** Whether the record is whole, and what of it is kept. */
export class AuditService {
  readonly #deps: AuditDependencies;

  constructor(deps: AuditDependencies) {
    this.#deps = deps;
  }

  /** Walks the whole history; may run while something syncs. */
  async verify(): Promise<VerifyReport> {
    return verifyHistory(this.#deps.audit);
  }

  /** Drops details before a time, in one transaction. AppError('locked') when another prune came in between. */
  async prune(options: PruneOptions): Promise<PruneReport> {
    return pruneHistory(this.#deps, options);
  }
}
