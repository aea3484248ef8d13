import { type ActionDetail, isActionDetail } from '../../repositories/actions/action-digest.ts';
import type { AuditedAction, AuditRepository } from '../../repositories/maintenance/audit-repository.ts';
import type { Problem } from '../../types/history-query.ts';
import type { ReadRevision } from './check-rows.ts';
import { rowsOfKind } from './rows-by-revision.ts';

type Audit = Pick<AuditRepository, 'listActions' | 'listUnrecorded'>;

/** Compares actions that have ended, and their steps, with the digests that revisions of kind `operation` recorded of them. */
export class ActionCheck {
  readonly #audit: Audit;
  readonly #found: (problem: Problem) => void;

  constructor(audit: Audit, found: (problem: Problem) => void) {
    this.#audit = audit;
    this.#found = found;
  }

  /** The actions of a page of revisions, and those that name a revision between them that is none of theirs. */
  async revisions(
    { afterRev, toRev }: { afterRev: number | null; toRev: number },
    page: readonly ReadRevision[],
  ): Promise<void> {
    const { own, strays } = rowsOfKind('operation', page, await this.#audit.listActions(afterRev, toRev));
    for (const [revision, actions] of own) this.#revision(revision, actions);
    for (const action of strays) this.#found(stray(action));
  }

  /** Actions that name a revision which is not there, or none though they have ended. */
  async after(rev: number): Promise<Problem[]> {
    const late = await this.#audit.listActions(rev, null);
    const unrecorded = await this.#audit.listUnrecorded();
    const message = 'has ended or is missing, and no revision recorded it';
    return [...late.map(stray), ...unrecorded.map((id) => ({ where: `operation ${id}`, message }))];
  }

  #revision({ rev, detail }: ReadRevision['revision'], actions: readonly AuditedAction[]): void {
    if (!isActionDetail(detail)) {
      this.#found({ where: `revision ${rev}`, message: 'records no operation' });
      return;
    }
    const { id } = detail.summary;
    const action = actions.find((one) => one.id === id);
    for (const other of actions) if (other !== action) this.#found(stray(other));
    if (action === undefined) this.#found({ where: `operation ${id}`, message: 'is missing' });
    else this.#action(action, detail);
  }

  #action({ id, digest, steps }: AuditedAction, recorded: Pick<ActionDetail, 'operation' | 'steps'>): void {
    this.#compare(`operation ${id}`, digest, recorded.operation);
    for (const [seq, expected] of recorded.steps.entries()) {
      const where = `operation ${id}/${seq}`;
      const step = steps.find((one) => one.seq === seq);
      if (step === undefined) this.#found({ where, message: 'is missing' });
      else this.#compare(where, step.digest, expected);
    }
    for (const { seq } of steps)
      if (!(seq in recorded.steps)) this.#found({ where: `operation ${id}/${seq}`, message: 'was added' });
  }

  #compare(where: string, { value, damage }: AuditedAction['digest'], expected: string): void {
    if (value === null) this.#found({ where, message: damage });
    else if (value !== expected) this.#found({ where, message: 'is not as it was recorded' });
  }
}

function stray({ id, rev }: Pick<AuditedAction, 'id' | 'rev'>): Problem {
  return { where: `operation ${id}`, message: `says that revision ${rev} recorded it, which did not` };
}
