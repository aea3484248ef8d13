import type { Problem } from '../protocol/common.ts';

export interface RollcallErrorFields {
  /** The status of the answer; null: there was none. */
  status: number | null;
  /** What programs compare, such as `not-found`; `network` and `timeout` where no server answered. */
  code: string;
  title: string;
  type?: string;
  detail?: string;
  /** The next thing to try. */
  hint?: string;
  /** How long the server asks to wait, in milliseconds. */
  retryAfterMs?: number;
  /** Whether Rollcall has answered, and not a proxy or nobody. */
  isAnswered?: boolean;
}

/** A call that failed, with the fields of the server's answer (RFC 9457). */
export class RollcallError extends Error {
  readonly status: number | null;
  readonly code: string;
  readonly title: string;
  readonly type: string;
  readonly detail: string | null;
  readonly hint: string | null;
  readonly retryAfterMs: number | null;
  readonly #isAnswered: boolean;

  constructor(fields: RollcallErrorFields) {
    super(fields.detail ?? fields.title);
    this.name = 'RollcallError';
    this.status = fields.status;
    this.code = fields.code;
    this.title = fields.title;
    this.type = fields.type ?? 'about:blank';
    this.detail = fields.detail ?? null;
    this.hint = fields.hint ?? null;
    this.retryAfterMs = fields.retryAfterMs ?? null;
    this.#isAnswered = fields.isAnswered ?? false;
  }

  /** To repeat the call is of no use: nobody is logged in, or Rollcall refuses. A proxy's 404 may come from a server that restarts. */
  get isRefusal(): boolean {
    if (this.status === 401) return true;
    const isOfCaller = this.status !== null && this.status >= 400 && this.status < 500;
    return this.#isAnswered && isOfCaller && this.status !== 408 && this.status !== 425 && this.status !== 429;
  }
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'title' in value && 'code' in value;
}
