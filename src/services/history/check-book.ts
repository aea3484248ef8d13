import type { AuditedEntry, AuditRepository } from '../../repositories/maintenance/audit-repository.ts';
import { type BillingDetail, isBillingDetail } from '../../repositories/reconcile/book-digest.ts';
import type { Problem } from '../../types/history-query.ts';
import type { ReadRevision } from './check-rows.ts';
import { byRevision, rowsOfKind } from './rows-by-revision.ts';

const NOUNS = { servers: 'server', transactions: 'transaction' } as const satisfies Record<keyof BillingDetail, string>;
const TABLES = ['servers', 'transactions'] as const;

/** Compares the account book with the digests that revisions of kind `billing` recorded of its rows. */
export class BookCheck {
  readonly #audit: Pick<AuditRepository, 'listEntries'>;
  readonly #found: (problem: Problem) => void;

  constructor(audit: Pick<AuditRepository, 'listEntries'>, found: (problem: Problem) => void) {
    this.#audit = audit;
    this.#found = found;
  }

  /** The rows of a page of revisions, and those that name a revision between them that has none. */
  async revisions(
    { afterRev, toRev }: { afterRev: number | null; toRev: number },
    page: readonly ReadRevision[],
  ): Promise<void> {
    const { own, strays } = rowsOfKind('billing', page, await this.#audit.listEntries(afterRev, toRev));
    for (const [revision, entries] of own) this.#revision(revision, entries);
    for (const rev of byRevision(strays).keys()) this.#found(stray(rev));
  }

  /** Rows of revisions that are not there. */
  async after(rev: number): Promise<Problem[]> {
    return [...byRevision(await this.#audit.listEntries(rev, null)).keys()].map(stray);
  }

  #revision({ rev, detail }: ReadRevision['revision'], entries: readonly AuditedEntry[]): void {
    if (!isBillingDetail(detail)) {
      this.#found({ where: `revision ${rev}`, message: 'records no rows of the account book' });
      return;
    }
    for (const table of TABLES) {
      const rows = entries.filter((entry) => entry.table === table);
      for (const [seq, digest] of detail[table].entries()) {
        const where = `${NOUNS[table]} ${rev}/${seq}`;
        const row = rows.find((one) => one.seq === seq);
        if (row === undefined) this.#found({ where, message: 'is missing from the account book' });
        else if (row.digest.value === null) this.#found({ where, message: row.digest.damage });
        else if (row.digest.value !== digest) this.#found({ where, message: 'is not as it was written' });
      }
      const added = rows.length - detail[table].length;
      if (added > 0 || rows.some(({ seq }) => !(seq in detail[table])))
        this.#found({ where: `revision ${rev}`, message: `has more ${table} in the account book than it wrote` });
    }
  }
}

function stray(rev: number): Problem {
  return { where: `revision ${rev}`, message: 'wrote nothing into the account book, and there are rows of it' };
}
