import type { AccountRepository } from '../../repositories/reconcile/account-repository.ts';
import type { FindingRepository } from '../../repositories/reconcile/finding-repository.ts';
import type {
  PanelReadingNote,
  ReconcileRepository,
  ReconcileWrite,
} from '../../repositories/reconcile/reconcile-repository.ts';
import type { AccountRule } from '../../types/account.ts';
import { AppError } from '../../types/errors.ts';
import type { ReconcileIssue, ReconcileReport } from '../../types/finding.ts';
import type { PanelReading, PanelScope, PanelSource, StoredPanel } from '../../types/panel.ts';
import type { WholePanel } from './compare-panel.ts';
import type { ComparisonLimits } from './finding-limits.ts';
import { type OwnerFile, Owners } from './owners.ts';
import { planReconcile, type ReconcilePlan } from './plan-reconcile.ts';
import { ReconcileWorld, type WorldSources } from './reconcile-world.ts';

/** A panel that was opened: its settings are as they were stored by this program. */
export interface OpenedPanel extends PanelSource {
  scope: PanelScope;
}

export interface ReconcileDeps extends Omit<WorldSources, 'repository'> {
  repository: ReconcileRepository;
  findings: FindingRepository;
  accounts: AccountRepository;
  panels(): Promise<readonly StoredPanel[]>;
  /** Throws AppError. */
  open(panel: StoredPanel): Promise<OpenedPanel>;
  /** With the files that they name. */
  accountRules(): Promise<{ rules: readonly AccountRule[]; files: ReadonlyMap<string, OwnerFile> }>;
  newId: () => string;
}

export interface ReconcileOptions {
  /** Names; absent: all panels. */
  panels?: readonly string[] | undefined;
  /** Findings of this account alone are opened and closed. */
  accountKey?: string | undefined;
  /** The same for guests that one of these selects. */
  selectors?: readonly string[] | undefined;
  by: string;
  signal: AbortSignal;
  onProgress?: ((step: string, done: number, total: number | null) => void) | undefined;
}

/** What one reading came to. */
interface ReadPanel {
  panel: StoredPanel;
  /** null: it could not be read, or not whole. */
  whole: WholePanel | null;
  issue: ReconcileIssue | null;
  note: PanelReadingNote;
}

/** Compares what runs with what panels say. Reads panels and the database, and writes to the database alone. */
export class ReconcileService {
  readonly #deps: ReconcileDeps;

  constructor(deps: ReconcileDeps) {
    this.#deps = deps;
  }

  /**
   * One comparison. A panel that cannot be read is told in `issues` and concludes nothing; its findings stay as they are. Throws
   * AppError('not-found') for a name that no panel has.
   */
  async run(options: ReconcileOptions): Promise<ReconcileReport> {
    const { repository, findings, clock, newId } = this.#deps;
    const startedAt = clock();
    const panels = await this.#panels(options.panels);
    const owners = await this.#owners();
    const read: ReadPanel[] = [];
    for (const panel of panels) read.push(await this.#read(panel, options));
    // After the panels: a machine that was made meanwhile is not taken for one that a panel should know.
    const world = await ReconcileWorld.load(this.#deps);
    options.signal.throwIfAborted();
    const whole = read.flatMap((one) => one.whole ?? []);
    const plan = planReconcile({
      world,
      owners,
      whole,
      isMissingPanel: whole.length < read.length,
      open: await findings.list({ isOpen: true }),
      limits: toLimits(world, options),
      now: clock(),
    });
    const issues = [...read.flatMap(({ issue }) => issue ?? []), ...doubts(world, whole)];
    const run = toReport({ read, plan, issues, options, startedAt, finishedAt: clock(), id: newId() });
    await repository.apply(toWrite({ run, plan, read, newId }));
    return run;
  }

  async lastRun(accountKey: string | null): Promise<ReconcileReport | null> {
    return this.#deps.repository.lastRun(accountKey);
  }

  async #panels(names: readonly string[] | undefined): Promise<readonly StoredPanel[]> {
    const all = await this.#deps.panels();
    if (names === undefined) return all;
    return names.map((name) => {
      const found = all.find((one) => one.name === name);
      if (found !== undefined) return found;
      const list =
        all.length === 0 ? 'there is none: rollcall panel add --help' : all.map((one) => one.name).join(', ');
      throw new AppError('not-found', `there is no panel ${name}`, { hint: `there are: ${list}` });
    });
  }

  async #owners(): Promise<Owners> {
    const { rules, files } = await this.#deps.accountRules();
    return new Owners(await this.#deps.accounts.list(), rules, files);
  }

  async #read(panel: StoredPanel, options: ReconcileOptions): Promise<ReadPanel> {
    const { repository, clock } = this.#deps;
    const readAt = clock();
    options.onProgress?.(`reading ${panel.name}`, 0, null);
    const read = await this.#readPanel(panel, options).catch(onlyAppError);
    const note = { panelId: panel.id, at: clock() };
    if (read instanceof AppError) {
      const issue = { what: panel.name, message: read.message, hint: read.hint ?? null };
      return { panel, whole: null, issue, note: { ...note, count: null, issue: read.message } };
    }
    const { reading, scope } = read;
    const { records, doubt } = reading;
    if (doubt !== null) {
      const issue = { what: panel.name, message: `its list is not whole: ${doubt}`, hint: null };
      return { panel, whole: null, issue, note: { ...note, count: records.length, issue: doubt } };
    }
    const known = await repository.links(panel.id);
    const whole = { panel, scope, records, known, readAt, isFirst: known.size === 0 };
    return { panel, whole, issue: null, note: { ...note, count: records.length, issue: null } };
  }

  async #readPanel(
    panel: StoredPanel,
    { signal, onProgress }: ReconcileOptions,
  ): Promise<{ reading: PanelReading; scope: PanelScope }> {
    const opened = await this.#deps.open(panel);
    try {
      return { reading: await opened.read({ signal, ...(onProgress && { onProgress }) }), scope: opened.scope };
    } finally {
      await opened.close();
    }
  }
}

function onlyAppError(error: unknown): AppError {
  if (error instanceof AppError && error.code !== 'interrupted') return error;
  throw error;
}

function toLimits(world: ReconcileWorld, { accountKey, selectors, panels }: ReconcileOptions): ComparisonLimits {
  const guests = selectors && world.inScope({ providers: [], selectors });
  return {
    accountKey,
    guestIds: guests && new Set(guests.map(({ id }) => id)),
    panels: panels && new Set(panels),
  };
}

/** Providers of which nothing is concluded, each once. */
function doubts(world: ReconcileWorld, whole: readonly WholePanel[]): ReconcileIssue[] {
  const texts = new Set(whole.flatMap(({ scope }) => world.missingDoubt(scope, null) ?? []));
  return [...texts].map((text) => ({ what: 'inventory', message: `nothing is concluded from ${text}`, hint: null }));
}

interface Ended {
  read: readonly ReadPanel[];
  plan: ReconcilePlan;
}

interface Report extends Ended {
  issues: readonly ReconcileIssue[];
  options: ReconcileOptions;
  startedAt: Date;
  finishedAt: Date;
  id: string;
}

function toReport({ read, plan, issues, options, startedAt, finishedAt, id }: Report): ReconcileReport {
  const { results, findings, openCount } = plan;
  const errors = read.length - results.length;
  const sum = (of: (result: ReconcilePlan['results'][number]) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  return {
    id,
    startedAt,
    finishedAt,
    requestedBy: options.by,
    accountKey: options.accountKey ?? null,
    panels: read.map(({ panel }) => panel.name),
    outcome: errors > 0 && results.length === 0 ? 'failed' : issues.length > 0 ? 'partial' : 'complete',
    counts: {
      records: sum(({ counts }) => counts.records),
      guests: sum(({ counts }) => counts.guests),
      matched: sum(({ counts }) => counts.matched),
      new: sum(({ links }) => links.new),
      updated: sum(({ links }) => links.updated),
      opened: findings.opened.length,
      closed: findings.closed.length,
      open: openCount,
      errors,
    },
    issues,
  };
}

function toWrite({ run, plan, read, newId }: Ended & { run: ReconcileReport; newId: () => string }): ReconcileWrite {
  const { results, findings } = plan;
  return {
    run,
    found: [...findings.opened, ...findings.kept.map((one) => one.found)].map((one) => ({ ...one, id: newId() })),
    closed: findings.closed,
    links: results.flatMap(({ links }) => links.links),
    unlinked: results.flatMap(({ panelId, links }) => links.unlinked.map((recordId) => ({ panelId, recordId }))),
    readings: read.map(({ note }) => note),
  };
}
