import type { ReconcileRepository } from '../../repositories/reconcile/reconcile-repository.ts';
import type { GuestRow, ProviderStatus } from '../../types/inventory.ts';
import type { PanelScope } from '../../types/panel.ts';
import { compileFilter } from '../../types/wildcard.ts';
import type { InventoryService } from '../inventory/inventory-service.ts';
import { parseSelectors } from '../selectors/parse-selector.ts';
import { type ComparedGuest, toCompared } from './compared-guest.ts';
import { doubtOf } from './provider-doubt.ts';

export interface WorldSources {
  inventory: Pick<InventoryService, 'listGuests' | 'syncStatus'>;
  repository: Pick<ReconcileRepository, 'moves'>;
  /** Names of the providers whose guests are machines that an agent on them reports: the same machines as those of a platform. */
  reportingProviders: () => Promise<ReadonlySet<string>>;
  clock: () => Date;
}

interface Known {
  rows: readonly GuestRow[];
  movedTo: ReadonlyMap<string, string>;
  statuses: readonly ProviderStatus[];
  reporting: ReadonlySet<string>;
  now: Date;
}

/** What the inventory knows when a comparison begins. */
export class ReconcileWorld {
  readonly live: readonly ComparedGuest[];
  readonly #gone: readonly ComparedGuest[];
  readonly movedTo: ReadonlyMap<string, string>;
  readonly #rows: readonly GuestRow[];
  /** By the name of each provider that is watched. */
  readonly #doubts: ReadonlyMap<string, string | null>;
  readonly #listedAt: ReadonlyMap<string, Date | null>;
  readonly #reporting: ReadonlySet<string>;
  readonly #now: Date;

  private constructor({ rows, movedTo, statuses, reporting, now }: Known) {
    this.#rows = rows.filter(({ presence }) => presence !== 'gone');
    this.live = this.#rows.map(toCompared);
    this.#gone = rows
      .filter(({ presence }) => presence === 'gone')
      .toSorted((a, b) => timeOf(a.goneAt) - timeOf(b.goneAt))
      .map(toCompared);
    this.movedTo = movedTo;
    this.#doubts = new Map(statuses.map((status) => [status.providerName, doubtOf(status, now)]));
    this.#listedAt = new Map(statuses.map(({ providerName, lastListedAt }) => [providerName, lastListedAt]));
    this.#reporting = reporting;
    this.#now = now;
  }

  static async load({ inventory, repository, reportingProviders, clock }: WorldSources): Promise<ReconcileWorld> {
    const now = clock();
    const rows = await inventory.listGuests({ presence: 'all' });
    const statuses = await inventory.syncStatus();
    const [movedTo, reporting] = [await repository.moves(), await reportingProviders()];
    return new ReconcileWorld({ rows, movedTo, statuses, reporting, now });
  }

  get goneIds(): ReadonlySet<string> {
    return new Set(this.#gone.map(({ id }) => id));
  }

  /**
   * Machines that records may be, wherever they are. What an agent reports of itself is a machine of its own only for a panel that is
   * about its provider: elsewhere it would be there twice.
   */
  machinesFor(scope: PanelScope): { live: readonly ComparedGuest[]; gone: readonly ComparedGuest[] } {
    const isMeant = this.#providerTest(scope);
    const isMachine = ({ providerName }: ComparedGuest) => !this.#reporting.has(providerName) || isMeant(providerName);
    return { live: this.live.filter(isMachine), gone: this.#gone.filter(isMachine) };
  }

  /** Guests that are not gone. Throws AppError('usage') for a selector that is none. */
  inScope(scope: PanelScope): readonly ComparedGuest[] {
    const isOfProvider = this.#providerTest(scope);
    const { selectors } = scope;
    const selector = selectors.length === 0 ? null : parseSelectors(selectors, this.#now);
    const ids = new Set(
      this.#rows
        .filter(({ providerName }) => isOfProvider(providerName))
        .filter((guest) => selector === null || selector.matches({ guest, changedAt: null }))
        .map(({ id }) => id),
    );
    return this.live.filter(({ id }) => ids.has(id));
  }

  /** Whether the last run of its provider has seen the guest, and nothing is held against that run. */
  isSure({ presence, providerName }: ComparedGuest): boolean {
    return presence === 'present' && this.#doubts.get(providerName) === null;
  }

  /** Why guests of these providers may be missing: the first reason. null: they are all there. */
  missingDoubt(scope: PanelScope, named: string | null): string | null {
    const isKnown = named !== null && this.#doubts.has(named);
    const isMeant = isKnown ? (name: string) => name === named : this.#providerTest(scope);
    const doubts = [...this.#doubts].filter(([name]) => isMeant(name));
    if (doubts.length === 0) return 'no provider of this inventory is meant';
    const [first] = doubts.flatMap(([name, doubt]) => (doubt === null ? [] : [`${name}: ${doubt}`]));
    return first ?? null;
  }

  /** Since when the guests of all these providers have been listed again; null: of one of them never. */
  listedAt(scope: PanelScope): Date | null {
    const isMeant = this.#providerTest(scope);
    const times = [...this.#listedAt].filter(([name]) => isMeant(name)).map(([, at]) => timeOf(at));
    return times.length === 0 ? null : new Date(Math.min(...times));
  }

  #providerTest({ providers }: PanelScope): (name: string) => boolean {
    return providers.length === 0 ? (name) => !this.#reporting.has(name) : compileFilter(providers);
  }
}

function timeOf(time: Date | null): number {
  return time?.getTime() ?? 0;
}
