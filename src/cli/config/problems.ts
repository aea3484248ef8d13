import { AppError } from '../../types/errors.ts';

/** Collects the problems of a configuration, so that one error reports all of them. */
export class Problems {
  readonly #found: { what: string; fix: string }[] = [];
  #advice: string | undefined;

  add(what: string, fix: string): void {
    this.#found.push({ what, fix });
  }

  /** Something that may be behind them; nothing by itself. */
  advise(text: string): void {
    this.#advice = text;
  }

  get list(): readonly { what: string; fix: string }[] {
    return this.#found;
  }

  get count(): number {
    return this.#found.length;
  }

  /** Throws AppError('configuration') if there are any. */
  throwIfAny(): void {
    const [first, ...others] = this.#found;
    if (!first) return;
    const advice = this.#advice;
    if (others.length === 0) {
      const hint = advice === undefined ? first.fix : `${first.fix}; ${advice}`;
      throw new AppError('configuration', first.what, { hint });
    }
    const list = this.#found.flatMap(({ what, fix }) => [`  - ${what}`, `    ${fix}`]);
    const lines = [`the configuration has ${this.#found.length} problems:`, ...list];
    throw new AppError('configuration', lines, advice === undefined ? {} : { hint: advice });
  }
}
