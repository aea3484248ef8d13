import type { Version } from '../protocol/common.ts';
import type { Increment, State, SyncAnswer, SyncRequest } from '../protocol/feed.ts';
import { adoptState, applyIncrement } from './apply-events.ts';
import type { FeedState } from './feed-state.ts';
import type { FeedStore } from './feed-store.ts';
import { type Http, notRollcall } from './http.ts';
import { isState, isSyncAnswer, isVersionAnswer } from './server-message.ts';

interface Healing {
  isFull: boolean;
  /** False: it was stopped, and nothing is known of the state. */
  done: Promise<boolean>;
  /** What the socket brings meanwhile. */
  queue: Increment[];
}

/** Takes the state from one version to the next, and asks the server where a version does not follow. */
export class FeedSync {
  readonly #http: Http;
  readonly #store: FeedStore;
  readonly #filter: string | undefined;
  /** null also when its answer is of no use any more: a whole state came over the socket, which goes on from there. */
  #healing: Healing | null = null;

  constructor(http: Http, store: FeedStore, filter: string | undefined) {
    this.#http = http;
    this.#store = store;
    this.#filter = filter;
  }

  /** Whether an answer is awaited, so that nothing can be said of the state. */
  get isHealing(): boolean {
    return this.#healing !== null;
  }

  /** A whole state from the stream: the server's word, whatever is known here. */
  adopt(state: State): void {
    this.#healing = null;
    this.#commit(adoptState(this.#store.state, state));
  }

  /** False: it does not follow. */
  receive(increment: Increment): boolean {
    if (this.#healing !== null) {
      this.#healing.queue.push(increment);
      return true;
    }
    const { state } = this.#store;
    if (state === null) return false;
    // Brought by `POST /sync` before.
    if (increment.version === state.version && increment.from !== state.version) return true;
    return this.#apply(state, increment);
  }

  /** Whether the state has this version, or will be compared anew in a moment. */
  follows({ version, epoch }: Version): boolean {
    if (this.isHealing) return true;
    return this.#store.state?.version === version && this.#store.state.epoch === epoch;
  }

  /** As `heal`, and without it where the version is equal. */
  async poll(): Promise<boolean> {
    if (this.#store.state === null) return this.heal();
    const version: unknown = await this.#http.call('/version');
    if (!isVersionAnswer(version)) throw notRollcall(200);
    // A state that is being healed is not compared: what comes is newer.
    return this.isHealing || !this.follows(version) ? this.heal() : true;
  }

  /**
   * Brings the state to the server's; false: it was stopped before it came to that. Full: whatever is here. Throws `RollcallError`.
   */
  async heal({ isFull = false }: { isFull?: boolean } = {}): Promise<boolean> {
    const current = this.#healing;
    if (current) {
      const isDone = await current.done;
      return isFull && !current.isFull ? this.heal({ isFull }) : isDone;
    }
    const healing: Healing = { isFull, queue: [], done: Promise.resolve(false) };
    this.#healing = healing;
    healing.done = this.#ask(healing)
      .then(() => this.#replay(healing))
      .then(() => this.#healing === healing)
      .catch((error: unknown) => {
        if (this.#healing === healing) throw error;
        return false;
      })
      .finally(() => {
        if (this.#healing === healing) this.#healing = null;
      });
    return healing.done;
  }

  /** What is on its way is not taken any more. */
  stop(): void {
    this.#healing = null;
  }

  async #ask(healing: Healing): Promise<void> {
    const answer = await this.#call(healing.isFull ? null : this.#store.state);
    if (this.#healing !== healing || this.#take(answer)) return;
    // It does not know how to go on from this answer: an older client, or a server that has changed meanwhile.
    const whole = await this.#call(null);
    if (this.#healing === healing && !this.#take(whole)) throw notRollcall(200);
  }

  /** The whole state has a call of its own, whose answer the server keeps ready and compressed. */
  async #call(state: FeedState | null): Promise<SyncAnswer> {
    if (state === null) {
      const whole: unknown = await this.#http.call('/state', { query: { filter: this.#filter } });
      if (!isState(whole)) throw notRollcall(200);
      return { kind: 'state', state: whole };
    }
    const { epoch, rev, version } = state;
    const body: SyncRequest = { epoch, rev, version, ...(this.#filter !== undefined && { filter: this.#filter }) };
    const answer: unknown = await this.#http.call('/sync', { method: 'POST', body });
    if (!isSyncAnswer(answer)) throw notRollcall(200);
    return answer;
  }

  #take(answer: SyncAnswer): boolean {
    const { state } = this.#store;
    if (answer.kind === 'state') {
      this.#commit(adoptState(state, answer.state));
      return true;
    }
    if (state === null) return false;
    if (answer.kind === 'increment') return this.#apply(state, answer.increment);
    const { version, epoch, rev } = answer.version;
    if (version !== state.version || epoch !== state.epoch) this.#commit({ ...state, version, epoch, rev });
    return true;
  }

  /** Those of the stream that go on from the answer. If there are others, they are older than it, or a gap is between. */
  async #replay(healing: Healing): Promise<void> {
    let last: Increment | undefined;
    for (last of healing.queue.splice(0)) {
      const { state } = this.#store;
      if (state && last.from === state.version && this.#healing === healing) this.#apply(state, last);
    }
    if (last && last.version !== this.#store.state?.version && this.#healing === healing) await this.#ask(healing);
  }

  #apply(state: FeedState, increment: Increment): boolean {
    const next = applyIncrement(state, increment);
    if (next === null) return false;
    this.#commit(next);
    this.#store.emit('increment', increment);
    return true;
  }

  #commit(state: FeedState): void {
    this.#store.update({ state });
  }
}
