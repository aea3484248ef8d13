import type { InventoryRepository } from '../../repositories/inventory/inventory-repository.ts';
import type { Check, CheckReport, Finding, InventoryAge } from '../../types/check.ts';
import { CHANGE_KINDS, type Change } from '../../types/history.ts';
import type { Filter, ProviderRow } from '../../types/inventory.ts';
import { wereGuestsListed } from '../../types/scope.ts';
import type { Selectable } from '../../types/selector.ts';
import type { HistoryService } from '../history/history-service.ts';
import type { InventoryService } from '../inventory/inventory-service.ts';
import { type CompiledFile, evaluate, type Judged } from './evaluate.ts';
import { findOrigin } from './find-origin.ts';
import { type ProviderFacts, pastFacts, presentFacts, staleReason } from './inventory-age.ts';
import type { ReadFacts } from './observed.ts';
import type { Deviating } from './plan-fixes.ts';

/** The history is asked for so many guests at a time. */
const GUESTS_PER_QUERY = 500;

export interface CheckQuery {
  file: string;
  rules: CompiledFile;
  now: Date;
  /** The state of a past time. */
  at?: Date;
  provider?: Filter;
  /** Nothing counts of a provider whose inventory is older. */
  maxAgeMs?: number;
}

/** A report, and every check that went into it. */
export interface CheckResults {
  report: CheckReport;
  checks: readonly Check[];
  /** What deviates, without what is waived. */
  deviating: readonly Deviating[];
}

/** What runs could read, and what they could not. */
type Coverage = Pick<InventoryRepository, 'listFullRuns' | 'listUnreadBackups' | 'listReadSections'>;

/** Compares the inventory with expectations. Makes no request and writes nothing. */
export class CheckService {
  readonly #inventory: InventoryService;
  readonly #coverage: Coverage;
  readonly #history: Pick<HistoryService, 'listChanges' | 'exactSince'>;

  constructor(deps: {
    inventory: InventoryService;
    coverage: Coverage;
    history: Pick<HistoryService, 'listChanges' | 'exactSince'>;
  }) {
    this.#inventory = deps.inventory;
    this.#coverage = deps.coverage;
    this.#history = deps.history;
  }

  async check(query: CheckQuery): Promise<CheckResults> {
    const { file, rules: compiled, now, at = now } = query;
    const { facts, inventory } = await this.readFacts(query);
    const candidates = await this.candidates(fieldsOf(compiled), query);
    const { checks, judged, selected, guests, waivers } = evaluate(compiled, candidates, { ...facts, at });
    const findings = await this.#withOrigins(judged, query);
    const rules = compiled.rules.map(({ name, select, place }, index) => {
      return { name, select, guests: selected[index] ?? 0, place };
    });
    const counts = { guests, ...count(checks) };
    return {
      report: { file, at, counts, rules, findings, waivers, inventory },
      checks,
      deviating: judged.flatMap(({ finding, deviating: one }) =>
        one === null || finding.result !== 'deviates' ? [] : [{ finding, guest: one.guest }],
      ),
    };
  }

  /** What the runs could read, and how old that is. */
  async readFacts(
    query: Omit<CheckQuery, 'file' | 'rules'>,
  ): Promise<{ facts: ReadFacts; inventory: readonly InventoryAge[] }> {
    const providers = await this.#providerFacts(query);
    const facts = {
      sections: await this.#coverage.listReadSections(),
      unreadBackups: await this.#coverage.listUnreadBackups(),
      gaps: new Map(providers.map(({ id, gaps }) => [id, gaps])),
      stale: new Map(providers.flatMap(({ id, stale }) => (stale === null ? [] : [[id, stale] as const]))),
    };
    return { facts, inventory: providers.map(({ age, stale }) => ({ ...age, problem: age.problem ?? stale })) };
  }

  /** Guests that are not gone, with what selectors compare. */
  async candidates(
    fields: ReadonlySet<string>,
    { at, provider }: Pick<CheckQuery, 'at' | 'provider'>,
  ): Promise<readonly Selectable[]> {
    const found: Selectable[] = [];
    const all = { fields, matches: (candidate: Selectable) => found.push(candidate) > 0 };
    await this.#inventory.listGuests({
      presence: ['present', 'unobservable'],
      selector: all,
      ...(at && { at }),
      ...(provider !== undefined && { provider }),
    });
    return found;
  }

  async #providerFacts(
    query: Omit<CheckQuery, 'file' | 'rules'>,
  ): Promise<(ProviderFacts & { id: string; stale: string | null })[]> {
    const { at, now, provider, maxAgeMs } = query;
    const filter = provider === undefined ? {} : { provider };
    const facts =
      at === undefined
        ? (await this.#inventory.syncStatus(filter)).map((status) => ({
            id: status.providerId,
            ...presentFacts(status),
          }))
        : await this.#pastFacts(await this.#inventory.listProviders(filter), at);
    return facts.map((one) => ({ ...one, stale: staleReason(one.age, { at: at ?? now, maxAgeMs }) }));
  }

  async #pastFacts(providers: readonly ProviderRow[], at: Date): Promise<(ProviderFacts & { id: string })[]> {
    const facts: (ProviderFacts & { id: string })[] = [];
    for (const { id, name } of providers) {
      const runs = await this.#coverage.listFullRuns(id, at);
      facts.push({ id, ...pastFacts(name, runs.find(wereGuestsListed) ?? null) });
    }
    return facts;
  }

  /** Since when and by whom: the history of the fields that deviate, of many guests in one query. */
  async #withOrigins(judged: readonly Judged[], { at, now }: CheckQuery): Promise<Finding[]> {
    const deviating = judged.flatMap((one) => one.deviating ?? []);
    const ids = [...new Set(deviating.map(({ guest }) => guest.id))];
    const paths = [...new Set(deviating.flatMap(({ expectation }) => expectation.paths))];
    const changes = await this.#changesOf(ids, { paths, at });
    return judged.map(({ finding, deviating: one }) => {
      if (one === null) return finding;
      const origin = findOrigin(one, { changes: changes.get(one.guest.id) ?? [], at: at ?? now });
      return { ...finding, origin };
    });
  }

  /** As {@link findOrigin} asks for them, by guest. */
  async #changesOf(
    ids: readonly string[],
    { paths, at }: { paths: readonly string[]; at: Date | undefined },
  ): Promise<Map<string, Change[]>> {
    const exactSince = await this.#history.exactSince();
    const found = new Map<string, Change[]>(ids.map((id) => [id, []]));
    for (let start = 0; start < ids.length; start += GUESTS_PER_QUERY) {
      const guests = new Set(ids.slice(start, start + GUESTS_PER_QUERY));
      const query = { guests, kind: [...CHANGE_KINDS, 'observed'], reverse: true };
      // Every creation says where the guest was created.
      const touching = { ...query, path: [...paths, 'node'], ...(at && { until: at }) };
      const changes = await this.#history.listChanges(touching);
      // What is dropped says no longer which fields it was about.
      const pruned =
        exactSince === null
          ? []
          : (
              await this.#history.listChanges({
                ...query,
                until: at !== undefined && at < exactSince ? at : exactSince,
              })
            ).filter(({ isPruned }) => isPruned);
      for (const change of [...changes, ...pruned]) found.get(change.resourceId)?.push(change);
      if (pruned.length > 0) for (const id of guests) found.get(id)?.sort(newestFirst);
    }
    return found;
  }
}

function newestFirst(a: Change, b: Change): number {
  return b.rev - a.rev || b.seq - a.seq;
}

function fieldsOf({ rules, waivers }: CompiledFile): ReadonlySet<string> {
  return new Set([...rules, ...waivers].flatMap(({ selector }) => [...selector.fields]));
}

function count(checks: readonly Check[]): Omit<CheckReport['counts'], 'guests'> {
  const of = (result: Check['result']) => checks.filter((check) => check.result === result).length;
  return {
    checks: checks.length,
    passed: of('passed'),
    deviating: of('deviates'),
    waived: of('waived'),
    unknown: of('unknown'),
  };
}
