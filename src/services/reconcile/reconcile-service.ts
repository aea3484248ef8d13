import type { AccountRepository } from '../../repositories/reconcile/account-repository.ts';
import type { FindingRepository } from '../../repositories/reconcile/finding-repository.ts';
import type { ReconcileRepository } from '../../repositories/reconcile/reconcile-repository.ts';
import type { AccountRule } from '../../types/account.ts';
import { AppError } from '../../types/errors.ts';
import type { ReconcileIssue, ReconcileReport } from '../../types/finding.ts';
import type { PanelReading, PanelScope, PanelSource, StoredPanel } from '../../types/panel.ts';
import { countByAccount, countsOf } from './account-counts.ts';
import type { WholePanel } from './compare-panel.ts';
import type { ComparisonLimits } from './finding-limits.ts';
import { type OwnerFile, Owners } from './owners.ts';
import { type ComparedInput, compareWhole, planByAccount, planReconcile } from './plan-reconcile.ts';
import { type ReadPanel, summed, toReport, toWrite } from './reconcile-report.ts';
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

type ReadOptions = Pick<ReconcileOptions, 'signal' | 'onProgress'>;

/** What a comparison has read. */
interface ReadWorld {
  read: readonly ReadPanel[];
  world: ReconcileWorld;
  input: ComparedInput;
  issues: readonly ReconcileIssue[];
  startedAt: Date;
}

/** Accounts whose findings are planned and written before the next look whether the comparison is to end. */
const BATCH = 50;

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
    const { read, world, input, issues, startedAt } = await this.#readWorld(options);
    const open = await findings.list({ isOpen: true });
    const plan = planReconcile({ ...input, open, limits: toLimits(world, options) });
    const { accountKey = null } = options;
    const { results } = plan;
    const counts = accountKey === null ? null : countsOf(countByAccount({ ...input, results }), accountKey);
    const ended = { read, issues, startedAt, finishedAt: clock(), by: options.by };
    const run = toReport({ ...ended, plan, accountKey, counts, id: newId() });
    await repository.apply(toWrite({ run, plan, read, newId }));
    return run;
  }

  /**
   * A comparison of everything, stored account after account: an account whose findings cannot be stored is counted as an error and told
   * in `issues`, and the others are stored all the same. Each panel is read once for all of them.
   */
  async runAccounts(options: Omit<ReconcileOptions, 'panels' | 'accountKey' | 'selectors'>): Promise<ReconcileReport> {
    const { repository, findings, clock, newId } = this.#deps;
    const { read, input, issues, startedAt } = await this.#readWorld(options);
    const differences = compareWhole(input);
    const { results } = differences;
    const counts = countByAccount({ ...input, results });
    const plans = planByAccount(differences, await findings.list({ isOpen: true }), counts.keys());
    const failed: ReconcileIssue[] = [];
    const end = () => ({ read, startedAt, finishedAt: clock(), by: options.by, id: newId() });
    for (const [index, { accountKey, ...found }] of plans.entries()) {
      if (index % BATCH === 0) {
        options.signal.throwIfAborted();
        options.onProgress?.('comparing accounts', index, plans.length);
      }
      if (accountKey === null) continue;
      const plan = { ...found, results };
      const run = toReport({ ...end(), issues, plan, accountKey, counts: countsOf(counts, accountKey) });
      const write = toWrite({ run, plan: { ...plan, results: [] }, read: [], newId });
      await repository.apply(write).catch((error: unknown) => {
        const { message, hint = null } = onlyAppError(error);
        failed.push({ what: `account ${accountKey}`, message, hint });
      });
    }
    const run = toReport({
      ...end(),
      issues: [...issues, ...failed],
      plan: { results, ...summed(plans) },
      accountKey: null,
      counts: null,
    });
    const whole = { ...run, counts: { ...run.counts, errors: run.counts.errors + failed.length } };
    const nobodys = plans.filter(({ accountKey }) => accountKey === null);
    await repository.apply(toWrite({ run: whole, plan: { results, ...summed(nobodys) }, read, newId }));
    return whole;
  }

  async lastRun(accountKey: string | null): Promise<ReconcileReport | null> {
    return this.#deps.repository.lastRun(accountKey);
  }

  async #readWorld(options: Pick<ReconcileOptions, 'panels' | 'signal' | 'onProgress'>): Promise<ReadWorld> {
    const { clock } = this.#deps;
    const startedAt = clock();
    const stored = await this.#deps.panels();
    const panels = chosenPanels(stored, options.panels);
    const owners = await this.#owners();
    const read: ReadPanel[] = [];
    for (const panel of panels) read.push(await this.#read(panel, options));
    // After the panels: a machine that was made meanwhile is not taken for one that a panel should know.
    const world = await ReconcileWorld.load(this.#deps);
    options.signal.throwIfAborted();
    const whole = read.flatMap((one) => one.whole ?? []);
    const panelNames = new Set(stored.map(({ name }) => name));
    const input = { world, owners, whole, isMissingPanel: whole.length < read.length, panelNames, now: clock() };
    return {
      read,
      world,
      input,
      issues: [...read.flatMap(({ issue }) => issue ?? []), ...doubts(world, whole)],
      startedAt,
    };
  }

  async #owners(): Promise<Owners> {
    const { rules, files } = await this.#deps.accountRules();
    return new Owners(await this.#deps.accounts.list(), rules, files);
  }

  async #read(panel: StoredPanel, options: ReadOptions): Promise<ReadPanel> {
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
    { signal, onProgress }: ReadOptions,
  ): Promise<{ reading: PanelReading; scope: PanelScope }> {
    const opened = await this.#deps.open(panel);
    try {
      return { reading: await opened.read({ signal, ...(onProgress && { onProgress }) }), scope: opened.scope };
    } finally {
      await opened.close();
    }
  }
}

function chosenPanels(all: readonly StoredPanel[], names: readonly string[] | undefined): readonly StoredPanel[] {
  if (names === undefined) return all;
  return names.map((name) => {
    const found = all.find((one) => one.name === name);
    if (found !== undefined) return found;
    const list = all.length === 0 ? 'there is none: rollcall panel add --help' : all.map((one) => one.name).join(', ');
    throw new AppError('not-found', `there is no panel ${name}`, { hint: `there are: ${list}` });
  });
}

function onlyAppError(error: unknown): AppError {
  if (error instanceof AppError && error.code !== 'interrupted') return error;
  throw error;
}

function toLimits(world: ReconcileWorld, { accountKey, selectors, panels }: ReconcileOptions): ComparisonLimits {
  const guests = selectors && world.inScope({ providers: ['*'], selectors });
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
