import type { FeedCursor } from '../../provider.ts';

/** A VM that changed since a cursor. */
export interface VmToRead {
  nativeId: string;
  moref: string;
  /** It is not listed any more. */
  isGone: boolean;
  /** It was not listed before. */
  isNew: boolean;
  reasons: readonly string[];
}

/** How far the feed was read: changes after `position` have not been told to whoever holds the cursor. */
export class VsphereCursor implements FeedCursor {
  readonly takenAt: Date;
  readonly position: number;
  readonly toRead: readonly VmToRead[];
  readonly listedCount: number;

  constructor(state: Pick<VsphereCursor, 'takenAt' | 'position' | 'toRead' | 'listedCount'>) {
    this.takenAt = state.takenAt;
    this.position = state.position;
    this.toRead = state.toRead;
    this.listedCount = state.listedCount;
  }
}
