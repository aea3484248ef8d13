import type { WatchClaims, WatchRow } from '../../repositories/providers/watch-claims.ts';
import { ALL_SCOPES } from '../../types/presence.ts';
import { planClaims } from './claims.ts';
import type { WatchOptions, WatchTarget } from './watch-types.ts';
import { WatchedProvider } from './watched-provider.ts';

const RENEW_EVERY_MS = 10_000;

export interface RosterDeps {
  claims: WatchClaims;
  /** Called at each refresh, so that providers can be added and removed while `watch` runs. */
  targets: () => Promise<readonly WatchTarget[]>;
  /** This process, as the holder of its claims. */
  holder: string;
  isDead: (holder: string) => boolean;
  clock: () => Date;
  options: WatchOptions;
}

/** The providers that this process has claimed. Claims in the database share them among processes. */
export class Roster {
  readonly #deps: RosterDeps;
  readonly #mine = new Map<string, WatchedProvider>();
  #renewedMs = Number.NEGATIVE_INFINITY;

  constructor(deps: RosterDeps) {
    this.#deps = deps;
  }

  get mine(): readonly WatchedProvider[] {
    return [...this.#mine.values()];
  }

  /** Renews the claims, reads the providers, claims free ones, and drops those that are no longer this process's. */
  async refresh(): Promise<void> {
    const { claims, holder, isDead } = this.#deps;
    await this.#renew();
    const watched = await this.#watched();
    const rows = watched.map(({ row }) => row);
    const taken = new Set<string>();
    for (const { id, from } of planClaims(rows, { self: holder, isDead })) {
      if (await claims.take(id, { holder, from, now: this.#deps.clock() })) taken.add(id);
    }
    const kept = watched.filter(({ row }) => taken.has(row.id) || row.claim?.holder === holder);
    for (const one of kept) await this.#keep(one);
    await this.#drop(new Set(kept.map(({ row }) => row.id)));
  }

  /** Releases all claims. */
  async leave(): Promise<void> {
    await Promise.all(this.mine.map((one) => one.close()));
    await this.#deps.claims.release(this.#deps.holder);
  }

  /** Measured by the monotonic clock, which nobody can set. */
  async #renew(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#renewedMs < RENEW_EVERY_MS) return;
    await this.#deps.claims.renew(this.#deps.holder, this.#deps.clock());
    this.#renewedMs = nowMs;
  }

  async #watched(): Promise<{ row: WatchRow; target: WatchTarget }[]> {
    const { claims, clock } = this.#deps;
    const targets = await this.#deps.targets();
    let rows = await claims.list(clock());
    const unknown = targets.filter(({ name }) => !rows.some((row) => row.name === name));
    for (const { config } of unknown) await claims.ensure(config, clock());
    if (unknown.length > 0) rows = await claims.list(clock());
    return rows.flatMap((row) => {
      const target = targets.find(({ name }) => name === row.name);
      return target && row.isEnabled && row.schedule.autoDiscover ? [{ row, target }] : [];
    });
  }

  async #keep({ row, target }: { row: WatchRow; target: WatchTarget }): Promise<void> {
    const known = this.#mine.get(row.id);
    if (known) {
      known.row = row;
      known.target = target;
      return;
    }
    const { claims, options } = this.#deps;
    const lastStart = await claims.lastFullRunAt(row.id, ALL_SCOPES.length);
    this.#mine.set(row.id, new WatchedProvider(row, target, { lastStartMs: lastStart?.getTime() ?? null, options }));
  }

  async #drop(kept: ReadonlySet<string>): Promise<void> {
    for (const [id, provider] of this.#mine) {
      if (kept.has(id)) continue;
      this.#mine.delete(id);
      // The job in progress ends by itself. Its lease keeps other processes away.
      void (provider.job ?? Promise.resolve()).then(() => provider.close());
      await this.#deps.claims.release(this.#deps.holder, id);
    }
  }
}
