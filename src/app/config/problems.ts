import { AppError } from '../../types/errors.ts';

export interface Problem {
  what: string;
  fix: string;
}

const BRAND = Symbol.for('rollcall.ProblemsError');

/** Several problems in one error, whose message has a line for each. */
export class ProblemsError extends AppError {
  readonly [BRAND] = true;
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], advice: string | undefined) {
    const list = problems.flatMap(({ what, fix }) => [`  - ${what}`, `    ${fix}`]);
    const lines = [`the configuration has ${problems.length} problems:`, ...list];
    super('configuration', lines, advice === undefined ? {} : { hint: advice });
    this.problems = problems;
  }

  /** As with AppError: that of each part of the program. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** Collects the problems of a configuration, so that one error reports all of them. */
export class Problems {
  readonly #found: Problem[] = [];
  #advice: string | undefined;

  add(what: string, fix: string): void {
    this.#found.push({ what, fix });
  }

  /** Something that may be behind them; nothing by itself. */
  advise(text: string): void {
    this.#advice = text;
  }

  get list(): readonly Problem[] {
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
    throw new ProblemsError(this.#found, advice);
  }
}
