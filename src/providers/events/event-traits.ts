import type { Document } from '../../types/document.ts';

/** What is particular to the events of a platform. */
export interface EventTraits {
  /** Events of what was only asked for, and is followed by another one that names nobody. */
  requests: ReadonlySet<string>;
  /** Whether a field is a setting: an event that does not tell which settings it changed may have changed it. */
  isSetting: (path: string) => boolean;
  /** Whether a field comes and goes with the power. */
  followsPower: (path: string) => boolean;
  /** When a guest was made, by the server's clock; null: not told. Absent: a handle is given once and never again. */
  madeAt?: (document: Document) => Date | null;
}
