import type { UnattributedChange } from './evidence.ts';
import type { GuestWrite } from './plan.ts';

/** What a run means for one guest. */
export interface GuestStep {
  fate: 'new' | 'removed' | 'seen' | 'unobservable' | 'held';
  /** null: it was not known. */
  before: GuestWrite | null;
  after: GuestWrite;
  changes: readonly UnattributedChange[];
}
