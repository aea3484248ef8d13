/** How long a run may take unless the user says otherwise: a cluster of 10,000 guests takes one minute. */
export const RUN_TIMEOUT_MS = 10 * 60_000;

/** Guests of one provider; a listing of more is refused. `--max-guests` sets another number. */
export const MAX_GUESTS = 100_000;

/** How long the systems inside guests may be asked after a run. */
export const GUEST_BUDGET_MS = 5_000;

/** The longest that a timer of Node waits, 24.8 days: with a longer time it fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
