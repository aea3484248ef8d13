import type { Increment, SyncAnswer, Telemetry } from '../../protocol/feed.ts';
import type { FeedRepository, RunningSync, SeenElsewhere } from '../../repositories/feed/feed-repository.ts';
import { diffSnapshots } from './diff-snapshots.ts';
import { type EventSources, eventsSince } from './events-since.ts';
import type { Advance, FeedStore } from './feed-store.ts';
import type { FeedSnapshot, Touched } from './snapshot.ts';
import { parseToken, toToken } from './version-token.ts';
import { seesInfrastructure, toState, type View, viewed, WHOLE } from './view.ts';

/** What a subscriber gets: the next step, or null where it has to load everything again. */
export type FeedListener = (increment: Increment | null, snapshot: FeedSnapshot) => void;

export interface RunNews {
  type: 'run_started' | 'run_finished';
  run: RunningSync;
}

export interface HubDeps {
  store: FeedStore;
  feed: Pick<FeedRepository, 'isKept' | 'changesSince' | 'changedIds' | 'runningSyncs' | 'seenElsewhere' | 'telemetry'>;
  operations: EventSources['operations'];
  /** Ids of the hosts that a selector picks now. */
  pick(filter: string): Promise<ReadonlySet<string>>;
  clock: () => Date;
}

interface LiveView {
  view: View;
  filter: string | null;
  snapshot: FeedSnapshot;
  listeners: Set<FeedListener>;
  /** A step was missed. */
  isBehind?: boolean;
}

/** Brings the store up to date and tells everyone who looks at it, each by what it sees. */
export class FeedHub {
  readonly #deps: HubDeps;
  readonly #views = new Map<string, LiveView>();
  readonly #runListeners = new Set<(news: RunNews) => void>();
  #running = new Map<string, RunningSync>();
  #ticking: Promise<void> | undefined;

  constructor(deps: HubDeps) {
    this.#deps = deps;
  }

  /** The newest version, whatever who may see of it. */
  get current(): FeedSnapshot {
    return this.#deps.store.current;
  }

  /** Syncs that are under way, by any process. */
  get running(): readonly RunningSync[] {
    return [...this.#running.values()];
  }

  /** Where the machines of a provider that it cannot observe are seen now. */
  seenElsewhere(providerId: string): Promise<SeenElsewhere[]> {
    return this.#deps.feed.seenElsewhere(providerId);
  }

  /** Figures of running guests, by id. */
  telemetry(): Promise<Telemetry> {
    return this.#deps.feed.telemetry();
  }

  async snapshotOf(view: View): Promise<FeedSnapshot> {
    return this.#views.get(view.key)?.snapshot ?? viewed(view, this.current);
  }

  /** `filter`: a selector that does not depend on the time. Throws AppError `usage`. */
  async viewOf(scope: View['scope'], filter: string | null): Promise<View> {
    const picked = filter === null ? null : await this.#deps.pick(filter);
    const key = scope === null && filter === null ? WHOLE.key : JSON.stringify([scope, filter]);
    return { key, scope, picked };
  }

  /** Calls the listener with each later version, until what it returns is called. */
  subscribe(view: View, filter: string | null, listener: FeedListener): { snapshot: FeedSnapshot; end: () => void } {
    const live = this.#views.get(view.key) ?? {
      view,
      filter,
      snapshot: viewed(view, this.current),
      listeners: new Set<FeedListener>(),
    };
    this.#views.set(view.key, live);
    live.listeners.add(listener);
    const end = () => {
      live.listeners.delete(listener);
      if (live.listeners.size === 0) this.#views.delete(view.key);
    };
    return { snapshot: live.snapshot, end };
  }

  onRun(listener: (news: RunNews) => void): () => void {
    this.#runListeners.add(listener);
    return () => void this.#runListeners.delete(listener);
  }

  /** Looks for a new version, and for runs that began or ended. Throws AppError `database`. */
  async tick(): Promise<void> {
    this.#ticking ??= this.#advance().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  /** What a client that is at a version needs: nothing, the events since, or the state. */
  async since(view: View, token: string | null): Promise<SyncAnswer> {
    const now = await this.snapshotOf(view);
    const { mark, rev } = now;
    const version = toToken(mark);
    if (token === version) return { kind: 'equal', version: { version, epoch: mark.epoch, rev } };
    const increment = token === null ? null : await this.#incrementSince(view, token, now);
    return increment === null ? { kind: 'state', state: toState(now) } : { kind: 'increment', increment };
  }

  /** null: not known, or longer than the state. What a limited view showed at an earlier time is not known. */
  async #incrementSince(view: View, token: string, now: FeedSnapshot): Promise<Increment | null> {
    const from = view.key === WHOLE.key ? parseToken(token, now.mark.epoch) : null;
    const events = from && (await eventsSince(this.#deps, from, now));
    if (events === null) return null;
    const { mark, rev, at } = now;
    return { from: token, version: toToken(mark), epoch: mark.epoch, rev, at: at.toISOString(), events };
  }

  async #advance(): Promise<void> {
    const advance = await this.#deps.store.advance();
    const told = [];
    if (advance !== null) for (const live of Array.from(this.#views.values())) told.push(this.#tell(live, advance));
    const ended = await Promise.allSettled(told);
    const running = await this.#deps.feed.runningSyncs(this.#deps.clock());
    this.#tellRuns(new Map(running.map((run) => [run.providerId, run])));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }

  async #tell(live: LiveView, { after, touched, increment }: Advance): Promise<void> {
    const { filter, view } = live;
    const before = live.snapshot;
    if (view.key === WHOLE.key) {
      live.snapshot = after;
      for (const listener of live.listeners) listener(increment, after);
      return;
    }
    try {
      if (filter !== null) live.view = { ...view, picked: await this.#deps.pick(filter) };
    } catch (error) {
      // The others are told all the same; this one gets everything once its hosts can be picked again.
      live.isBehind = true;
      throw error;
    }
    live.snapshot = viewed(live.view, after);
    const isNext = increment !== null && !live.isBehind;
    live.isBehind = false;
    const seen = isNext ? diffSnapshots(before, live.snapshot, inView(live, { before, after, touched })) : null;
    for (const listener of live.listeners) listener(seen, live.snapshot);
  }

  #tellRuns(running: Map<string, RunningSync>): void {
    const before = this.#running;
    this.#running = running;
    const isSame = (a: RunningSync, b: RunningSync | undefined) => b?.since.getTime() === a.since.getTime();
    const ended = [...before.values()].filter((run) => !isSame(run, running.get(run.providerId)));
    const begun = [...running.values()].filter((run) => !isSame(run, before.get(run.providerId)));
    const news = [
      ...ended.map((run): RunNews => ({ type: 'run_finished', run })),
      ...begun.map((run): RunNews => ({ type: 'run_started', run })),
    ];
    for (const one of news) for (const listener of this.#runListeners) listener(one);
  }
}

/** A view's providers depend on its hosts, and its hosts on what its selector picks. */
function inView(
  { view, snapshot }: LiveView,
  { before, after, touched }: { before: FeedSnapshot; after: FeedSnapshot; touched: Touched },
): Touched {
  const hosts = view.picked === null ? touched.hosts : new Set([...before.hosts.keys(), ...snapshot.hosts.keys()]);
  return {
    providers: new Set([...before.providers.keys(), ...after.providers.keys()]),
    nodes: touched.nodes,
    storages: touched.storages,
    hosts,
    operations: touched.operations.filter(({ providerId }) => seesInfrastructure(view, providerId)),
  };
}
