import type { Increment, SyncAnswer, Telemetry } from '../../protocol/feed.ts';
import type { FeedRepository, RunningSync, SeenElsewhere } from '../../repositories/feed/feed-repository.ts';
import { diffSnapshots } from './diff-snapshots.ts';
import { type EventSources, eventsSince } from './events-since.ts';
import type { Advance, FeedStore } from './feed-store.ts';
import type { FeedSnapshot, Touched } from './snapshot.ts';
import { parseToken, toToken } from './version-token.ts';
import { hasInfrastructure, toState, type View, viewed, WHOLE } from './view.ts';

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

/** A view of one version. */
export interface Seen {
  view: View;
  snapshot: FeedSnapshot;
  /** Of which it is a part. */
  whole: FeedSnapshot;
}

interface LiveView extends Seen {
  listeners: Set<FeedListener>;
}

export interface Subscription {
  /** As it is now. */
  readonly snapshot: FeedSnapshot;
  end(): void;
}

/** Brings the store up to date and tells everyone who looks at it, each by what it sees. */
export class FeedHub {
  readonly #deps: HubDeps;
  readonly #views = new Map<string, LiveView>();
  readonly #runListeners = new Set<(news: RunNews) => void>();
  #running = new Map<string, RunningSync>();
  #ticked: Promise<void> = Promise.resolve();

  constructor(deps: HubDeps) {
    this.#deps = deps;
  }

  /** The newest version, whatever who may see of it. */
  get current(): FeedSnapshot {
    return this.#deps.store.current;
  }

  /** Where the machines of a provider that it cannot observe are seen now, or one of them. */
  seenElsewhere(providerId: string, hostId?: string): Promise<SeenElsewhere[]> {
    return this.#deps.feed.seenElsewhere(providerId, hostId);
  }

  /** Figures of running guests, by id. */
  telemetry(): Promise<Telemetry> {
    return this.#deps.feed.telemetry();
  }

  /** `filter`: a selector that does not depend on the time. Throws AppError `usage`. */
  async look(scope: View['scope'], filter: string | null): Promise<Seen> {
    const key = scope === null && filter === null ? WHOLE.key : JSON.stringify([scope, filter]);
    const live = this.#views.get(key);
    if (live?.whole === this.current) return live;
    // Before the hosts are picked: at worst they are those of the next version, which comes next.
    const whole = this.current;
    const view = { key, scope, filter, picked: filter === null ? null : await this.#deps.pick(filter) };
    return { view, whole, snapshot: viewed(view, whole) };
  }

  /** Calls the listener with each version after the one that was seen. */
  subscribe({ view, whole, snapshot }: Seen, listener: FeedListener): Subscription {
    const live = this.#views.get(view.key) ?? { view, whole, snapshot, listeners: new Set<FeedListener>() };
    this.#views.set(view.key, live);
    live.listeners.add(listener);
    return {
      get snapshot() {
        return live.snapshot;
      },
      end: () => {
        live.listeners.delete(listener);
        if (live.listeners.size === 0 && this.#views.get(view.key) === live) this.#views.delete(view.key);
      },
    };
  }

  onRun(listener: (news: RunNews) => void): () => void {
    this.#runListeners.add(listener);
    return () => void this.#runListeners.delete(listener);
  }

  /**
   * Looks for a new version, and for runs that began or ended: whatever was committed before the call is told. Throws AppError
   * `database`.
   */
  tick(): Promise<void> {
    this.#ticked = this.#ticked.catch(() => undefined).then(() => this.#advance());
    return this.#ticked;
  }

  /** What a client that is at a version needs: nothing, the events since, or the state. */
  async since({ view, snapshot }: Seen, token: string | null): Promise<SyncAnswer> {
    const { mark, rev } = snapshot;
    const version = toToken(mark);
    if (token === version) return { kind: 'equal', version: { version, epoch: mark.epoch, rev } };
    const increment = token === null ? null : await this.#incrementSince(view, token, snapshot);
    return increment === null ? { kind: 'state', state: toState(snapshot) } : { kind: 'increment', increment };
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
    // Before the versions: a run whose lease is gone by now has committed what it found.
    const running = await this.#deps.feed.runningSyncs(this.#deps.clock());
    const advance = await this.#deps.store.advance();
    // A view whose hosts cannot be picked is behind until they can: the others are told all the same.
    await Promise.allSettled(Array.from(this.#views.values(), (live) => this.#tell(live, advance)));
    this.#tellRuns(new Map(running.map((run) => [run.providerId, run])));
  }

  async #tell(live: LiveView, advance: Advance | null): Promise<void> {
    const { view, snapshot: before } = live;
    const whole = this.current;
    if (live.whole === whole) return;
    // Of one that missed a step, what it shows is not what the step begins with.
    const step = advance?.before === live.whole ? advance : null;
    const { filter } = view;
    if (filter !== null && (step === null || movesHosts(step))) {
      live.view = { ...view, picked: await this.#deps.pick(filter) };
    }
    live.whole = whole;
    live.snapshot = viewed(live.view, whole);
    const increment = step?.increment ? stepOf(live, before, { ...step, increment: step.increment }) : null;
    for (const listener of live.listeners) listener(increment, live.snapshot);
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

/** Whether other hosts may be picked after a step: an operation alone changes none. */
function movesHosts({ increment, touched }: Advance): boolean {
  return (
    increment === null || touched.hosts.size > 0 || increment.events.some(({ type }) => type.startsWith('provider_'))
  );
}

function stepOf(
  { view, snapshot }: LiveView,
  before: FeedSnapshot,
  step: Advance & { increment: Increment },
): Increment {
  return view.key === WHOLE.key
    ? step.increment
    : diffSnapshots(before, snapshot, inView(view, { before, snapshot, step }));
}

/** A view's providers depend on its hosts, and its hosts on what its selector picks. */
function inView(
  view: View,
  {
    before,
    snapshot,
    step: { touched, before: whole, after },
  }: { before: FeedSnapshot; snapshot: FeedSnapshot; step: Advance },
): Touched {
  const hosts = view.picked === null ? touched.hosts : new Set([...before.hosts.keys(), ...snapshot.hosts.keys()]);
  return {
    providers: new Set([...whole.providers.keys(), ...after.providers.keys()]),
    nodes: touched.nodes,
    storages: touched.storages,
    hosts,
    operations: touched.operations.filter(({ providerId }) => hasInfrastructure(view.scope, providerId)),
  };
}
