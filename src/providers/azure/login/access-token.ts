export interface AccessToken {
  text: string;
  /** Epoch milliseconds. */
  endsAtMs: number;
}

/** Asks for a new token. Throws AppError. */
export type Login = (signal: AbortSignal) => Promise<AccessToken>;

/** Where nobody says when a token ends. */
const USUAL_LIFE_MS = 10 * 60_000;

/** A token is not given at its end or after it: then its end was not told. */
export function toToken(text: string, endsAtMs: number | null | undefined, nowMs = Date.now()): AccessToken {
  const isTold = endsAtMs !== null && endsAtMs !== undefined && endsAtMs > nowMs;
  return { text, endsAtMs: isTold ? endsAtMs : nowMs + USUAL_LIFE_MS };
}
