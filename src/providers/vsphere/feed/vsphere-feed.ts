import type { FeedCursor, FeedPoll } from '../../provider.ts';
import type { Discovery } from '../discover.ts';
import { UpdateFeed } from '../soap/update-feed.ts';
import { ChangeList } from './change-list.ts';
import { type VmToRead, VsphereCursor } from './feed-cursor.ts';
import { WATCHED } from './watched.ts';

/** If more VMs are missing at once, the listing is short, or the guard of a full run has to decide. */
const MAX_GONE = 20;
/** A full run reads pages of VMs: from this share on it costs as much. */
const MAX_SHARE = 0.5;
/** So few VMs are read one by one, whatever share they are. */
const FEW = 10;

/**
 * The feed of one provider. The server tells each change once, so changes are kept until a later cursor shows that they have been
 * stored.
 */
export class VsphereFeed {
  readonly #feed: UpdateFeed;
  readonly #clock: () => Date;
  readonly #changes = new ChangeList();
  #position = 0;
  /** Position of the last start: an older cursor is worth nothing. */
  #start = 0;

  constructor({ client, clock }: Discovery) {
    this.#feed = new UpdateFeed(client, WATCHED);
    this.#clock = clock;
  }

  /** Does not wait for changes. Throws AppError. */
  async poll({ cursor, signal }: { cursor: FeedCursor | null; signal?: AbortSignal }): Promise<FeedPoll> {
    const takenAt = this.#clock();
    const { isStart, updates } = await this.#feed.next({ maxWaitSeconds: 0, ...(signal && { signal }) });
    this.#position += 1;
    if (isStart) {
      this.#start = this.#position;
      this.#changes.restart(updates);
    } else {
      this.#changes.add(this.#position, updates);
    }
    const why = this.#whyAnew(cursor);
    if (why !== null) return this.#fullRun(takenAt, why);
    this.#changes.forgetUntil(cursor instanceof VsphereCursor ? cursor.position : 0);
    const toRead = this.#changes.toRead();
    const reason = this.#changes.fullRunReason() ?? whyTooMuch(toRead, this.#changes.listedCount);
    if (reason !== null) return this.#fullRun(takenAt, reason);
    const changed = toRead.map(
      ({ nativeId, reasons }) => ({ kind: 'vm', nativeId, reason: reasons.join(', ') }) as const,
    );
    return { cursor: this.#cursor(takenAt, toRead), changed, fullRun: null };
  }

  #whyAnew(cursor: FeedCursor | null): string | null {
    if (!(cursor instanceof VsphereCursor)) return 'this is the first poll';
    return cursor.position < this.#start ? 'the server began its feed of changes anew' : null;
  }

  #fullRun(takenAt: Date, fullRun: string): FeedPoll {
    return { cursor: this.#cursor(takenAt, []), changed: [], fullRun };
  }

  #cursor(takenAt: Date, toRead: readonly VmToRead[]): VsphereCursor {
    return new VsphereCursor({
      takenAt,
      position: this.#position,
      toRead,
      listedCount: this.#changes.listedCount,
    });
  }
}

function whyTooMuch(toRead: readonly VmToRead[], listedCount: number): string | null {
  const gone = toRead.filter(({ isGone }) => isGone).length;
  if (gone > MAX_GONE) return `${gone} guests are missing from the listing at once`;
  const isFew = toRead.length <= Math.max(FEW, MAX_SHARE * listedCount);
  return isFew ? null : `${toRead.length} guests changed at once`;
}
