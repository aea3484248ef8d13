import type {
  AuditedChange,
  AuditedSnapshot,
  AuditRepository,
  StoredPrune,
} from '../../repositories/audit-repository.ts';
import { RowsDigest, thinnedRow } from '../../repositories/audited.ts';
import { changeDigest, changesDigest, revisionHash } from '../../repositories/hash-chain.ts';
import type { StoredRevision } from '../../repositories/history-rows.ts';
import type { Problem, VerifyReport } from '../../types/history-query.ts';
import { Replay } from './replay.ts';

const REVISIONS_PER_PAGE = 200;
const RESOURCES_PER_PAGE = 500;
/** How often a sync may come in between before the answer is that of a moving target. */
const MOST_ROUNDS = 5;
/** A damaged database may have a problem for each row. */
const MOST_PROBLEMS = 1000;
const MAX_REV = 2 ** 31 - 1;

/**
 * Walks the chain of revisions, replays all changes, and compares with every snapshot and with what is stored now. Reads
 * page by page, and may run while something else syncs.
 */
export async function verifyHistory(audit: AuditRepository): Promise<VerifyReport> {
  const verification = new Verification(audit);
  await verification.start();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await verification.walkRevisions();
    if (await verification.compareResources()) break;
  }
  return verification.report();
}

class Verification {
  readonly #audit: AuditRepository;
  readonly #replay: Replay;
  readonly #problems: Problem[] = [];
  readonly #base = new RowsDigest();
  readonly #thinned = new RowsDigest();
  #prunes: StoredPrune[] = [];
  /** Problems of the last round, which the next one finds anew. */
  #atHead: Problem[] = [];
  #rev = 0;
  #hash = '';
  #counts = { revisions: 0, changes: 0, snapshots: 0, resources: 0 };

  constructor(audit: AuditRepository) {
    this.#audit = audit;
    this.#replay = new Replay((problem) => this.#found(problem));
  }

  async start(): Promise<void> {
    this.#hash = (await this.#audit.head()).epoch;
    this.#prunes = await this.#audit.listPrunes();
    const early = await this.#rowsBetween(-MAX_REV, 0);
    for (const rev of early.changes.keys())
      this.#found({ where: `revision ${rev}`, message: 'there are changes of it' });
  }

  async walkRevisions(): Promise<void> {
    for (;;) {
      const page = await this.#audit.listRevisions(this.#rev, REVISIONS_PER_PAGE);
      const last = page.at(-1);
      if (last === undefined) return;
      const rows = await this.#rowsBetween(this.#rev, last.rev);
      for (const { rev, revision } of page) {
        for (let missing = this.#rev + 1; missing < rev && missing <= this.#rev + 10; missing++) {
          this.#found({ where: `revision ${missing}`, message: 'is missing' });
          this.#strayRows(rows, missing);
        }
        if (revision.value === null) this.#found({ where: `revision ${rev}`, message: revision.damage });
        else this.#revision(revision.value, rows);
        this.#rev = rev;
        this.#counts.revisions++;
      }
    }
  }

  /** True when nothing was written meanwhile. */
  async compareResources(): Promise<boolean> {
    this.#atHead = [];
    this.#counts.resources = 0;
    const seen = new Set<string>();
    for await (const resource of this.#audit.streamResources(RESOURCES_PER_PAGE)) {
      seen.add(resource.id);
      this.#atHead.push(...this.#replay.resource(resource));
      this.#counts.resources++;
    }
    this.#atHead.push(...this.#replay.missing(seen, await this.#audit.providerIds()));
    await this.#compareHead();
    return (await this.#audit.listRevisions(this.#rev, 1)).length === 0;
  }

  report(): VerifyReport {
    this.#checkPrune();
    const problems = [...this.#problems, ...this.#atHead].slice(0, MOST_PROBLEMS);
    return { ok: problems.length === 0, ...this.#counts, problems };
  }

  async #rowsBetween(afterRev: number, toRev: number): Promise<Rows> {
    const changes = byRev(await this.#audit.listChanges(afterRev, toRev));
    const snapshots = byRev(await this.#audit.listSnapshots(afterRev, toRev));
    return { changes, snapshots };
  }

  #revision(revision: StoredRevision, rows: Rows): void {
    const { rev, hash, detail } = revision;
    const where = `revision ${rev}`;
    if (revision.previousHash !== this.#hash) {
      this.#found({ where, message: 'does not follow the revision before it: one of them was changed or replaced' });
    }
    if (revisionHash(revision, detail) !== hash)
      this.#found({ where, message: 'was changed: its hash is another one' });
    this.#hash = hash;
    this.#changes(revision, rows.changes.get(rev) ?? []);
    for (const snapshot of rows.snapshots.get(rev) ?? []) this.#snapshot(snapshot);
    this.#replay.endRevision(rev);
  }

  #changes({ rev, changesDigest: recorded, providerId }: StoredRevision, rows: readonly AuditedChange[]): void {
    const digests: string[] = [];
    let expected = 0;
    for (const { seq, change } of rows) {
      const where = `change ${rev}/${seq}`;
      this.#counts.changes++;
      if (seq !== expected) this.#found({ where: `change ${rev}/${expected}`, message: 'is missing' });
      expected = seq + 1;
      if (change.value === null) {
        this.#found({ where, message: change.damage });
        continue;
      }
      const { isPruned, digest, kind } = change.value;
      if (isPruned) {
        if (kind !== 'changed' || !this.#isPruned(rev))
          this.#found({ where, message: 'has lost its patch, and no prune dropped it' });
        this.#thinned.add(thinnedRow(change.value));
      }
      digests.push(isPruned ? (digest ?? '') : changeDigest(change.value));
      this.#replay.change(change.value, providerId);
    }
    if (changesDigest(digests) !== recorded) {
      this.#found({
        where: `revision ${rev}`,
        message: 'its changes are not those it was made with: some were changed, removed or inserted',
      });
    }
  }

  #snapshot(snapshot: AuditedSnapshot): void {
    this.#counts.snapshots++;
    const { rev, resourceId, reason, document } = snapshot;
    if (reason === 'prune') this.#base.add([resourceId, rev, document.value]);
    this.#replay.snapshot(snapshot);
  }

  /** Whether a later revision says that details up to here were dropped. */
  #isPruned(rev: number): boolean {
    return this.#prunes.some((prune) => rev <= prune.upToRev && prune.rev > rev);
  }

  /** The last prune says what all thinned rows and the snapshots in their place were, then. */
  #checkPrune(): void {
    const prune = this.#prunes.at(-1);
    const base = this.#base.hex();
    const thinned = this.#thinned.hex();
    if (prune === undefined) return;
    const where = `revision ${prune.rev}`;
    if (prune.base !== base) {
      this.#found({ where, message: 'the snapshots that it put in place of dropped details are not those it made' });
    }
    if (prune.thinned !== thinned) {
      this.#found({ where, message: 'the changes that it thinned do not say any more what they said then' });
    }
  }

  async #compareHead(): Promise<void> {
    const head = await this.#audit.head();
    const after = await this.#rowsBetween(this.#rev, MAX_REV);
    // A sync that came in between is told apart by the next round.
    for (const rev of new Set([...after.changes.keys(), ...after.snapshots.keys()])) {
      this.#atHead.push({ where: `revision ${rev}`, message: 'is missing, and there are changes or snapshots of it' });
    }
    if (head.rev !== this.#rev) {
      this.#atHead.push({ where: 'head', message: `revisions end at ${this.#rev}, and ${head.rev} were made` });
    } else if (head.lastHash !== this.#hash) {
      this.#atHead.push({
        where: 'head',
        message: `the hash of revision ${head.rev} is not the one that was made last`,
      });
    }
  }

  #strayRows({ changes, snapshots }: Rows, rev: number): void {
    const count = (changes.get(rev)?.length ?? 0) + (snapshots.get(rev)?.length ?? 0);
    if (count > 0) this.#found({ where: `revision ${rev}`, message: `${count} changes and snapshots are left of it` });
  }

  #found(problem: Problem): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(problem);
  }
}

interface Rows {
  changes: Map<number, AuditedChange[]>;
  snapshots: Map<number, AuditedSnapshot[]>;
}

function byRev<T extends { rev: number }>(rows: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(row.rev);
    if (group) group.push(row);
    else groups.set(row.rev, [row]);
  }
  return groups;
}
