/** How long a run may take unless the user says otherwise: a cluster of 10,000 guests takes one minute. */
export const RUN_TIMEOUT_MS = 10 * 60_000;

/** Guests of one provider; a listing of more is refused. `--max-guests` sets another number. */
export const MAX_GUESTS = 100_000;
