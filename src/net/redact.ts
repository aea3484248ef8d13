import { HIDDEN, redactText } from '../text/redact-text.ts';
import { AppError } from '../types/errors.ts';

/** Shorter ones would hide half of every message. */
const MIN_SECRET_LENGTH = 4;
/** The former one too: a call that it was sent with may still be under way. */
const MOST_RENEWALS = 2;

/**
 * Takes secrets out of texts: those of its connection, also where a server or a proxy sends them back, plain or percent-encoded,
 * and whatever else has the shape of a credential.
 */
export class Redactor {
  readonly #lasting = new Set<string>();
  readonly #renewed = new Map<string, readonly (readonly string[])[]>();

  /** One that stays as long as the connection. */
  add(secret: string): void {
    for (const form of formsOf(secret)) this.#lasting.add(form);
  }

  /**
   * Those of a session that is renewed for as long as the program runs, in place of its former ones. `session`: its name among those of
   * the connection.
   */
  renew(session: string, secrets: readonly string[]): void {
    const former = this.#renewed.get(session) ?? [];
    this.#renewed.set(session, [secrets.flatMap(formsOf), ...former].slice(0, MOST_RENEWALS));
  }

  redact(text: string): string {
    let clean = text;
    for (const secret of [...this.#lasting, ...[...this.#renewed.values()].flat(2)])
      clean = clean.replaceAll(secret, HIDDEN);
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

/** As a text has it, an address and a form. */
function formsOf(secret: string): readonly string[] {
  if (secret.length < MIN_SECRET_LENGTH) return [];
  const inForm = new URLSearchParams([['', secret]]).toString().slice(1);
  return [...new Set([secret, encodeURIComponent(secret), inForm])];
}
