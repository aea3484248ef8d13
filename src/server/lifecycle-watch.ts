import type { App } from '../app/app.ts';
import type { LifecycleWarning } from '../protocol/feed.ts';
import type { FeedHub } from '../services/feed/feed-hub.ts';
import type { FeedSnapshot } from '../services/feed/snapshot.ts';
import { toToken } from '../services/feed/version-token.ts';

/** Dates pass by themselves, and guests change: what was found counts for so long. */
const KEPT_MS = 60_000;

/** The warnings of what ends, found at most once a minute. */
export class LifecycleWatch {
  readonly #app: Pick<App, 'lifecycle'>;
  readonly #hub: Pick<FeedHub, 'current'>;
  readonly #clock: () => Date;
  #found: { at: number; version: string; warnings: Promise<LifecycleWarning[]> } | null = null;

  constructor(app: Pick<App, 'lifecycle'>, hub: Pick<FeedHub, 'current'>, clock: () => Date) {
    this.#app = app;
    this.#hub = hub;
    this.#clock = clock;
  }

  /** Throws AppError `database`. */
  current(): Promise<LifecycleWarning[]> {
    const now = this.#clock();
    const version = toToken(this.#hub.current.mark);
    const known = this.#found;
    if (known && (now.getTime() - known.at < KEPT_MS || (known.version === version && isSameDay(known.at, now))))
      return known.warnings;
    const warnings = this.#find(now);
    this.#found = { at: now.getTime(), version, warnings };
    warnings.catch(() => {
      this.#found = null;
    });
    return warnings;
  }

  /** Those about what a view shows. */
  seenBy({ hosts, nodes, providers }: FeedSnapshot, warnings: readonly LifecycleWarning[]): LifecycleWarning[] {
    const shown = { guest: hosts, node: nodes, provider: providers };
    return warnings.filter(({ subject }) => shown[subject.kind].has(subject.id));
  }

  async #find(now: Date): Promise<LifecycleWarning[]> {
    return (await (await this.#app.lifecycle()).warnings(now)).map(({ subject, ...warning }) => ({
      ...warning,
      subject: { ...subject },
    }));
  }
}

function isSameDay(atMs: number, now: Date): boolean {
  return new Date(atMs).toISOString().slice(0, 10) === now.toISOString().slice(0, 10);
}
