import type { EndpointReport, ShownCertificate } from '../types/endpoint.ts';
import { AppError, type ErrorCode } from '../types/errors.ts';

/** Failures of the connection; any answer, however bad, is none. */
const NOT_REACHED: ReadonlySet<ErrorCode> = new Set(['unreachable', 'certificate', 'timeout']);

/** How the only address of a provider does. */
export class EndpointHealth {
  readonly #clock: () => Date;
  #lastOkAt: Date | null = null;
  #lastFailedAt: Date | null = null;
  #failures = 0;
  #error: string | null = null;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  /** Notes how the work ended, and throws what it throws. */
  async watch<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      this.#answered();
      return result;
    } catch (error) {
      if (error instanceof AppError && NOT_REACHED.has(error.code)) this.#failed(error.message);
      else if (!(error instanceof AppError) || error.code !== 'interrupted') this.#answered();
      throw error;
    }
  }

  report(url: string, shown: ShownCertificate | null): EndpointReport {
    return {
      url,
      node: null,
      isConfigured: true,
      fingerprint: shown?.fingerprint ?? null,
      certificateEndsAt: shown?.endsAt ?? null,
      lastOkAt: this.#lastOkAt,
      lastFailedAt: this.#lastFailedAt,
      failures: this.#failures,
      error: this.#error,
      retryAt: null,
    };
  }

  #answered(): void {
    this.#lastOkAt = this.#clock();
    this.#failures = 0;
    this.#error = null;
  }

  #failed(message: string): void {
    this.#lastFailedAt = this.#clock();
    this.#failures += 1;
    this.#error = message;
  }
}
