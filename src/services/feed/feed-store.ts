import type { Increment } from '../../protocol/feed.ts';
import { diffSnapshots } from './diff-snapshots.ts';
import { type FeedSources, readChanges, readConsistently, readWhole } from './read-snapshot.ts';
import type { FeedSnapshot, Touched } from './snapshot.ts';
import { toToken } from './version-token.ts';

/** From one snapshot to the next. `increment` is null where clients must load everything again. */
export interface Advance {
  before: FeedSnapshot;
  after: FeedSnapshot;
  touched: Touched;
  /** null: the database is another one, or steps of it are not known any more. */
  increment: Increment | null;
}

/** What clients see now, read once and brought up to date by what changed. Holds nothing that a restart would lose. */
export class FeedStore {
  readonly #sources: FeedSources;
  #snapshot: FeedSnapshot;

  private constructor(sources: FeedSources, snapshot: FeedSnapshot) {
    this.#sources = sources;
    this.#snapshot = snapshot;
  }

  static async open(sources: FeedSources): Promise<FeedStore> {
    return new FeedStore(sources, await readConsistently(sources.feed, (position) => readWhole(sources, position)));
  }

  get current(): FeedSnapshot {
    return this.#snapshot;
  }

  /** null: nothing happened. Call it again only once it has returned. */
  async advance(): Promise<Advance | null> {
    const { feed } = this.#sources;
    const before = this.#snapshot;
    const position = await feed.position();
    if (isSamePlace(before, position)) return null;
    const isNext = position.epoch === before.mark.epoch && position.version > before.mark.version;
    if (!isNext || !(await feed.isKept(before.mark))) return this.#reload(before);
    const { snapshot: after, touched } = await readConsistently(feed, (at) => readChanges(this.#sources, before, at));
    this.#snapshot = after;
    return { before, after, touched, increment: diffSnapshots(before, after, touched) };
  }

  async #reload(before: FeedSnapshot): Promise<Advance> {
    const { feed } = this.#sources;
    const after = await readConsistently(feed, (position) => readWhole(this.#sources, position));
    this.#snapshot = after;
    return { before, after, touched: NOTHING, increment: null };
  }
}

const NOTHING: Touched = {
  providers: new Set(),
  nodes: new Set(),
  storages: new Set(),
  hosts: new Set(),
  operations: [],
};

function isSamePlace({ mark, rev }: FeedSnapshot, position: FeedSnapshot['mark'] & { rev: number }): boolean {
  return toToken(mark) === toToken(position) && rev === position.rev;
}
