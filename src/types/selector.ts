import type { GuestRow } from './inventory.ts';

/** What a selector is compared with: a guest, and what is known of it besides. */
export interface Selectable {
  guest: GuestRow;
  /** Time of its last change; null: none is recorded. */
  changedAt: Date | null;
}

/** Which guests are meant: `tag=prod,memory>8G`. */
export interface Selector {
  matches(candidate: Selectable): boolean;
  /** Names of the fields that it compares. */
  fields: ReadonlySet<string>;
}
