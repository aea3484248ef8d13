import type { UnattributedChange } from './evidence.ts';
import type { GuestWrite } from './plan.ts';

/** The outcome of a run for one guest. */
export interface GuestStep {
  fate: 'new' | 'removed' | 'seen' | 'unobservable' | 'held';
  /** null if the guest was not known. */
  before: GuestWrite | null;
  after: GuestWrite;
  changes: readonly UnattributedChange[];
}
