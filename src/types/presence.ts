/**
 * Whether a resource is there. `unobservable`: the last run could not tell (its node was down, the cluster had lost its majority,
 * a right was missing, …); everything known of it stays as it was last seen.
 */
export const PRESENCES = ['present', 'gone', 'unobservable'] as const;
export type Presence = (typeof PRESENCES)[number];

/** What is known of a resource's presence, whatever its kind. */
export interface Sighting {
  presence: Presence;
  /** Why it is gone or unobservable: `node pve2 is offline`, or with a code of types/doubt.ts. */
  presenceReason: string | null;
  unobservableSince: Date | null;
  firstSeenAt: Date;
  /** Of a present one the time of its provider's last complete listing. */
  lastSeenAt: Date;
  goneAt: Date | null;
}

/** How much of a scope a run has seen. Absence counts only in a `complete` one. */
export type Coverage = 'complete' | 'filtered' | 'unreachable' | 'error' | 'skipped';

/** How a run ended: it read all that it was to, or a part, or held removals back. */
export const RUN_OUTCOMES = ['complete', 'partial', 'guarded', 'failed'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** The kinds of things that `discover-*` commands can be limited to. */
export const ALL_SCOPES = ['nodes', 'vms', 'containers', 'storage', 'tasks'] as const;
export type ResourceScope = (typeof ALL_SCOPES)[number];

/**
 * Triggers of partial runs, which say nothing of the provider as a whole. `feed`: of the guests that a poll reported as changed
 * between two full runs; `action`: of those that an action was done to.
 */
export const PARTIAL_TRIGGERS = ['feed', 'action'] as const;
