/** Guests of one provider; a listing of more is refused. `--max-guests` sets another number. */
export const MAX_GUESTS = 100_000;
