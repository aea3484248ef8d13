import { HIDDEN, redactText } from '../text/redact-text.ts';
import { AppError } from '../types/errors.ts';

/** Shorter ones would hide half of every message. */
const MIN_SECRET_LENGTH = 4;

/**
 * Takes secrets out of texts: those of its connection, also where a server or a proxy sends them back, plain or percent-encoded,
 * and whatever else has the shape of a credential.
 */
export class Redactor {
  readonly #secrets = new Set<string>();

  add(secret: string): void {
    if (secret.length < MIN_SECRET_LENGTH) return;
    this.#secrets.add(secret);
    this.#secrets.add(encodeURIComponent(secret));
    this.#secrets.add(new URLSearchParams([['', secret]]).toString().slice(1)); // as a form has it
  }

  redact(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, HIDDEN);
    return redactText(clean);
  }

  /** The same error without secrets, and without its cause. */
  clean(error: unknown): unknown {
    if (!(error instanceof AppError)) return error;
    return new AppError(error.code, this.redact(error.message), {
      retryable: error.retryable,
      ...(error.hint !== undefined && { hint: this.redact(error.hint) }),
    });
  }
}
