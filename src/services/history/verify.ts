import { revisionHash } from '../../repositories/history/hash-chain.ts';
import { isPruneDetail, type StoredRevision } from '../../repositories/history/history-rows.ts';
import type { AuditedSnapshot, AuditRepository } from '../../repositories/maintenance/audit-repository.ts';
import type { Problem, VerifyReport } from '../../types/history-query.ts';
import { type KeptHead, toHead } from '../../types/kept-head.ts';
import { ActionCheck } from './check-actions.ts';
import { BookCheck } from './check-book.ts';
import { ChangeCheck } from './check-changes.ts';
import { readExplanations } from './check-explanations.ts';
import { HeadCheck } from './check-heads.ts';
import { PruneCheck } from './check-prunes.ts';
import { type ReadRevision, RowCheck } from './check-rows.ts';
import { SettingsCheck } from './check-settings.ts';
import { Replay } from './replay.ts';
import { byRevision, type Rows, revisionsOf } from './rows-by-revision.ts';
import type { Thinning } from './thinning.ts';

const REVISIONS_PER_PAGE = 200;
const RESOURCES_PER_PAGE = 500;
/** How often a sync may come in between before the answer is that of a moving target. */
const MOST_ROUNDS = 5;
/** A damaged database may have a problem for each row. */
const MOST_PROBLEMS = 1000;

export interface VerifyOptions {
  heads?: readonly KeptHead[];
  /** Gathers what a prune would write. */
  thinning?: Thinning;
}

/**
 * Walks the chain of revisions, replays all changes, and compares with every snapshot and with what is stored now. Reads
 * page by page, and may run while something else syncs.
 */
export async function verifyHistory(audit: AuditRepository, options: VerifyOptions = {}): Promise<VerifyReport> {
  const prunes = new PruneCheck(await audit.listPrunes(), options.thinning?.upToRev);
  const verification = new Verification(audit, prunes, options);
  await verification.start();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await verification.walkRevisions();
    if (await verification.compareResources()) break;
  }
  options.thinning?.end(prunes);
  return verification.report();
}

class Verification {
  readonly #audit: AuditRepository;
  readonly #prunes: PruneCheck;
  readonly #thinning: Thinning | undefined;
  readonly #heads: HeadCheck;
  readonly #replay: Replay;
  readonly #changes: ChangeCheck;
  readonly #rows: RowCheck;
  readonly #book: BookCheck;
  readonly #actions: ActionCheck;
  readonly #settings = new SettingsCheck();
  readonly #problems: Problem[] = [];
  /** Problems of the last round, which the next one finds anew. */
  #atHead: Problem[] = [];
  #rev = 0;
  #hash = '';
  #at = new Date(0);
  #format = 1;
  #counts = { revisions: 0, changes: 0, snapshots: 0, resources: 0 };

  constructor(audit: AuditRepository, prunes: PruneCheck, { heads = [], thinning }: VerifyOptions) {
    const found = (problem: Problem) => this.#found(problem);
    this.#audit = audit;
    this.#prunes = prunes;
    this.#thinning = thinning;
    this.#heads = new HeadCheck(heads);
    this.#replay = new Replay(found);
    const onChanged = thinning?.change.bind(thinning) ?? (() => undefined);
    this.#changes = new ChangeCheck({ replay: this.#replay, prunes, found, onChanged });
    this.#rows = new RowCheck(audit);
    this.#book = new BookCheck(audit, found);
    this.#actions = new ActionCheck(audit, found);
  }

  async start(): Promise<void> {
    this.#hash = (await this.#audit.head()).epoch;
    this.#heads.revision({ rev: 0, hash: this.#hash });
    const early = await this.#rowsBetween(null, 0);
    await this.#book.revisions({ afterRev: null, toRev: 0 }, []);
    await this.#actions.revisions({ afterRev: null, toRev: 0 }, []);
    for (const rev of revisionsOf(early))
      this.#found({ where: `revision ${rev}`, message: 'there are changes or snapshots of it' });
  }

  async walkRevisions(): Promise<void> {
    for (;;) {
      const page = await this.#audit.listRevisions(this.#rev, REVISIONS_PER_PAGE);
      const last = page.at(-1);
      if (last === undefined) return;
      const rows = await this.#rowsBetween(this.#rev, last.rev);
      const afterRev = this.#rev;
      const read: ReadRevision[] = [];
      for (const { rev, revision } of page) {
        for (let missing = this.#rev + 1; missing < rev && missing <= this.#rev + 10; missing++) {
          this.#found({ where: `revision ${missing}`, message: 'is missing' });
          this.#strayRows(rows, missing);
        }
        if (revision.value === null) this.#found({ where: `revision ${rev}`, message: revision.damage });
        else read.push(this.#revision(revision.value, rows));
        this.#rev = rev;
        this.#counts.revisions++;
      }
      await this.#rows.revisions(read);
      await this.#book.revisions({ afterRev, toRev: last.rev }, read);
      await this.#actions.revisions({ afterRev, toRev: last.rev }, read);
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
      this.#rows.resource(resource);
      this.#counts.resources++;
    }
    const providers = await this.#audit.listProviders();
    const providerIds = new Set(providers.map(({ id }) => id));
    this.#atHead.push(...this.#replay.missing(seen, providerIds), ...this.#rows.problems(providerIds));
    this.#atHead.push(...this.#settings.problems(providers));
    await this.#compareHead();
    return (await this.#audit.listRevisions(this.#rev, 1)).length === 0;
  }

  report(): VerifyReport {
    const late = [...this.#prunes.problems(), ...this.#heads.problems()];
    const problems = [...this.#problems, ...late, ...this.#atHead].slice(0, MOST_PROBLEMS);
    const head = toHead({ rev: this.#rev, hash: this.#hash });
    return { ok: problems.length === 0, ...this.#counts, head, proved: this.#heads.proved().map(toHead), problems };
  }

  async #rowsBetween(afterRev: number | null, toRev: number | null): Promise<Rows> {
    const changes = byRevision(await this.#audit.listChanges(afterRev, toRev));
    const explanations = byRevision(await this.#audit.listExplanations(afterRev, toRev));
    const snapshots = byRevision(await this.#audit.listSnapshots(afterRev, toRev));
    return { changes, explanations, snapshots };
  }

  #revision(revision: StoredRevision, rows: Rows): ReadRevision {
    const { rev, hash, at, format } = revision;
    this.#checkSeal(revision);
    this.#hash = hash;
    this.#at = at;
    this.#format = Math.max(this.#format, format);
    this.#heads.revision(revision);
    this.#settings.revision(revision);
    const stored = rows.changes.get(rev) ?? [];
    this.#counts.changes += stored.length;
    const found = (problem: Problem) => this.#found(problem);
    const { explanations, digests } = readExplanations(revision, rows.explanations.get(rev) ?? [], found);
    const changes = this.#changes.revision(revision, stored, digests);
    for (const snapshot of rows.snapshots.get(rev) ?? []) this.#snapshot(revision, snapshot);
    this.#replay.endRevision(rev);
    this.#thinning?.endRevision(rev, this.#replay);
    return { revision, changes, explanations };
  }

  #checkSeal(revision: StoredRevision): void {
    const { rev, kind, format, previousHash, hash, detail } = revision;
    const where = `revision ${rev}`;
    if (previousHash !== this.#hash) {
      this.#found({ where, message: 'does not follow the revision before it: one of them was changed or replaced' });
    }
    if (revisionHash(revision, detail) !== hash)
      this.#found({ where, message: 'was changed: its hash is another one' });
    if (format < this.#format)
      this.#found({ where, message: `has format ${format}, and one before it ${this.#format}` });
    if (kind === 'prune' && !isPruneDetail(detail)) {
      this.#found({ where, message: 'does not say what it dropped' });
    }
  }

  #snapshot(revision: StoredRevision, snapshot: AuditedSnapshot): void {
    this.#counts.snapshots++;
    this.#prunes.snapshot(snapshot);
    this.#replay.snapshot(snapshot);
    this.#changes.snapshot(revision, snapshot);
  }

  async #compareHead(): Promise<void> {
    const head = await this.#audit.head();
    const after = await this.#rowsBetween(this.#rev, null);
    // A sync that came in between is told apart by the next round.
    for (const rev of revisionsOf(after)) {
      this.#atHead.push({ where: `revision ${rev}`, message: 'is missing, and there are changes or snapshots of it' });
    }
    this.#atHead.push(...(await this.#book.after(this.#rev)), ...(await this.#actions.after(this.#rev)));
    const where = 'head';
    if (head.rev !== this.#rev) {
      this.#atHead.push({ where, message: `revisions end at ${this.#rev}, and ${head.rev} were made` });
    } else if (head.lastHash !== this.#hash) {
      this.#atHead.push({ where, message: `the hash of revision ${head.rev} is not the one that was made last` });
    } else if (head.lastAt?.getTime() !== this.#at.getTime()) {
      this.#atHead.push({ where, message: `the time of revision ${head.rev} is not the one that was made last` });
    }
  }

  #strayRows({ changes, explanations, snapshots }: Rows, rev: number): void {
    const count = [changes, explanations, snapshots].reduce((sum, rows) => sum + (rows.get(rev)?.length ?? 0), 0);
    if (count > 0)
      this.#found({ where: `revision ${rev}`, message: `${count} changes, explanations and snapshots are left of it` });
  }

  #found(problem: Problem): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(problem);
  }
}
